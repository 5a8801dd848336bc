"""Cameras, projection and body frames. Functions take and give arrays of any leading shape."""

from __future__ import annotations

from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dance3d.contracts import Keypoints2D, Pose3D
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
    """A pose with its path as its own camera sees it: joints on the picture for who has found no keypoints.

    Raises:
        ValueError: the pose has no path or no camera.
    """
    if pose.root is None or pose.camera is None:
        raise ValueError("a pose without root or camera cannot be projected")
    place = pose.xyz + pose.root[:, None]
    place = np.where(place[..., 2:] > 0.01, place, np.nan)
    xy = project(place, pose.camera.focal, np.array(pose.camera.centre))
    seen = np.isfinite(xy).all(-1)
    measured = seen & pose.measured[:, None]
    return Keypoints2D(
        xy, seen.astype(np.float32), measured, pose.time, pose.camera.size, start=pose.start, person=pose.person
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


def triangulate(
    rays: NDArray[np.floating], extrinsics: NDArray[np.floating], weight: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Points in space from what several cameras see of them, by the direct linear transform.

    Args:
        rays: (V, ..., 2) tangents (x/z, y/z) in each camera's frame, undistorted; NaN where not seen.
        extrinsics: (V, 3, 4) world to camera, metres.
        weight: (V, ...) of each ray; 0 leaves it out. Ones if not given.

    Returns:
        (..., 3) metres, world. NaN where the rays determine no point: fewer than two of them, all from one place, or
        parallel.

    Raises:
        ValueError: the shapes do not fit each other.

    Source: Hartley & Zisserman, Multiple View Geometry, section 12.2.
    """
    views = len(rays)
    if rays.shape[-1] != 2 or extrinsics.shape != (views, 3, 4):
        raise ValueError(
            f"rays have shape {rays.shape}, cameras {extrinsics.shape}; expected (V, ..., 2) and (V, 3, 4)"
        )
    seen = np.isfinite(rays).all(-1)
    used = np.where(seen, 1.0 if weight is None else weight, 0.0)
    points = np.where(seen[..., None], rays, 0.0).astype(np.float64)
    camera = extrinsics.reshape(views, *(1,) * (rays.ndim - 2), 3, 4)
    rows = (points[..., None] * camera[..., 2:, :] - camera[..., :2, :]) * used[..., None, None]
    system = np.moveaxis(rows, 0, -3).reshape(*rays.shape[1:-1], 2 * views, 4)
    _, size, basis = np.linalg.svd(np.concatenate([system, np.zeros_like(system)], -2), full_matrices=False)
    found = basis[..., -1, :]
    sure = (size[..., 2] > 1e-9 * size[..., 0]) & (np.abs(found[..., 3]) > 1e-9)
    out = np.full((*found.shape[:-1], 3), np.nan)
    out[sure] = found[sure, :3] / found[sure, 3:]
    return out


def agreeing(
    rays: NDArray[np.floating], extrinsics: NDArray[np.floating], tolerance: NDArray[np.floating], least: int = 3
) -> NDArray[np.bool_]:
    """Which cameras agree on where each point is: the largest set that some two of them predict.

    Every two cameras triangulate the point; the others agree that see it near there. Of sets of one size the nearest
    wins.

    Args:
        rays: (V, ..., 2) tangents, as ``triangulate`` takes them.
        extrinsics: (V, 3, 4) world to camera, metres.
        tolerance: (V,) how near, as a tangent: pixels divided by the focal length.
        least: cameras that must agree.

    Returns:
        (V, ...) true for those that agree; false for all where fewer than ``least`` do.
    """
    wide = (-1, *(1,) * (rays.ndim - 2))
    near = np.asarray(tolerance).reshape(wide)
    best, out = np.zeros(rays.shape[1:-1]), np.zeros(rays.shape[:-1], bool)
    for pair in combinations(range(len(rays)), 2):
        point = triangulate(rays[list(pair)], extrinsics[list(pair)])
        local = np.stack([point @ camera[:, :3].T + camera[:, 3] for camera in extrinsics])
        before = local[..., 2] > 0
        seen = local[..., :2] / np.where(before, local[..., 2], np.nan)[..., None]
        miss = np.linalg.norm(seen - rays, axis=-1) / near
        agree = before & (miss <= 1)
        count = agree.sum(0)
        value = count - np.where(agree, miss, 0.0).sum(0) / np.maximum(count, 1) / 2  # the miss only breaks ties
        better = (count >= least) & (value > best)
        out, best = np.where(better, agree, out), np.where(better, value, best)
    return out
