"""What passes between stages: frozen artefacts of numpy arrays that check themselves when made.

Letters: T frames, J joints, G genres, H W pixels. Metres and seconds throughout. A missing person is
NaN plus a flag, never zeros, never a dropped row: N decoded frames give N rows in every artefact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import SKELETONS
from dance3d.vocabulary import MOVEMENTS

Float = NDArray[np.float32]
Time = NDArray[np.float64]
Flags = NDArray[np.bool_]


def _check(owner: object, name: str, shape: tuple[int | None, ...], dtype: type, *, finite: bool = False) -> int:
    """Freeze one array field as ``dtype`` and hold its shape; None in ``shape`` matches any length.

    Returns:
        The length of the first axis.

    Raises:
        ValueError: the shape differs, or ``finite`` and a value is not.
    """
    given = getattr(owner, name)
    array: NDArray[Any] = np.array(given, dtype=dtype)  # a copy: the artefact owns what it froze
    expected = tuple("any" if n is None else n for n in shape)
    if array.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{type(owner).__name__}.{name} has shape {array.shape}, expected {expected}")
    if np.issubdtype(array.dtype, np.floating):
        if np.isinf(array).any():
            raise ValueError(f"{type(owner).__name__}.{name} holds infinite values; missing is NaN")
        if finite and np.isnan(array).any():
            raise ValueError(f"{type(owner).__name__}.{name} holds NaN, which it may not")
    array.flags.writeable = False
    object.__setattr__(owner, name, array)
    return len(array) if array.ndim else 1


def _check_track(owner: Keypoints2D | Pose3D | Movements) -> int:
    """Hold what every track shares: strictly increasing times, a start frame and a person number."""
    frames = _check(owner, "time", (None,), np.float64, finite=True)
    if frames == 0:
        raise ValueError(f"{type(owner).__name__} has no frame")
    if (np.diff(owner.time) <= 0).any():
        at = int(np.argmax(np.diff(owner.time) <= 0))
        raise ValueError(f"{type(owner).__name__}.time does not increase after row {at} ({owner.time[at]:.6f} s)")
    if owner.start < 0 or owner.person < 1:
        raise ValueError(
            f"{type(owner).__name__}: start {owner.start} must be 0 or more, person {owner.person} 1 or more"
        )
    return frames


def _check_skeleton(owner: Keypoints2D | Pose3D) -> int:
    if owner.skeleton not in SKELETONS:
        raise ValueError(f"skeleton {owner.skeleton!r} is not known; choose from {', '.join(SKELETONS)}")
    return len(SKELETONS[owner.skeleton].joints)


class _Track:
    """Frame rate of anything with a ``time`` axis."""

    time: Time

    @property
    def frames(self) -> int:
        """Number of rows."""
        return len(self.time)

    @property
    def fps(self) -> float:
        """Frames per second by the median step; 30 for a single frame."""
        return float(1 / np.median(np.diff(self.time))) if len(self.time) > 1 else 30.0


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        focal: pixels, the same along both axes.
        centre: principal point (x, y), pixels.
        size: (width, height) of the picture, pixels.
        assumed: true where the focal length is a guess from a field of view.
    """

    focal: float
    centre: tuple[float, float]
    size: tuple[int, int]
    assumed: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", (float(self.centre[0]), float(self.centre[1])))
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        if not (np.isfinite(self.focal) and self.focal > 0):
            raise ValueError(f"Camera.focal is {self.focal}, expected a positive number of pixels")
        if min(self.size) < 1:
            raise ValueError(f"Camera.size is {self.size}, expected positive (width, height)")

    @classmethod
    def from_field_of_view(cls, degrees: float, size: tuple[int, int]) -> Self:
        """Camera that sees ``degrees`` along the longer side of a picture, principal point in its middle."""
        if not 5 <= degrees <= 170:
            raise ValueError(f"field of view is {degrees} degrees, expected 5 to 170")
        focal = max(size) / 2 / np.tan(np.deg2rad(degrees) / 2)
        return cls(float(focal), (size[0] / 2, size[1] / 2), size)

    @property
    def field_of_view(self) -> float:
        """Degrees seen along the longer side of the picture."""
        return float(np.rad2deg(2 * np.arctan(max(self.size) / 2 / self.focal)))


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
class Keypoints2D(_Track):
    """One dancer's keypoints.

    Attributes:
        xy: (T, J, 2) pixels in the full frame after rotation, origin top left, y down; NaN where missing.
        score: (T, J) 0..1.
        measured: (T, J) false where interpolated or missing.
        time: (T,) seconds, from the stream.
        size: (width, height) of the frame, pixels.
        raw: (T, J, 2) pixels as detected, before smoothing and filling; none if there is nothing else than ``xy``.
        start: index of the first row's frame in the video.
        person: 1, 2, ...
        skeleton: a name of ``skeleton.SKELETONS``.
        name: what the user calls the dancer; empty where nobody said.
        crossings: when which other dancer overlapped this one, in order of time.
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

    def __post_init__(self) -> None:
        frames, joints = _check_track(self), _check_skeleton(self)
        as_crossings = (c if isinstance(c, Crossing) else Crossing(**c) for c in self.crossings)
        object.__setattr__(self, "crossings", tuple(as_crossings))
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        if min(self.size) < 1:
            raise ValueError(f"Keypoints2D.size is {self.size}, expected positive (width, height)")
        _check(self, "xy", (frames, joints, 2), np.float32)
        _check(self, "score", (frames, joints), np.float32, finite=True)
        _check(self, "measured", (frames, joints), np.bool_)
        if self.raw is not None:
            _check(self, "raw", (frames, joints, 2), np.float32)
        if self.score.min() < 0 or self.score.max() > 1:
            raise ValueError(f"Keypoints2D.score runs from {self.score.min()} to {self.score.max()}, expected 0..1")


@dataclass(frozen=True, eq=False)
class Pose3D(_Track):
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
        start, person, skeleton: as in ``Keypoints2D``.
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
    start: int = 0
    person: int = 1
    skeleton: str = "h36m17"

    def __post_init__(self) -> None:
        frames, joints = _check_track(self), _check_skeleton(self)
        _check(self, "xyz", (frames, joints, 3), np.float32)
        _check(self, "measured", (frames,), np.bool_)
        _check(self, "error", (frames,), np.float32)
        if self.root is not None:
            _check(self, "root", (frames, 3), np.float32)
        if self.up is not None:
            _check(self, "up", (3,), np.float32, finite=True)
            if abs(float(np.linalg.norm(self.up)) - 1) > 1e-3:
                raise ValueError(f"Pose3D.up has length {np.linalg.norm(self.up):.4f}, expected 1")
        if self.scale not in ("metric", "relative"):
            raise ValueError(f"Pose3D.scale is {self.scale!r}, expected 'metric' or 'relative'")


@dataclass(frozen=True, eq=False)
class Movements(_Track):
    """What every body part does, frame by frame.

    Attributes:
        prob: (T, 154) 0..1 in the order of ``vocabulary.MOVEMENTS``; NaN where the person is missing.
        time: (T,) seconds.
        start, person: as in ``Keypoints2D``.
    """

    prob: Float
    time: Time
    start: int = 0
    person: int = 1

    def __post_init__(self) -> None:
        frames = _check_track(self)
        _check(self, "prob", (frames, len(MOVEMENTS)), np.float32)
        if np.nanmin(self.prob, initial=0) < 0 or np.nanmax(self.prob, initial=1) > 1:
            raise ValueError("Movements.prob leaves 0..1")


@dataclass(frozen=True)
class Evidence:
    """One movement that spoke for the genre: ``weight`` is how far its removal lowers the probability."""

    movement: str
    start: float
    stop: float
    weight: float


@dataclass(frozen=True, eq=False)
class Genre:
    """Which dance one dancer dances.

    Attributes:
        prob: (G,) sums to 1.
        classes: G names, as ``prob``.
        evidence: which movements, when (seconds), strongest first, for the likeliest class.
        person: as in ``Keypoints2D``.
    """

    prob: Float
    classes: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    person: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(str(name) for name in self.classes))
        as_evidence = (e if isinstance(e, Evidence) else Evidence(**e) for e in self.evidence)
        object.__setattr__(self, "evidence", tuple(as_evidence))
        _check(self, "prob", (len(self.classes),), np.float32, finite=True)
        if self.prob.min() < 0 or abs(float(self.prob.sum()) - 1) > 1e-3:
            raise ValueError(f"Genre.prob sums to {self.prob.sum():.4f}, expected 1")

    @property
    def best(self) -> str:
        """Name of the likeliest class."""
        return self.classes[int(np.argmax(self.prob))]


@dataclass(frozen=True, eq=False)
class Masks:
    """Where the dancer is, pixel by pixel.

    Attributes:
        mask: (T, H, W) true on the person.
        time: (T,) seconds.
        distance: (T, H, W) geodesic distance map of ``geodesic.distance_map``, or none.
    """

    mask: Flags
    time: Time
    distance: Float | None = None

    def __post_init__(self) -> None:
        frames = _check(self, "time", (None,), np.float64, finite=True)
        _check(self, "mask", (frames, None, None), np.bool_)
        if self.distance is not None:
            _check(self, "distance", self.mask.shape, np.float32, finite=True)


@dataclass(frozen=True, eq=False)
class MotionClip:
    """True motion in the world, from motion capture or the synthetic dancer: what training data is made of.

    Attributes:
        xyz: (T, 17, 3) metres, world frame: y up, floor at y = 0.
        fps: frames per second.
        name: of the take.
        group: takes with the same group stay on the same side of any split.
        genre: class label, or empty.
    """

    xyz: Float
    fps: float
    name: str
    group: str
    genre: str = ""

    def __post_init__(self) -> None:
        _check(self, "xyz", (None, len(SKELETONS["h36m17"].joints), 3), np.float32, finite=True)
        if len(self.xyz) == 0:
            raise ValueError(f"MotionClip {self.name!r} has no frame")


@dataclass(frozen=True, eq=False)
class Clip(_Track):
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
        _check(self, "time", (None,), np.float64, finite=True)
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        object.__setattr__(self, "gaps", tuple((float(a), float(b)) for a, b in self.gaps))
        if self.rotation not in (0, 90, 180, 270):
            raise ValueError(f"Clip.rotation is {self.rotation}, expected 0, 90, 180 or 270")


@dataclass(frozen=True)
class Dancer:
    """Everything known of one dancer of a clip."""

    keypoints: Keypoints2D
    pose: Pose3D
    movements: Movements
    genre: Genre

    @property
    def person(self) -> int:
        """1, 2, ..."""
        return self.keypoints.person


Artefact = Clip | Keypoints2D | Pose3D | Movements | Genre | Masks | MotionClip
ARTEFACTS: dict[str, type] = {
    kind.__name__: kind for kind in (Clip, Keypoints2D, Pose3D, Movements, Genre, Masks, MotionClip)
}


def field_names(kind: type) -> tuple[str, ...]:
    """Names of an artefact's fields, in order."""
    return tuple(f.name for f in fields(kind))
