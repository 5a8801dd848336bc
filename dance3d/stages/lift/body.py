"""What turns lifted joints into one believable body: constant bones, a place in the room, a height."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera
from dance3d.geometry import project
from dance3d.sequences import smooth
from dance3d.skeleton import H36M17

Floats = NDArray[np.float64]
_ROUNDS = 8  # of reweighting
_NEAREST = 0.3  # metres, the closest a dancer may come to the camera


def bone_lengths(xyz: Floats) -> Floats:
    """(17,) length of the bone that ends in each joint: the median over frames, both sides alike; 0 for the root.

    Args:
        xyz: (T, 17, 3) metres, finite.
    """
    parents = [max(p, 0) for p in H36M17.parent_indices]
    lengths: Floats = np.median(np.linalg.norm(xyz - xyz[:, parents], axis=-1), axis=0)
    return (lengths + lengths[H36M17.swap]) / 2


def rigid(xyz: Floats, lengths: Floats) -> Floats:
    """(T, 17, 3) with the bone directions of ``xyz`` and constant ``lengths`` (17,), rebuilt from the root outward."""
    out = np.zeros_like(xyz)
    for parent, child in H36M17.bones:
        bone = xyz[:, child] - xyz[:, parent]
        size = np.linalg.norm(bone, axis=-1, keepdims=True)
        out[:, child] = out[:, parent] + bone / np.maximum(size, 1e-9) * lengths[child]
    return out


def height(xyz: Floats) -> float:
    """Standing height of a body (T, 17, 3), from its bones, metres: legs, trunk, neck and head, and the foot below."""
    lengths = dict(zip(H36M17.joints, bone_lengths(xyz), strict=True))
    neck_and_head = np.median(np.linalg.norm(xyz[:, H36M17.index("head")] - xyz[:, H36M17.index("thorax")], axis=-1))
    above_ankle = sum(lengths[j] for j in ("left_knee", "left_ankle", "spine", "thorax")) + float(neck_and_head)
    return float(above_ankle * 1.05)  # the ankle joint stands at about a twentieth of the height


def place(xyz: Floats, xy: Floats, weight: Floats, camera: Camera, sigma: float = 4.0) -> Floats:
    """Where the root is, (T, 3) metres in the camera frame, so that the body falls on the keypoints.

    Minimises the weighted re-projection residual in closed form, again and again with weights that spare outliers
    (iteratively reweighted least squares with Cauchy's weights), then smooths: depth most, as it is least certain.

    Args:
        xyz: (T, 17, 3) joints around the root, metres.
        xy: (T, 17, 2) pixels; anything where ``weight`` is 0.
        weight: (T, 17) trust in each keypoint.
        camera: that saw them.
        sigma: width of the smoothing of depth, frames; 0 for none.

    Returns:
        (T, 3); NaN where fewer than three keypoints weigh.
    """
    rays = (np.where(weight[..., None] > 0, xy, 0.0) - camera.centre) / camera.focal
    enough = (weight > 0).sum(1) >= 3
    trust = np.where(enough[:, None], weight, 1.0)
    robust = trust
    for _ in range(_ROUNDS):
        root = _solve(xyz, rays, robust)
        seen = xyz + root[:, None]
        residual = np.linalg.norm(seen[..., :2] / np.maximum(seen[..., 2:], _NEAREST) - rays, axis=-1)
        limit = 1.5 * np.median(residual, axis=1, keepdims=True) + 1e-6
        robust = trust / (1 + (residual / limit) ** 2)
    if sigma and len(root) > 1:
        depth = smooth(root[:, 2:], enough.astype(float), sigma)
        root = _solve(xyz, rays, robust, np.where(np.isfinite(depth), depth, root[:, 2:]))
        root[:, :2] = np.where(enough[:, None], smooth(root[:, :2], enough.astype(float), sigma / 4), root[:, :2])
    return np.where(enough[:, None], root, np.nan)


def _solve(xyz: Floats, rays: Floats, weight: Floats, depth: Floats | None = None) -> Floats:
    """Least squares of x + tx = u (z + tz), y + ty = v (z + tz) for t; with ``depth`` (T, 1) given, for tx and ty."""
    off = rays * xyz[..., 2:] - xyz[..., :2]  # (T, 17, 2), what t must make up for: t_xy - ray t_z
    total = weight.sum(1, keepdims=True)
    mean_ray = (rays * weight[..., None]).sum(1) / total
    mean_off = (off * weight[..., None]).sum(1) / total
    if depth is None:
        ray, rest = rays - mean_ray[:, None], off - mean_off[:, None]
        spread = (weight[..., None] * ray**2).sum((1, 2))
        depth = (-(weight[..., None] * ray * rest).sum((1, 2)) / np.maximum(spread, 1e-12))[:, None]
        depth = np.maximum(depth, _NEAREST - xyz[..., 2].min(1, keepdims=True))
    return np.concatenate([mean_off + mean_ray * depth, depth], 1)


def reprojection_error(xyz: Floats, root: Floats, xy: Floats, seen: NDArray[np.bool_], camera: Camera) -> Floats:
    """(T,) mean distance between projected joints and keypoints, pixels; NaN where none is ``seen``."""
    joints = xyz + root[:, None]
    ahead = joints[..., 2] > _NEAREST / 2
    pixels = project(np.where(ahead[..., None], joints, 1.0), camera.focal, np.array(camera.centre))
    used = seen & ahead & np.isfinite(root).all(axis=1, keepdims=True)
    distance = np.where(used, np.linalg.norm(pixels - np.where(used[..., None], xy, 0.0), axis=-1), 0.0)
    count = used.sum(1)
    out = np.full(len(xyz), np.nan)
    np.divide(distance.sum(1), count, out=out, where=count > 0)
    return out
