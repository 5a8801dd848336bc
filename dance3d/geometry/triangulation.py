"""Triangulation of points seen by several calibrated cameras, in numpy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray


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
