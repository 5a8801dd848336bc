"""Features of the genre net: movements, and poses without body size, camera, heading and frame rate.

In all available data genre and recording are correlated, so everything that identifies the recording is removed: bones
get standard lengths, the body faces forward, steps are a tenth of a second. Spine, nose and head are left out of the
pose: their position differs between conversions of motion capture; their movements are in the movements. The joints in
the image, as HDVR's 2D rows read them, keep the camera's view: only position and size are removed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.geometry.body_frame import LEFT, heading_frame, to_right
from dance3d.geometry.up_direction import up_direction
from dance3d.geometry.vectors import unit
from dance3d.movement_types import MIRROR, MOVEMENTS
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import grid, interpolate
from dance3d.timeseries.segments import long_segments

Array = NDArray[np.float64]

FPS, POOL = 30.0, 3
STEP = POOL / FPS
"""Seconds between two steps of the net."""
_GAP = 15  # frames, chosen: in longer gaps without the person the steps are absent
_PARTS = 14  # groups of movements, chosen: all at once need a gigabyte of memory for two hours
# (joint, parent, length in metres) of the standard body, parents first; lengths are those of a person of 1.72 m.
_LIMBS = (
    ("hip", "pelvis", 0.10),
    ("knee", "hip", 0.42),
    ("ankle", "knee", 0.42),
    ("shoulder", "thorax", 0.18),
    ("elbow", "shoulder", 0.29),
    ("wrist", "elbow", 0.26),
)


def _body() -> tuple[tuple[str, str, float], ...]:
    rows = [("thorax", "pelvis", 0.49)]
    for side in ("left", "right"):
        for joint, parent, length in _LIMBS:
            rows.append((f"{side}_{joint}", parent if parent in ("pelvis", "thorax") else f"{side}_{parent}", length))
    return tuple(rows)


BODY = _body()
JOINTS = tuple(joint for joint, _, _ in BODY)
MOVES = len(MOVEMENTS)
TURN = MOVES + 3 * len(JOINTS)
"""Column of the turning rate."""
WIDTH = TURN + 1 + 3 * len(JOINTS)
"""Features per step: movements; joints (left, up, forward), turning rate; joints in the image (x, up, seen)."""
BLOCKS = {"movements": slice(0, MOVES), "pose3d": slice(MOVES, TURN + 1), "pose2d": slice(TURN + 1, WIDTH)}
"""Columns of each block."""
READS = {
    "pose2d": ("pose2d",),
    "pose3d": ("pose3d",),
    "movements": ("movements",),
    "both": ("movements", "pose3d"),
    "pose2d+movements": ("movements", "pose2d"),
}
"""Values of the setting ``reads``, and their blocks."""


class Features(NamedTuple):
    """Features of one track.

    Attributes:
        values: (N, WIDTH) float32, zero where absent.
        present: (N,) 0..1, share of each step with a person.
        time: (N,) seconds, the middle of each step.
        pose: that they were made of, where it is kept.
    """

    values: NDArray[np.float32]
    present: NDArray[np.float32]
    time: Array
    pose: Pose3D | None = None


def make(pose: Pose3D, movements: Movements, keypoints: Keypoints2D | None = None) -> Features:
    """Features of one track.

    Args:
        pose: of the dancer.
        movements: row by row as the pose.
        keypoints: of the same dancer in the image; without them the block ``pose2d`` is zero.

    Raises:
        ValueError: pose, movements and keypoints have different rows.
    """
    if pose.frames != movements.frames:
        raise ValueError(f"the pose has {pose.frames} rows and its movements {movements.frames}; they must be the same")
    if keypoints is not None and keypoints.frames != pose.frames:
        raise ValueError(f"the pose has {pose.frames} rows and its keypoints {keypoints.frames}; they must be the same")
    known = np.asarray(np.isfinite(pose.xyz).all((1, 2)) & np.isfinite(movements.prob).all(1))
    at = grid(pose.time, FPS)
    nearest = np.searchsorted((pose.time[1:] + pose.time[:-1]) / 2, at)
    present = ~long_segments(np.asarray(~known), max(1, round(_GAP * pose.fps / FPS)))[nearest] & known.any()
    values = np.zeros((len(at), WIDTH))
    if present.any():
        for some in np.array_split(np.arange(MOVES), _PARTS):
            values[:, some] = interpolate(_centred(movements, some), known, pose.time, at)
        values[:, BLOCKS["pose3d"]] = posture(interpolate(pose.xyz, known, pose.time, at), pose.up)
        if keypoints is not None:
            values[:, BLOCKS["pose2d"]] = _on_picture(keypoints.xy)[nearest]
    values *= present[:, None]
    starts = np.arange(0, len(at), POOL)
    count = np.diff(np.append(starts, len(at)))
    there = np.add.reduceat(present.astype(float), starts)
    pooled = np.add.reduceat(values, starts) / np.maximum(there, 1)[:, None]
    middle = np.add.reduceat(at, starts) / count
    return Features(pooled.astype(np.float32), (there / count).astype(np.float32), middle, pose)


def _centred(movements: Movements, some: NDArray[np.intp]) -> NDArray[np.floating]:
    """Probabilities (T, K) of some movements, transformed so that each movement's threshold becomes 0.5."""
    prob = movements.prob[:, some]
    if movements.least is None:
        return prob
    least = movements.least[some].clip(1e-3, 1 - 1e-3)
    made, not_made = prob * (1 - least), (1 - prob) * least
    return np.asarray(made / np.maximum(made + not_made, 1e-9))


