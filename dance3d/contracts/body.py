"""One dancer in the picture and in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dance3d.contracts.arrays import Flags, Float, Time
from dance3d.contracts.camera import Camera
from dance3d.contracts.checks import Track, check, check_skeleton, check_track
from dance3d.contracts.shots import ONE, check_shots
from dance3d.skeleton import EXTREMITIES


@dataclass(frozen=True)
class Crossing:
    """Another dancer overlaps this one from ``start`` to ``stop`` (seconds).

    ``sure`` (0..1) tells how much better the identities given afterwards fit than exchanged ones; 0.5 is a guess.
    """

    start: float
    stop: float
    other: int
    sure: float


@dataclass(frozen=True, eq=False)
class Keypoints2D(Track):
    """One dancer's keypoints.

    Attributes:
        xy: (T, J, 2) pixels in the full frame after rotation, origin top left, y down; NaN where missing.
        score: (T, J) 0..1.
        measured: (T, J) false where interpolated, guessed outside of the picture, or missing.
        time: (T,) seconds, from the stream.
        size: (width, height) of the frame, pixels.
        raw: (T, J, 2) pixels as detected, before smoothing and filling; none if there is nothing else than ``xy``.
        start: index of the first row's frame in the video.
        person: 1, 2, ...
        skeleton: a name of ``skeleton.SKELETONS``.
        name: what the user calls the dancer; empty where nobody said.
        crossings: when which other dancer overlapped this one, in order of time.
        still: (T, 2, 3) affine maps from each picture to that of a still camera, the first one's; NaN where the camera
            moves and nobody knows how; none for a camera that stands. In every shot the first picture is its first.
        shots: first row of each shot; nothing of a track goes on from one shot to the next.
        extremities: (T, 7, 2) pixels as ``xy``, in the order of ``skeleton.EXTREMITIES``, NaN where not seen; none
            where nobody looked for them.
    """

    xy: Float
    score: Float
    measured: Flags
    time: Time
    size: tuple[int, int]
    raw: Float | None = None
    start: int = 0
    person: int = 1
    skeleton: str = "h36m17"
    name: str = ""
    crossings: tuple[Crossing, ...] = ()
    still: Float | None = None
    shots: tuple[int, ...] = ONE
    extremities: Float | None = None

    def __post_init__(self) -> None:
        frames, joints = check_track(self), check_skeleton(self)
        check_shots(self)
        as_crossings = (c if isinstance(c, Crossing) else Crossing(**c) for c in self.crossings)
        object.__setattr__(self, "crossings", tuple(as_crossings))
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        if min(self.size) < 1:
            raise ValueError(f"Keypoints2D.size is {self.size}, expected positive (width, height)")
        check(self, "xy", (frames, joints, 2), np.float32)
        check(self, "score", (frames, joints), np.float32, finite=True)
        check(self, "measured", (frames, joints), np.bool_)
        if self.raw is not None:
            check(self, "raw", (frames, joints, 2), np.float32)
        if self.still is not None:
            check(self, "still", (frames, 2, 3), np.float32)
        if self.extremities is not None:
            check(self, "extremities", (frames, len(EXTREMITIES), 2), np.float32)
        if self.score.min() < 0 or self.score.max() > 1:
            raise ValueError(f"Keypoints2D.score runs from {self.score.min()} to {self.score.max()}, expected 0..1")


@dataclass(frozen=True, eq=False)
class Pose3D(Track):
    """One dancer's body in space.

    Attributes:
        xyz: (T, J, 3) metres relative to the root joint, camera frame: x right, y down, z forward; NaN where missing.
        measured: (T,) false where the keypoints of that frame were mostly interpolated or missing.
        error: (T,) how far the re-projection is from the keypoints, mean over joints, pixels; NaN where unknown.
        time: (T,) seconds.
        root: (T, 3) metres, camera frame, or none.
        camera: the camera that ``root`` and ``error`` refer to, or none.
        scale: ``metric`` where a height or a calibration fixes metres, else ``relative`` (metres of an average body).
        up: (3,) unit vector against gravity in the camera frame, or none where it is not known.
        up_doubt: standard deviation of the angle that ``up`` is off, degrees; 0 if it was given, none if unknown.
        doubt: (T, J) metres relative to the root and but for the body's size: the true joint is within with a
            probability of 0.68; NaN where missing, none where nobody estimated it.
        start, person, skeleton: as in ``Keypoints2D``.
        still: as in ``Keypoints2D``; ``xyz`` and ``root`` are before the still camera, ``error`` is of the picture.
        shots: as in ``Keypoints2D``; of several, ``xyz`` and ``root`` are in the camera frame of one, and those of the
            others are turned and raised so that all share ``up`` and the floor.
        extremities: (T, 7, 3) as ``xyz``, in the order of ``skeleton.EXTREMITIES``, NaN where unknown; none where
            nobody estimated them.
    """

    xyz: Float
    measured: Flags
    error: Float
    time: Time
    root: Float | None = None
    camera: Camera | None = None
    scale: Literal["metric", "relative"] = "relative"
    up: Float | None = None
    up_doubt: float | None = None
    doubt: Float | None = None
    start: int = 0
    person: int = 1
    skeleton: str = "h36m17"
    still: Float | None = None
    shots: tuple[int, ...] = ONE
    extremities: Float | None = None

    def __post_init__(self) -> None:
        frames, joints = check_track(self), check_skeleton(self)
        check_shots(self)
        if self.still is not None:
            check(self, "still", (frames, 2, 3), np.float32)
        if self.doubt is not None:
            check(self, "doubt", (frames, joints), np.float32)
        if self.extremities is not None:
            check(self, "extremities", (frames, len(EXTREMITIES), 3), np.float32)
        check(self, "xyz", (frames, joints, 3), np.float32)
        check(self, "measured", (frames,), np.bool_)
        check(self, "error", (frames,), np.float32)
        if self.root is not None:
            check(self, "root", (frames, 3), np.float32)
        if self.up is not None:
            check(self, "up", (3,), np.float32, finite=True)
            if abs(float(np.linalg.norm(self.up)) - 1) > 1e-3:
                raise ValueError(f"Pose3D.up has length {np.linalg.norm(self.up):.4f}, expected 1")
        if self.scale not in ("metric", "relative"):
            raise ValueError(f"Pose3D.scale is {self.scale!r}, expected 'metric' or 'relative'")
