"""The MediaPipe backend: everybody's BlazePose landmarks, from nets that MediaPipe's wheel carries.

People are looked for now and then, in the whole picture and in overlapping squares of it; who was found is followed
from picture to picture, by the region that the last landmarks give. Sources: see ``finder``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import numpy as np

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors.finder import Body, Finder, Float, Image, Reader, Region

THREADS = 2
MOST = 16  # people who are followed
SPARE = 2  # people more than there are dancers, among whom the tracker chooses: a passer-by may be found first
EVERY = 2  # pictures between two looks for new people, each into another view
PRESENT = 0.5  # least presence of a body
SAME = 0.05  # of the region's side: bodies whose joints are this near to each other, on average, are one
SHARED = 0.4  # share of joints, nearer than half of that, that only one body can have
SMALLEST = 24  # pixels of a region's side
JOINTS = BLAZEPOSE33.indices(
    *(f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))
)


class BlazePose:
    """Finds everybody and follows them.

    MediaPipe's own smoothing is not used, so that what comes out is what was seen in each picture.

    Args:
        model: none; the wheel brings its own.
        people: how many dancers there are; none where nobody knows.

    Raises:
        ValueError: MediaPipe is not installed, or a model is given.
    """

    layout = BLAZEPOSE33.name

    def __init__(self, model: Path | None = None, people: int | None = None) -> None:
        if find_spec("mediapipe") is None:
            raise ValueError(
                "backend 'mediapipe' needs the package mediapipe, which is not installed: "
                "pip install 'dance3d[mediapipe]' (Python 3.11 or 3.12), or read keypoints from a file"
            )
        if model is not None:
            raise ValueError(f"backend 'mediapipe' brings its own model and cannot use {model}")
        self._most = MOST if people is None else min(people + SPARE, MOST)
        self._finder = Finder()
        readers = [Reader() for _ in range(THREADS)]
        self._readers: SimpleQueue[Reader] = SimpleQueue()
        for reader in readers:
            self._readers.put(reader)
        self._close: list[Callable[[], None]] = [self._finder.close, *(reader.close for reader in readers)]
        self._pool = ThreadPoolExecutor(THREADS)
        self._bodies: list[Body] = []
        self._picture = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()
        for close in self._close:
            close()

    def __call__(self, image: Image) -> list[Float]:
        """Landmarks of everybody, as in ``detectors.Detector``; the same whichever thread is faster."""
        looking = self._pool.submit(self._find, image, self._due(image))
        followed = self._read(image, [body.next for body in self._bodies])
        bodies = _distinct([body for body in followed if body and body.presence >= PRESENT])
        new = [region for region in looking.result() if not any(_near(region, body.next) for body in bodies)]
        for body in self._read(image, new):
            if body and body.presence >= PRESENT and len(bodies) < self._most:
                bodies = _distinct([*bodies, body])
        self._bodies = bodies
        self._picture += 1
        return [body.points for body in bodies]

    def _due(self, image: Image) -> list[tuple[slice, slice]]:
        """The views in which to look for new people: all of them at first, and now and then another one."""
        all_views = views(image.shape[1], image.shape[0])
        if self._picture == 0:
            return all_views
        if self._picture % EVERY or len(self._bodies) >= self._most:
            return []
        return [all_views[self._picture // EVERY % len(all_views)]]

    def _find(self, image: Image, where: list[tuple[slice, slice]]) -> list[Region]:
        found: list[Region] = []
        for rows, columns in where:
            for region in self._finder(image[rows, columns]):
                region = replace(region, x=region.x + columns.start, y=region.y + rows.start)
                if region.side >= SMALLEST and not any(_near(region, other) for other in found):
                    found.append(region)
        return found

    def _read(self, image: Image, regions: list[Region]) -> list[Body | None]:
        def one(region: Region) -> Body | None:
            reader = self._readers.get()
            try:
                return reader(image, region)
            finally:
                self._readers.put(reader)

        return list(self._pool.map(one, regions))


def views(width: int, height: int) -> list[tuple[slice, slice]]:
    """The whole picture, and squares of its shorter side that overlap by half or more: (rows, columns) of each."""
    side = min(width, height)
    count = int(np.ceil((max(width, height) - side) / (side / 2))) + 1
    starts = np.linspace(0, max(width, height) - side, count).astype(int).tolist() if count > 1 else []
    along = [slice(start, start + side) for start in starts]
    whole = (slice(0, height), slice(0, width))
    return [whole, *((whole[0], part) if width > height else (part, whole[1]) for part in along)]


def _near(one: Region, other: Region) -> bool:
    """Whether two regions are of one body."""
    side = min(one.side, other.side)
    return float(np.hypot(one.x - other.x, one.y - other.y)) < 0.1 * side and max(one.side, other.side) < 1.5 * side


def _same(one: Body, other: Body) -> bool:
    """Whether two bodies are one, seen twice, or a mixture of one with its neighbour."""
    side = min(one.next.side, other.next.side)
    apart = np.linalg.norm(one.points[JOINTS, :2] - other.points[JOINTS, :2], axis=1) / side
    return bool(apart.mean() < SAME or (apart < SAME / 2).mean() > SHARED)


def _distinct(bodies: list[Body]) -> list[Body]:
    """Bodies without those that are an earlier one seen twice."""
    kept: list[Body] = []
    for body in bodies:
        if not any(_same(body, other) for other in kept):
            kept.append(body)
    return kept
