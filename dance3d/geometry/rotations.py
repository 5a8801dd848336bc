"""Rotation matrices: the shortest from one direction to another, about an axis, and as quaternions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def swing(rest: Array, target: Array) -> Array:
    """(T, 3, 3) shortest rotations from ``rest`` (3,) or (T, 3) to ``target`` (T, 3), any lengths.

    Returns:
        The identity for a zero target; half a turn about ``perpendicular`` for an opposite one.

    Source: Rodrigues' formula with axis x and cosine c: I + [x] + [x]^2 / (1 + c).
    """
    a = np.broadcast_to(rest / np.maximum(np.linalg.norm(rest, axis=-1, keepdims=True), 1e-9), target.shape)
    size = np.linalg.norm(target, axis=-1, keepdims=True)
    b = np.where(size > 1e-9, target / np.maximum(size, 1e-9), a)
    cosine = (a * b).sum(-1)[:, None, None]
    cross = cross_matrix(np.cross(a, b))
    turn = np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-9)
    opposite = cosine[:, 0, 0] < -1 + 1e-8
    if opposite.any():
        normal = np.stack([perpendicular(v) for v in a[opposite]])
        turn[opposite] = 2 * normal[:, :, None] * normal[:, None] - np.eye(3)
    return np.asarray(turn)


def about(axis: Array, angle: Array) -> Array:
    """(T, 3, 3) rotations about unit vectors (T, 3) by radians (T,)."""
    cross = cross_matrix(axis)
    return np.asarray(
        np.eye(3) + np.sin(angle)[:, None, None] * cross + (1 - np.cos(angle))[:, None, None] * (cross @ cross)
    )


def cross_matrix(v: Array) -> Array:
    """(T, 3, 3) matrices that take u to v x u, of (T, 3) vectors."""
    zero = np.zeros(len(v))
    x, y, z = v.T
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(-1, 3, 3)


def perpendicular(v: Array) -> Array:
    """A unit vector at right angles to ``v`` (3,): sideways for legs and trunk, forward for arms."""
    seed = np.array([0.0, 0.0, 1.0]) if abs(v[0]) > 0.7 * np.linalg.norm(v) else np.array([1.0, 0.0, 0.0])
    out = seed - v * (v @ seed) / (v @ v)
    return np.asarray(out / np.linalg.norm(out))


def quaternions(rotation: Array) -> Array:
    """(..., 4) unit quaternions x, y, z, w of rotations (..., 3, 3), w not below 0."""
    r = rotation
    trace = r[..., 0, 0] + r[..., 1, 1] + r[..., 2, 2]
    # 4 q q^T, of which the row with the largest diagonal is the quaternion times a number that is not small
    diagonal = [1 + 2 * r[..., i, i] - trace for i in range(3)]
    xy, xz, yz = (r[..., j, i] + r[..., i, j] for i, j in ((0, 1), (0, 2), (1, 2)))
    wx, wy, wz = r[..., 2, 1] - r[..., 1, 2], r[..., 0, 2] - r[..., 2, 0], r[..., 1, 0] - r[..., 0, 1]
    rows = [
        [diagonal[0], xy, xz, wx],
        [xy, diagonal[1], yz, wy],
        [xz, yz, diagonal[2], wz],
        [wx, wy, wz, 1 + trace],
    ]
    product = np.stack([np.stack(row, -1) for row in rows], -2)
    best = np.diagonal(product, axis1=-2, axis2=-1).argmax(-1)
    found = np.take_along_axis(product, best[..., None, None], -2)[..., 0, :]
    found = found * np.where(found[..., 3:] < 0, -1.0, 1.0)
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True))


def angle_between(first: Array, second: Array) -> Array:
    """(...) radians of the rotation from one of (..., 3, 3) rotations to the other."""
    cosine = ((first * second).sum((-2, -1)) - 1) / 2
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)))
