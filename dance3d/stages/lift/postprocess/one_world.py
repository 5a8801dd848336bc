"""The shots of a clip in one world: turned and raised so that all share the direction of gravity and the floor.

Every shot has a camera of its own, and nobody knows where one stood seen from the other; but all stand over the same
floor. Directions across the floor and places on it cannot be compared between shots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.contracts.shots import joined
from dance3d.geometry.floor import common_floor
from dance3d.geometry.rotations import swing
from dance3d.stages.lift.postprocess.floor_contact import known_frames, lowest_heights

Floats = NDArray[np.float64]


def one_world(shots: Sequence[Sequence[Pose3D]], first_rows: tuple[int, ...]) -> list[Pose3D]:
    """The dancers' poses over the whole clip.

    Args:
        shots: the poses of all dancers in each shot.
        first_rows: of the shots.

    Returns:
        Per dancer one pose, in the camera frame of the shot in which most is seen.
    """
    seen = [sum(int(np.isfinite(pose.xyz).all((1, 2)).sum()) for pose in poses) for poses in shots]
    grounds = [_ground(poses) for poses in shots]
    known = [n for n, ground in enumerate(grounds) if ground is not None]
    base = grounds[max(known, key=lambda n: seen[n])] if known else None
    placed = [
        [_moved(pose, ground, base) for pose in poses] if ground is not None and base is not None else list(poses)
        for poses, ground in zip(shots, grounds, strict=True)
    ]
    return [_whole(parts, first_rows) for parts in zip(*placed, strict=True)]


def _ground(poses: Sequence[Pose3D]) -> tuple[Floats, float] | None:
    """Direction against gravity, and the floor's height along it from the camera; none where nobody stands on it."""
    for up in (pose.up.astype(np.float64) for pose in poses if pose.up is not None):
        bodies = [body for _, body in map(known_frames, poses) if len(body.time)]
        if bodies:
            return up, common_floor([(lowest_heights(body, up), body.time) for body in bodies])
    return None


def _moved(pose: Pose3D, ground: tuple[Floats, float], base: tuple[Floats, float]) -> Pose3D:
    """A pose turned and raised from one ground to another."""
    if ground is base:
        return pose
    (up, floor), (new_up, new_floor) = ground, base
    turn = swing(up, new_up[None])[0]
    root = None if pose.root is None else (pose.root @ turn.T + (new_floor - floor) * new_up).astype(np.float32)
    ends = None if pose.extremities is None else (pose.extremities @ turn.T).astype(np.float32)
    return replace(
        pose,
        xyz=(pose.xyz @ turn.T).astype(np.float32),
        root=root,
        extremities=ends,
        up=None if pose.up is None else new_up.astype(np.float32),
    )


def _whole(parts: Sequence[Pose3D], first_rows: tuple[int, ...]) -> Pose3D:
    up = next((part.up for part in parts if part.up is not None), None)
    doubts = [part.up_doubt for part in parts if part.up_doubt is not None]
    return joined(parts, shots=first_rows, up=up, up_doubt=max(doubts, default=None))
