"""Statistics of a few seconds of dancing after Laban: Body, Effort, Shape, Space, and the rhythm of the speeds.

Source: the four components of Laban movement analysis as computed by Aristidou et al., "Folk dance evaluation using
Laban movement analysis", JOCCH 2015, and over sliding windows by Turab et al. 2025 (arXiv 2504.21166); the spectrum of
joint speeds by Hamscher et al. 2025 (arXiv 2511.20469).
Which statistics, and of which joints, is this project's choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.up_direction import up_direction
from dance3d.stages.genre.features import FPS, JOINTS, posture
from dance3d.timeseries.resampling import grid, interpolate

Array = NDArray[np.float64]
_ENDS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")
_PAIRS = (
    ("left_wrist", "right_wrist"),
    ("left_ankle", "right_ankle"),
    ("left_knee", "right_knee"),
    ("left_elbow", "right_elbow"),
    ("left_wrist", "left_shoulder"),
    ("right_wrist", "right_shoulder"),
    ("left_wrist", "left_hip"),
    ("right_wrist", "right_hip"),
)
_BENDS = tuple(
    tuple(f"{side}_{joint}" for joint in chain)
    for chain in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
    for side in ("left", "right")
)
_BANDS = (0.2, 0.6, 1.0, 1.5, 2.2, 3.2, 5.0)
"""Hertz: edges of the bands of the spectrum."""
_FLOOR = 1e-6  # keeps divisions and logarithms finite


def names() -> tuple[str, ...]:
    """What each statistic is, as ``describe`` gives them."""
    still = np.zeros((8, 3 * len(JOINTS) + 1))
    return tuple(name for name, _ in _statistics(still, np.zeros((8, 3)), FPS))


def describe(rows: Array, path: Array) -> Array:
    """(F,) statistics of one window, as ``names``.

    Args:
        rows: (T, 3 J + 1) postures at ``features.FPS``, as ``features.posture``.
        path: (T, 3) of the pelvis over the floor, metres: two axes of the floor and up.
    """
    return np.array([value for _, value in _statistics(rows, path, FPS)])


def rows_of(pose: Pose3D) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Postures (N, 3 J + 1) at ``features.FPS``, the pelvis' path (N, 3) and which rows are known, of a track."""
    known = np.asarray(np.isfinite(pose.xyz).all((1, 2)))
    at = grid(pose.time, FPS)
    if not known.any():
        return np.zeros((len(at), 3 * len(JOINTS) + 1)), np.zeros((len(at), 3)), np.zeros(len(at), bool)
    xyz = interpolate(pose.xyz, known, pose.time, at)
    root = np.zeros((len(at), 3))
    if pose.root is not None:
        root = interpolate(pose.root, known & np.isfinite(pose.root).all(1), pose.time, at)
    nearest = np.searchsorted((pose.time[1:] + pose.time[:-1]) / 2, at)
    return posture(xyz, pose.up), _on_floor(np.nan_to_num(root), xyz, pose.up), known[nearest]


def _on_floor(root: Array, xyz: Array, up: NDArray[np.floating] | None) -> Array:
    """(T, 3): two axes of the floor, and up."""
    above = up_direction(xyz, up)
    first = np.cross(above, np.eye(3)[int(np.abs(above).argmin())])
    first = first / np.linalg.norm(first)
    return np.asarray(root @ np.stack([first, np.cross(above, first), above], 1))


def _statistics(rows: Array, path: Array, fps: float) -> Iterator[tuple[str, float]]:
    joints = rows[:, :-1].reshape(len(rows), len(JOINTS), 3)
    at = {joint: joints[:, i] for i, joint in enumerate(JOINTS)}
    yield from _body(at)
    yield from _effort(at, rows[:, -1], fps)
    yield from _shape(joints)
    yield from _space(path, at, fps)
    yield from _rhythm(at, fps)


