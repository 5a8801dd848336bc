"""From lifted joints to one body: constant bone lengths, a position in space, a height."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Camera
from dance3d.geometry.projection import chain, project
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import interpolate, jitter, smooth

Floats = NDArray[np.float64]
DEPTH_DOUBT = 3.0
"""How many times less certain depth is than the picture's plane; chosen on validation takes."""
LATER_DOUBT = 1.5
"""The same once joints lie on their keypoints' rays, which are themselves not quite right; chosen on the same takes."""
_ROUNDS = 8  # of reweighting
_NEAREST = 0.3  # metres, the closest a dancer may come to the camera
_FAR = 0.15  # metres from a joint to its keypoint's ray beyond which the keypoint is doubted
_STEADY = 0.001  # metres of jitter that motion itself has
_PATIENCE = 500.0  # frames of smoothing per metre of jitter; both chosen on validation takes
_LEAST_SIGMA = 0.3  # frames; a narrower mean is none


def bone_lengths(xyz: Floats) -> Floats:
    """(17,) length of the bone that ends in each joint: the median over frames, both sides alike; 0 for the root.

    Args:
        xyz: (T, 17, 3) metres, finite.
    """
    parents = [max(p, 0) for p in H36M17.parent_indices]
    lengths: Floats = np.median(np.linalg.norm(xyz - xyz[:, parents], axis=-1), axis=0)
    return (lengths + lengths[H36M17.swap]) / 2


def rigid(xyz: Floats, lengths: Floats, sight: Floats, sigma: float = 1.0, doubt: float = DEPTH_DOUBT) -> Floats:
    """The body with constant bones that is nearest to lifted joints, where the picture is trusted more than depth.

    Every bone moves to the sphere of its length by the shortest way, with depth counting ``1 / doubt`` as much as
    the picture's plane; a net unsure of depth makes bones too short, and the missing length belongs into depth. Bone
    directions are then smoothed lightly, and the body is rebuilt from the root outward.

    Args:
        xyz: (T, 17, 3) metres around the root.
        lengths: (17,) metres.
        sight: (T, 3) unit vectors from the camera to the dancer.
        sigma: width of the smoothing, frames; 0 for none.
        doubt: how many times less certain depth is than the picture's plane.

    Returns:
        (T, 17, 3) metres around the root.
    """
    parents = [max(p, 0) for p in H36M17.parent_indices]
    bones = _onto_spheres(xyz - xyz[:, parents], np.broadcast_to(lengths, xyz.shape[:2]), sight, doubt)
    if sigma and len(bones) > 1:
        bones = gaussian_filter1d(bones, sigma, axis=0, mode="nearest")
        bones *= (lengths / np.maximum(np.linalg.norm(bones, axis=-1), 1e-9))[..., None]
    return chain(bones)


def _onto_spheres(bones: Floats, lengths: Floats, sight: Floats, doubt: float) -> Floats:
    """Bones (T, 17, 3) moved to ``lengths`` (T, 17), cheapest along ``sight`` (T, 3).

    Minimises a squared distance under |v| = length: v = w n / (w + m) along each axis with weight w; the multiplier
    m makes the length right. The length falls with m, so bisection finds it.
    """
    depth = bones @ sight[:, :, None]
    plane, weight = bones - depth * sight[:, None], 1 / doubt**2
    flat, deep = (plane**2).sum(-1), depth[..., 0] ** 2
    low, high = np.full(flat.shape, -weight * (1 - 1e-6)), np.full(flat.shape, 50.0)
    for _ in range(40):
        middle = (low + high) / 2
        long = flat / (1 + middle) ** 2 + deep * (weight / (weight + middle)) ** 2 > lengths**2
        low, high = np.where(long, middle, low), np.where(long, high, middle)
    middle = (low + high) / 2
    plane = plane / (1 + middle)[..., None]
    # What the plane leaves is depth, towards the side that the net says; this also serves bones without any depth.
    rest = np.sqrt(np.maximum(lengths**2 - (plane**2).sum(-1), 0.0))[..., None]
    return np.asarray(plane + np.where(depth < 0, -rest, rest) * sight[:, None], np.float64)


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


