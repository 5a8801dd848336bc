"""What footage and motion capture give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dance3d.contracts.checks import Flags, Float, Time, Track, check
from dance3d.skeleton import SKELETONS


@dataclass(frozen=True, eq=False)
class Masks:
    """Where the dancer is, pixel by pixel.

    Attributes:
        mask: (T, H, W) true on the person.
        time: (T,) seconds.
        distance: (T, H, W) geodesic distance map of ``masks.geodesic.distance_map``, or none.
    """

    mask: Flags
    time: Time
    distance: Float | None = None

    def __post_init__(self) -> None:
        frames = check(self, "time", (None,), np.float64, finite=True)
        check(self, "mask", (frames, None, None), np.bool_)
        if self.distance is not None:
            check(self, "distance", self.mask.shape, np.float32, finite=True)


@dataclass(frozen=True, eq=False)
class MotionClip:
    """True motion in the world, from motion capture or the synthetic dancer: what training data is made of.

    Attributes:
        xyz: (T, 17, 3) metres, world frame: y up, floor at y = 0.
        fps: frames per second.
        name: of the take.
        group: takes with the same group stay on the same side of any split.
        genre: class label, or empty.
        split: ``train``, ``val`` or ``test`` where the data set says so (``datasets.splits``), or empty.
    """

    xyz: Float
    fps: float
    name: str
    group: str
    genre: str = ""
    split: str = ""

    def __post_init__(self) -> None:
        check(self, "xyz", (None, len(SKELETONS["h36m17"].joints), 3), np.float32, finite=True)
        if len(self.xyz) == 0:
            raise ValueError(f"MotionClip {self.name!r} has no frame")


@dataclass(frozen=True, eq=False)
class Clip(Track):
    """What decoding a video found: the frames that every other artefact has rows for.

    Attributes:
        time: (T,) seconds of every decoded frame, from the stream.
        size: (width, height) after rotation, pixels.
        rotation: degrees clockwise that the stored pictures were turned by: 0, 90, 180 or 270.
        expected: frames that the container promises, or none where it does not say.
        gaps: (start, stop) seconds where frames are missing; the last stop may lie past the last frame.
        errors: damaged packets or frames that could not be decoded.
        people: bodies seen at once for most of the time, or none where nobody counted.
    """

    time: Time
    size: tuple[int, int]
    rotation: int = 0
    expected: int | None = None
    gaps: tuple[tuple[float, float], ...] = ()
    errors: int = 0
    people: int | None = None

    def __post_init__(self) -> None:
        check(self, "time", (None,), np.float64, finite=True)
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        object.__setattr__(self, "gaps", tuple((float(a), float(b)) for a, b in self.gaps))
        if self.rotation not in (0, 90, 180, 270):
            raise ValueError(f"Clip.rotation is {self.rotation}, expected 0, 90, 180 or 270")