def posture(xyz: Array, up: NDArray[np.floating] | None) -> Array:
    """Joints of the standard body facing forward, metres, and its turning rate, radians per second: (T, 3 J + 1).

    Args:
        xyz: (T, 17, 3) at ``FPS``, finite.
        up: unit vector away from the floor; ``geometry.up_direction`` if None.
    """
    at = {joint: xyz[:, i] for i, joint in enumerate(H36M17.joints)}
    above = up_direction(xyz, up)
    frames = heading_frame(to_right(xyz, "hip", "shoulder"), above)
    right = frames[:, 0]
    turned = np.cross(right[:-1], right[1:]) @ above
    rate = np.arctan2(turned, (right[:-1] * right[1:]).sum(1)) * FPS
    rate = np.concatenate([rate[:1], rate]) if len(rate) else np.zeros(1)
    placed = {"pelvis": np.zeros((len(xyz), 3))}
    for joint, parent, length in BODY:
        placed[joint] = placed[parent] + length * unit(at[joint] - at[parent])
    joints = np.stack([placed[joint] for joint in JOINTS], 1)
    local = np.einsum("tij,tkj->tki", frames * LEFT, joints)
    return np.concatenate([local.reshape(len(xyz), -1), rate.clip(-10, 10)[:, None]], 1)


def _on_picture(xy: NDArray[np.floating]) -> Array:
    """Joints around the pelvis in body heights, and whether they were seen, 0 or 1: (T, 3 J); zero where not seen."""
    high = np.where(np.isfinite(xy[..., 1]), xy[..., 1], -np.inf).max(1)
    low = np.where(np.isfinite(xy[..., 1]), xy[..., 1], np.inf).min(1)
    tall = (high - low)[high > low]
    here = xy[:, [H36M17.index(joint) for joint in JOINTS]] - xy[:, [H36M17.index("pelvis")]]
    if not len(tall):
        return np.zeros((len(xy), 3 * len(JOINTS)))
    placed = here / np.percentile(tall, 90) * [1, -1]
    seen = np.isfinite(placed).all(-1)
    joined = np.concatenate([placed, np.ones_like(placed[..., :1])], -1)
    return np.asarray(np.where(seen[..., None], joined, 0).clip(-3, 3).reshape(len(xy), -1))


def _mirror_table() -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    other = {"left": "right", "right": "left"}
    partners = []
    for joint in JOINTS:
        side, _, rest = joint.partition("_")
        partners.append(JOINTS.index(f"{other[side]}_{rest}" if side in other else joint))
    swapped = (3 * np.array(partners)[:, None] + np.arange(3)).reshape(-1)
    flip = [-1.0, 1.0, 1.0] * len(JOINTS)
    column = [np.array(MIRROR), MOVES + swapped, np.array([TURN]), TURN + 1 + swapped]
    return np.concatenate(column), np.array([*[1.0] * MOVES, *flip, -1.0, *flip], np.float32)


MIRROR_COLUMN, MIRROR_SIGN = _mirror_table()
"""(WIDTH,) column of every feature's mirror image, and its sign there."""


def mirror(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., WIDTH) features of the mirrored dancer."""
    return np.asarray(values[..., MIRROR_COLUMN] * MIRROR_SIGN, np.float32)