def _body(at: dict[str, Array]) -> Iterator[tuple[str, float]]:
    for one, other in _PAIRS:
        apart = np.linalg.norm(at[one] - at[other], axis=-1)
        yield f"body.{one}-{other}.mean", float(apart.mean())
        yield f"body.{one}-{other}.std", float(apart.std())
    for first, middle, last in _BENDS:
        a, b = at[first] - at[middle], at[last] - at[middle]
        length = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
        angle = np.arccos(np.clip((a * b).sum(-1) / np.maximum(length, _FLOOR), -1, 1))
        yield f"body.{middle}.bend.mean", float(angle.mean())
        yield f"body.{middle}.bend.std", float(angle.std())
    for joint in ("left_wrist", "right_wrist", "left_elbow", "right_elbow", "left_ankle", "right_ankle", "thorax"):
        for axis, name in ((1, "height"), (2, "forward")):
            yield f"body.{joint}.{name}.mean", float(at[joint][:, axis].mean())
            yield f"body.{joint}.{name}.std", float(at[joint][:, axis].std())


def _effort(at: dict[str, Array], turning: Array, fps: float) -> Iterator[tuple[str, float]]:
    for joint in _ENDS:
        for order, name in enumerate(("speed", "acceleration", "jerk"), 1):
            size = np.linalg.norm(np.diff(at[joint], n=order, axis=0), axis=-1) * fps**order
            yield f"effort.{joint}.{name}.mean", float(size.mean())
            if order < 3:
                yield f"effort.{joint}.{name}.high", float(np.percentile(size, 90))
    yield "effort.turning.mean", float(np.abs(turning).mean())
    yield "effort.turning.high", float(np.percentile(np.abs(turning), 90))
    yield "effort.turning.sum", float(abs(turning.sum()) / fps)


def _shape(joints: Array) -> Iterator[tuple[str, float]]:
    box = np.ptp(joints, axis=1)
    for axis, name in enumerate(("width", "height", "depth")):
        yield f"shape.{name}.mean", float(box[:, axis].mean())
        yield f"shape.{name}.std", float(box[:, axis].std())
    volume = box.prod(1)
    yield "shape.volume.mean", float(volume.mean())
    yield "shape.volume.std", float(volume.std())


def _space(path: Array, at: dict[str, Array], fps: float) -> Iterator[tuple[str, float]]:
    floor = path[:, :2]
    steps = np.linalg.norm(np.diff(floor, axis=0), axis=-1)
    far = float(np.linalg.norm(floor[-1] - floor[0]))
    yield "space.path", float(steps.sum())
    yield "space.displacement", far
    yield "space.curvature", float(np.log((steps.sum() + 0.1) / (far + 0.1)))
    yield "space.area", float(np.ptp(floor, axis=0).prod())
    yield "space.rise", float(path[:, 2].std())
    for joint in _ENDS:
        length = float(np.linalg.norm(np.diff(at[joint], axis=0), axis=-1).sum())
        reach = float(np.linalg.norm(np.ptp(at[joint], axis=0)))
        yield f"space.{joint}.reach", reach
        yield f"space.{joint}.curvature", float(np.log((length + 0.1) / (reach + 0.1)))


def _rhythm(at: dict[str, Array], fps: float) -> Iterator[tuple[str, float]]:
    """Share of the power of the speeds in each band, hands and feet apart."""
    for name, some in (("hands", _ENDS[:2]), ("feet", _ENDS[2:])):
        speed = sum(np.linalg.norm(np.diff(at[joint], axis=0), axis=-1) * fps for joint in some)
        power = np.abs(np.fft.rfft((speed - np.mean(speed)) * np.hanning(len(speed)))) ** 2
        rate = np.fft.rfftfreq(len(speed), 1 / fps)
        for low, high in pairwise(_BANDS):
            share = power[(rate >= low) & (rate < high)].sum() / max(float(power.sum()), _FLOOR)
            yield f"rhythm.{name}.{low:g}-{high:g}", float(share)
