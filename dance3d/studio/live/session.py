"""What runs while somebody dances: joints of every picture that is taken, and the body behind as fast as it comes."""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D
from dance3d.skeleton import H36M17, to_h36m17
from dance3d.stages.keypoints.detectors import resolve
from dance3d.studio.live.followed_dancer import FollowedDancer, LiveBody, ReadStretch, load_nets, read_stretch
from dance3d.studio.live.stream_source import StreamPicture, StreamSource

RECENT = 10.0
"""Seconds that the figures are of."""
WIDE, QUALITY = 640, 70
"""Chosen: pixels and JPEG quality of the pictures for the page."""
FIRST = (720, 1280)
"""Chosen: height and width of a black picture that is searched before the stream begins."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LiveFigures:
    """How the last seconds went.

    Attributes:
        fps: pictures answered in a second.
        read, dropped: pictures that came, and those that were left out, since the start.
        joints, joints_worst: seconds from a picture's coming to its joints, median and worst.
        body, body_worst: seconds by which the body shown is behind, likewise; NaN while there is none.
    """

    fps: float
    read: int
    dropped: int
    joints: float
    joints_worst: float
    body: float
    body_worst: float


@dataclass
class LiveState:
    """What the page shows; replaced as a whole for each picture.

    Attributes:
        number: of the picture, from 1.
        picture: of which these are the joints.
        bodies: (17, 2) each, shares of the picture's sides, NaN where not seen.
        followed: place of the followed one among them.
        body: of some time before.
        figures: of the last seconds.
    """

    number: int
    picture: StreamPicture
    bodies: list[Floats]
    followed: int | None
    body: LiveBody | None
    figures: LiveFigures


@dataclass
class _Recent:
    """Times of the last seconds, and what was measured then."""

    rows: deque[tuple[float, float]] = field(default_factory=deque)

    def add(self, now: float, value: float) -> None:
        self.rows.append((now, value))
        while now - self.rows[0][0] > RECENT:
            self.rows.popleft()

    def middle_and_worst(self) -> tuple[float, float]:
        values = [value for _, value in self.rows]
        return (float(np.median(values)), max(values)) if values else (float("nan"), float("nan"))

    def rate(self) -> float:
        span = self.rows[-1][0] - self.rows[0][0] if len(self.rows) > 1 else 0.0
        return (len(self.rows) - 1) / span if span else 0.0


class LiveSession:
    """Detects in this thread and lifts in another, each always what is newest.

    Args:
        source: of pictures; its ``with`` block is the caller's.
        quality: of the detector.
        late: seconds by which the body is behind, or more where lifting and reading take longer.

    Attributes:
        state: of the newest picture that was answered.
        ended: whether nothing more will come.
    """

    def __init__(self, source: StreamSource, quality: str, late: float) -> None:
        self.source, self.quality, self.late = source, quality, late
        self.state: LiveState | None = None
        self._stretch: Keypoints2D | None = None
        self._wanted, self.ended = Event(), False
        self._read: ReadStretch | None = None
        self._error: Exception | None = None
        self._joints, self._bodies = _Recent(), _Recent()

    def run(self, told: Callable[[LiveState], bool]) -> None:
        """Load the nets, begin to read, go on until the stream ends or ``told``, which gets each new state, says no.

        Raises:
            VideoError: the stream broke off.
        """
        reading = Thread(target=self._read_bodies, name="dance3d reads a body", daemon=True)
        try:
            with resolve("movenet")(None, None, fps=self.source.rate, quality=self.quality) as detector:
                load_nets()
                before = detector.state()
                detector(np.zeros((*FIRST, 3), np.uint8))  # the first picture takes several times as long
                detector.restore(before)
                reading.start()
                self.source.start()
                self._detect(detector, told)
        finally:
            self.ended = True
            if reading.ident is not None:
                reading.join()
        if self._error is not None:
            raise self._error

    def _detect(self, detector: Any, told: Callable[[LiveState], bool]) -> None:
        dancer: FollowedDancer | None = None
        number = 0
        while (moment := self.source.newest()) is not None and self._error is None:
            height, width = moment.picture.shape[:2]
            if dancer is None or dancer.size != (width, height):
                dancer = FollowedDancer((width, height), detector.layout)
            bodies = detector(moment.picture)
            followed = dancer.add(moment.time, bodies)
            if not self._wanted.is_set() and (stretch := dancer.stretch()) is not None:
                self._stretch = stretch
                self._wanted.set()
            now, number = time.monotonic(), number + 1
            self._joints.add(now, now - moment.at)
            joints = [_shares(body, detector.layout, (width, height)) for body in bodies]
            body = self._read.at(moment.time - self.late) if self._read is not None else None
            if body is not None:
                self._bodies.add(now, now - moment.at + moment.time - body.time)
            self.state = LiveState(number, moment, joints, followed, body, self._figures())
            if not told(self.state):
                return

    def _read_bodies(self) -> None:
        while not self.ended:
            if not self._wanted.wait(0.2):
                continue
            if self.ended or self._stretch is None:
                return
            try:
                self._read = read_stretch(self._stretch)
            except Exception as error:  # told by ``run``
                self._error = error
                return
            self._wanted.clear()

    def _figures(self) -> LiveFigures:
        source = self.source
        late = *self._joints.middle_and_worst(), *self._bodies.middle_and_worst()
        return LiveFigures(self._joints.rate(), source.read, source.dropped, *late)


def as_json(state: LiveState) -> dict[str, Any]:
    """What the page gets of a state: the picture as a JPEG in base 64, and when it came by the clock of both."""
    image = state.picture.picture.rgb()
    scale = min(WIDE / max(image.shape[:2]), 1.0)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    body, figures = state.body, state.figures
    return {
        "time": round(state.picture.time, 3),
        "came": time.time() - (time.monotonic() - state.picture.at),
        "picture": "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode(),
        "size": [small.shape[1], small.shape[0]],
        "bodies": [_numbers(joints) for joints in state.bodies],
        "followed": state.followed,
        "body": None if body is None else _numbers(body.world),
        "body_time": None if body is None else round(body.time, 3),
        "words": [] if body is None else list(body.words),
        "line": in_words(figures),
    }


def in_words(figures: LiveFigures) -> str:
    """A line for people."""
    line = f"{figures.fps:.1f} frames/s, {figures.dropped} of {figures.read} left out; joints "
    line += f"{1000 * figures.joints:.0f} ms late (worst {1000 * figures.joints_worst:.0f})"
    if np.isfinite(figures.body):
        line += f", body {figures.body:.2f} s (worst {figures.body_worst:.2f})"
    return line


def bones() -> list[tuple[int, int, str]]:
    """Joints of each bone, and its side, for the page."""
    sides = ("left", "right")
    named = [(H36M17.joints[a], H36M17.joints[b]) for a, b in H36M17.bones]
    return [
        (H36M17.index(a), H36M17.index(b), next((side for side in sides if b.startswith(side)), "middle"))
        for a, b in named
    ]


def _shares(body: Floats, layout: str, size: tuple[int, int]) -> Floats:
    xy, _ = to_h36m17(body[:, :2], np.nan_to_num(body[:, 2]), layout)
    return np.asarray(xy / size)


def _numbers(points: Floats) -> list[list[float] | None]:
    """Lists for JSON; none where a point is not known."""
    return [[round(float(v), 4) for v in row] if np.isfinite(row).all() else None for row in points]