def onto_rays(joints: Floats, xy: Floats, weight: Floats, camera: Camera) -> Floats:
    """Joints moved across the line of sight to where the keypoints say that they are.

    A net answers with the pose that it expects, which lies beside the keypoints by more than exact ones are wrong. What
    is taken over is the part of the difference that lasts longer than the keypoints' noise, which is read off them.

    Args:
        joints: (T, 17, 3) metres, camera frame.
        xy: (T, 17, 2) pixels; anything where ``weight`` is 0.
        weight: (T, 17) trust in each keypoint; those far off are trusted less (Cauchy's weights).
        camera: that saw them.

    Returns:
        (T, 17, 3) metres; joints without a keypoint follow their own nearest in time, or stay.
    """
    rays = (np.where(weight[..., None] > 0, xy, 0.0) - camera.centre) / camera.focal
    sight = np.concatenate([rays, np.ones_like(rays[..., :1])], -1)
    sight /= np.linalg.norm(sight, axis=-1, keepdims=True)
    off = (joints * sight).sum(-1, keepdims=True) * sight - joints
    trust = weight / (1 + (np.linalg.norm(off, axis=-1) / _FAR) ** 2)
    sigma = _PATIENCE * max(0.0, keypoint_noise(rays, weight, joints[..., 2]) - _STEADY)
    moved = np.zeros_like(joints)
    for joint in range(joints.shape[1]):
        if sigma > _LEAST_SIGMA:
            found = smooth(off[:, joint], trust[:, joint], sigma)
        else:
            found = np.where(
                weight[:, joint, None] > 0, off[:, joint] * (trust / np.maximum(weight, 1e-9))[:, joint, None], np.nan
            )
        moved[:, joint] = np.nan_to_num(found)
    return np.asarray(joints + moved)


def keypoint_noise(rays: Floats, weight: Floats, depth: Floats) -> float:
    """Standard deviation of keypoints' jitter from frame to frame, metres at the person; 0 for very short clips.

    Args:
        rays: (T, 17, 2) tangents of the keypoints.
        weight: (T, 17) trust in each; 0 leaves it out.
        depth: metres of the person, of any shape; the median counts.
    """
    return jitter(rays, weight > 0) * float(np.median(depth))


def line_of_sight(root: Floats, time: Floats) -> Floats:
    """(T, 3) unit vectors from the camera to ``root`` (T, 3); straight ahead where it is never known.

    Args:
        root: metres, camera frame, NaN where unknown; filled in between.
        time: (T,) seconds.
    """
    known = np.asarray(np.isfinite(root).all(axis=1))
    filled = interpolate(root, known, time, time) if known.any() else np.tile([0.0, 0.0, 1.0], (len(root), 1))
    return np.asarray(filled / np.linalg.norm(filled, axis=1, keepdims=True), np.float64)


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
    """Mean distance between projected joints and keypoints.

    Args:
        xyz: (T, 17, 3) joints around the root, metres.
        root: (T, 3) metres, camera frame.
        xy: (T, 17, 2) keypoints, pixels.
        seen: (T, 17) which keypoints count.
        camera: pinhole camera.

    Returns:
        (T,) pixels; NaN where no keypoint counts.
    """
    joints = xyz + root[:, None]
    ahead = joints[..., 2] > _NEAREST / 2
    pixels = project(np.where(ahead[..., None], joints, 1.0), camera.focal, np.array(camera.centre))
    used = seen & ahead & np.isfinite(root).all(axis=1, keepdims=True)
    distance = np.where(used, np.linalg.norm(pixels - np.where(used[..., None], xy, 0.0), axis=-1), 0.0)
    count = used.sum(1)
    out = np.full(len(xyz), np.nan)
    np.divide(distance.sum(1), count, out=out, where=count > 0)
    return out
