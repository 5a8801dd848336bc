"""The one dancer who is followed through the bodies of one picture after another, and what their last seconds say."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.api import predict
from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io.world_frame import to_world
from dance3d.skeleton import to_h36m17
from dance3d.stages.keypoints.assemble import track

SECONDS = 4.0
"""Chosen: of the stretch that is lifted and read, again and again; the nets see 2.7 and 4.3 seconds."""
LOST = 1.0
"""Seconds, chosen: whoever is not seen for longer is followed no more."""
FAR = 0.6
"""Chosen: heights of the body from the last place beyond which a body is another's."""
FOLLOWED_BY = 0.1
"""Seconds of keypoints behind a pose, at least: with none it is 12 mm worse, and more hardly makes it better
(``benchmarks.lift.what_follows``)."""
LEAST_FRAMES = 5
"""Chosen: seen pictures of a stretch, below which nothing is lifted."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LiveBody:
    """What is known of a moment some time ago.

    Attributes:
        time: seconds of the stream.
        world: (17, 3) metres, y up, around the pelvis's place on the ground; see ``io.world_frame``.
        words: what the dancer is doing, likeliest first.
    """

    time: float
    world: Floats
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ReadStretch:
    """The last seconds of a dancer, lifted and read.

    Attributes:
        time: (T,) seconds of the stream.
        world: (T, 17, 3) as of ``LiveBody``; NaN where not known.
        prob: (T, W) of words that are made; else 0.
        titles: of the words.
    """

    time: Floats
    world: Floats
    prob: Floats
    titles: tuple[str, ...]

    def at(self, time: float) -> LiveBody | None:
        """The body of the last picture that is no later than a time and well followed; none where it is not known."""
        last = min(time, float(self.time[-1]) - FOLLOWED_BY)
        row = int(np.searchsorted(self.time, last + 1e-6, side="right")) - 1
        if row < 0 or not np.isfinite(self.world[row]).all():
            return None
        order = [int(n) for n in np.argsort(-self.prob[row]) if self.prob[row, n] > 0]
        return LiveBody(float(self.time[row]), self.world[row], tuple(self.titles[n] for n in order))


class FollowedDancer:
    """Follows the largest body, and keeps the joints of its last seconds.

    Args:
        size: (width, height) of the pictures.
        layout: of the detector's joints, a name of ``skeleton.RECIPES``.
    """

    def __init__(self, size: tuple[int, int], layout: str) -> None:
        self.size, self.layout = size, layout
        self._rows: deque[tuple[float, Floats, Floats]] = deque()  # time, joints (17, 2), scores (17,)
        self._last: tuple[float, Floats, float] | None = None  # time, middle and height of the body

    def add(self, time: float, bodies: Sequence[Floats]) -> int | None:
        """Take in the bodies (J, 3) of the next picture; the place of the followed one among them, none if hidden."""
        if self._last is not None and time - self._last[0] > LOST:
            self._last = None
            self._rows.clear()
        boxes = [_box(body) for body in bodies]
        chosen = self._nearest(boxes)
        xy, score = np.full((17, 2), np.nan), np.zeros((17,))
        if chosen is not None:
            points = bodies[chosen]
            found, sure = to_h36m17(points[:, :2], np.nan_to_num(points[:, 2]), self.layout)
            score = np.asarray(sure, np.float64)
            xy = np.where(np.isfinite(found).all(-1, keepdims=True), found, np.nan)
            self._last = (time, *boxes[chosen])
        self._rows.append((time, xy, np.where(np.isfinite(xy).all(-1), score, 0.0)))
        while time - self._rows[0][0] > SECONDS:
            self._rows.popleft()
        return chosen

    def _nearest(self, boxes: Sequence[tuple[Floats, float]]) -> int | None:
        if not boxes:
            return None
        if self._last is None:
            return int(np.argmax([height for _, height in boxes]))
        _, middle, height = self._last
        apart = [float(np.linalg.norm(place - middle)) for place, _ in boxes]
        best = int(np.argmin(apart))
        return best if apart[best] <= FAR * height else None

    def stretch(self) -> Keypoints2D | None:
        """The last seconds as a track, corrected and smoothed as of ``dance3d run``; none while there is too little."""
        rows = list(self._rows)
        if sum(bool(score.any()) for *_, score in rows) < LEAST_FRAMES:
            return None
        time, xy, score = (np.stack(column) for column in zip(*rows, strict=True))
        return track(xy, score, time, self.size, smoothed=True)


def read_stretch(stretch: Keypoints2D) -> ReadStretch:
    """The body and what it does, in every picture of a stretch of one dancer."""
    (pose,) = predict("lift", {"keypoints": [stretch]})
    (seen,) = predict("motion", {"lift": [pose]})
    assert isinstance(pose, Pose3D) and isinstance(seen, Movements)
    world = to_world(pose)
    world[..., 1] -= world[..., 1].min(1, keepdims=True)
    world[..., [0, 2]] -= world[:, :1, [0, 2]]
    prob = np.where(seen.words_made, np.nan_to_num(seen.words_prob), 0.0)
    return ReadStretch(pose.time, world, prob, tuple(word.title for word in seen.every_word))


def load_nets() -> None:
    """Lift and read anything, so that the first body does not wait for nets to be loaded."""
    time = np.arange(30) / 30
    points = np.stack([100 + 10.0 * np.arange(17), 100 + 20.0 * np.arange(17)], -1)
    read_stretch(track(np.tile(points, (30, 1, 1)), np.ones((30, 17)), time, (640, 480), smoothed=True))


def _box(body: Floats) -> tuple[Floats, float]:
    """Middle (2,) and height of a body's surest joints, pixels."""
    sure = body[np.isfinite(body[:, :2]).all(1) & (np.nan_to_num(body[:, 2]) >= np.nanmedian(body[:, 2]))]
    if not len(sure):
        return np.zeros(2), 0.0
    low, high = sure[:, :2].min(0), sure[:, :2].max(0)
    return np.asarray((low + high) / 2), float(max(high - low))
