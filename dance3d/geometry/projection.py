"""Cameras, projection and body frames. Functions take and give arrays of any leading shape."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.geometry.still_camera import to_pictures
from dance3d.skeleton import H36M17

Array = TypeVar("Array", Tensor, NDArray[np.floating])


def project(xyz: Array, focal: Array | float, centre: Array | float) -> Array:
    """Project camera-frame points with a pinhole camera.

    Args:
        xyz: (..., 3) metres, camera frame, z > 0.
        focal: pixels, broadcast against (..., 2).
        centre: principal point, pixels, broadcast against (..., 2).

    Returns:
        (..., 2) pixels, origin top left.

    Raises:
        ValueError: the last axis of ``xyz`` is not 3.

    Source: pinhole model, Hartley & Zisserman, chapter 6.
    """
    if xyz.shape[-1] != 3:
        raise ValueError(f"points have shape {tuple(xyz.shape)}, expected (..., 3)")
    return xyz[..., :2] / xyz[..., 2:] * focal + centre


def projection(pose: Pose3D) -> Keypoints2D:
    """A pose with its path, projected into its own pictures: joints where no keypoints were detected.

    Raises:
        ValueError: the pose has no path or no camera.
    """
    if pose.root is None or pose.camera is None:
        raise ValueError("a pose without root or camera cannot be projected")
    count = pose.xyz.shape[1]
    points = pose.xyz if pose.extremities is None else np.concatenate([pose.xyz, pose.extremities], 1)
    place = points + pose.root[:, None]
    place = np.where(place[..., 2:] > 0.01, place, np.nan)
    xy = project(place, pose.camera.focal, np.array(pose.camera.centre))
    xy = xy if pose.still is None else to_pictures(xy, pose.still).astype(np.float32)
    extremities = None if pose.extremities is None else xy[:, count:]
    xy = xy[:, :count]
    seen = np.isfinite(xy).all(-1)
    measured = seen & pose.measured[:, None]
    return Keypoints2D(
        xy,
        seen.astype(np.float32),
        measured,
        pose.time,
        pose.camera.size,
        start=pose.start,
        person=pose.person,
        still=pose.still,
        extremities=extremities,
    )


def look_at(eye: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """World-to-camera matrix (3, 4) of a level camera at ``eye`` looking at ``target``; world y is up, metres.

    Raises:
        ValueError: the camera looks straight up or down, or ``eye`` is ``target``.
    """
    forward = np.asarray(target, float) - eye
    right = np.cross(forward, [0.0, 1.0, 0.0])
    if np.linalg.norm(right) < 1e-6:
        raise ValueError(f"a camera at {eye} looking at {target} has no level right-hand side")
    forward, right = forward / np.linalg.norm(forward), right / np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])  # x right, y down, z forward
    return np.concatenate([rotation, (-rotation @ eye)[:, None]], 1)


def chain(bones: NDArray[np.floating]) -> NDArray[np.float64]:
    """(T, 17, D) vectors of the bones that end in each joint to joints around the root, from the root outward."""
    out = np.zeros(bones.shape)
    for parent, child in H36M17.bones:
        out[:, child] = out[:, parent] + bones[:, child]
    return out
