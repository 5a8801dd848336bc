"""What footage and motion capture give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.arrays import Flags, Float, Image, Mask, Time
from dance3d.contracts.camera import Lens
from dance3d.contracts.checks import Track, check
from dance3d.contracts.shots import ONE, check_shots
from dance3d.skeleton import EXTREMITIES, SKELETONS


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
        xyz: (T, 17, 3) metres, world frame: y up, floor at y = 0; NaN where missing, which no clip that trains has.
        fps: frames per second.
        name: of the take.
        group: takes with the same group stay on the same side of any split.
        genre: class label, or empty.
        split: ``train``, ``val`` or ``test`` where the data set says so (``datasets.splits``), or empty.
        extremities: (T, 7, 3) as ``xyz``, in the order of ``skeleton.EXTREMITIES``, NaN where unknown; or none.
    """

    xyz: Float
    fps: float
    name: str
    group: str
    genre: str = ""
    split: str = ""
    extremities: Float | None = None

    def __post_init__(self) -> None:
        frames = check(self, "xyz", (None, len(SKELETONS["h36m17"].joints), 3), np.float32)
        if self.extremities is not None:
            check(self, "extremities", (frames, len(EXTREMITIES), 3), np.float32)
        if len(self.xyz) == 0:
            raise ValueError(f"MotionClip {self.name!r} has no frame")

    def part(self, start: int, stop: int | None = None) -> Self:
        """Some of its frames, from ``start`` to before ``stop``."""
        ends = None if self.extremities is None else self.extremities[start:stop]
        return replace(self, xyz=self.xyz[start:stop], extremities=ends)


@dataclass(frozen=True, eq=False)
class Clip(Track):
    """What decoding a video found: the frames that every other artefact has rows for.

    Attributes:
        time: (T,) seconds of every decoded frame, from the stream.
        size: (width, height) after rotation, pixels.
        rotation: degrees clockwise that the stored pictures were turned by: 0, 90, 180 or 270.
        expected: frames that the container declares, or none where it does not say.
        gaps: (start, stop) seconds where frames are missing; the last stop may lie past the last frame.
        errors: damaged packets or frames that could not be decoded.
        people: bodies seen at once for most of the time, or none where nobody counted.
        mirrored: whether left and right of the stored pictures were exchanged before they were turned.
        notes: what a user should know of how the file was read, one phrase each.
        shots: first frame of each shot: 0, and the frames behind a cut or in the middle of a dissolve.
    """

    time: Time
    size: tuple[int, int]
    rotation: int = 0
    expected: int | None = None
    gaps: tuple[tuple[float, float], ...] = ()
    errors: int = 0
    people: int | None = None
    mirrored: bool = False
    notes: tuple[str, ...] = ()
    shots: tuple[int, ...] = ONE

    def __post_init__(self) -> None:
        check(self, "time", (None,), np.float64, finite=True)
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        object.__setattr__(self, "gaps", tuple((float(a), float(b)) for a, b in self.gaps))
        if self.rotation not in (0, 90, 180, 270):
            raise ValueError(f"Clip.rotation is {self.rotation}, expected 0, 90, 180 or 270")
        check_shots(self)


@dataclass(frozen=True, eq=False)
class Moment:
    """One person at one instant, seen by V cameras.

    Attributes:
        name: of the take or clip.
        group: moments of one group stay on the same side of any split.
        split: ``train``, ``val`` or ``test``.
        frame: number in the clip.
        pictures: V pictures (H, W, 3), RGB.
        masks: V masks (H, W) of the person; one may be all false where the person is not seen.
        lenses: V cameras.
        truth: (17, 3) metres, world; only for scores. None where it is not known.
        joints: V times (17, 3) as in ``Crop``, in pixels of the picture; none without labels.
    """

    name: str
    group: str
    split: str
    frame: int
    pictures: tuple[Image, ...]
    masks: tuple[Mask, ...]
    lenses: tuple[Lens, ...]
    truth: NDArray[np.float64] | None = None
    joints: tuple[NDArray[np.float64], ...] | None = None

    def seen_by(self, views: Sequence[int], masks: Sequence[Mask]) -> Self:
        """The moment with some of its views only, and other masks (of all V views)."""
        return replace(
            self,
            pictures=tuple(self.pictures[view] for view in views),
            masks=tuple(masks[view] for view in views),
            lenses=tuple(self.lenses[view] for view in views),
            joints=None if self.joints is None else tuple(self.joints[view] for view in views),
        )
