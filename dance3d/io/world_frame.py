"""From the camera's axes to the world that BVH files and the report's 3D view share: y up, the floor at zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip, Pose3D
from dance3d.geometry.floor import common_floor, lowest_part
from dance3d.geometry.rotations import swing
from dance3d.skeleton import H36M17

Array = NDArray[np.float64]

FLIP = np.diag([1.0, -1.0, -1.0])  # camera frame (y down, z forward) to y up, z towards the camera


def to_world(pose: Pose3D, origin: Array | None = None) -> Array:
    """Positions as the BVH file and the report's 3D view have them.

    Args:
        pose: camera frame. A known ``up`` levels the world; without ``root`` the pelvis stays put.
        origin: (3,) of the world that becomes (0, 0, 0), from ``scene_origin``.

    Returns:
        (T, J, 3) metres: x to the picture's right, y up, z towards the camera; NaN where missing.
    """
    return _placed(pose.xyz, pose, origin)


def extremities_to_world(pose: Pose3D, origin: Array | None = None) -> Array | None:
    """Toes, heels, hands and face (T, 7, 3) as ``to_world`` has joints; none where the pose has none."""
    return None if pose.extremities is None else _placed(pose.extremities, pose, origin)


def _placed(points: NDArray[np.float32], pose: Pose3D, origin: Array | None) -> Array:
    xyz = points.astype(np.float64) + (0 if pose.root is None else pose.root[:, None].astype(np.float64))
    turn = FLIP
    if pose.up is not None:
        turn = swing(FLIP @ pose.up.astype(np.float64), np.array([[0.0, 1.0, 0.0]]))[0] @ FLIP
    return np.asarray(xyz @ turn.T - (0 if origin is None else origin))


def scene_origin(poses: Sequence[Pose3D]) -> Array:
    """(3,) origin shared by the dancers of a clip: on the floor, in the middle of where they dance.

    The floor is where the lowest part of the body mostly rests (``geometry.floor``): the sole of a standing foot, 8 cm
    below the ankle, but a hand for a dancer on hands.
    """
    worlds = [to_world(pose) for pose in poses]
    origin = np.zeros(3)
    middles = np.concatenate([w[:, H36M17.index("pelvis")] for w in worlds]) if worlds else np.empty((0, 3))
    middles = middles[np.isfinite(middles).all(1)]
    if len(middles):
        origin[:] = middles.mean(0)
    floor = common_floor([(lowest_part(w[..., 1]), pose.time) for w, pose in zip(worlds, poses, strict=True)])
    origin[1] = floor if np.isfinite(floor) else 0.0
    return origin


def pose_of(clip: MotionClip) -> Pose3D:
    """True motion, y up, as a pose seen by a camera that stands level."""
    place = clip.xyz.astype(np.float64) @ FLIP
    root = place[:, H36M17.index("pelvis")]
    frames = len(place)
    return Pose3D(
        xyz=(place - root[:, None]).astype(np.float32),
        measured=np.asarray(np.isfinite(place).all((1, 2))),
        error=np.full(frames, np.nan, np.float32),
        time=np.arange(frames) / clip.fps,
        root=root.astype(np.float32),
        scale="metric",
        up=np.array([0.0, -1.0, 0.0], np.float32),
    )
