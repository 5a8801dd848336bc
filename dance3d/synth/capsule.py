"""Rays from the camera against one tapered, flattened capsule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Double = NDArray[np.float64]


class Capsule:
    """The hull of two balls, flattened along one axis, seen by rays from the origin through (x, y, 1).

    Space is stretched along the axis until the part is round; depths stay what they are. A point of the cone between
    the balls belongs to the point of the line between their centres where its normal starts; both ends are balls.

    Args:
        a: (3,) centre of one ball, metres, camera frame.
        b: (3,) of the other.
        axis: (3,) unit direction of flattening.
        radius_a: metres.
        radius_b: metres.
        flat: extent along ``axis``, 1 for a round part.

    Source: tangent cone of two spheres; ray quadratics as in Glassner, An Introduction to Ray Tracing, chapter 2.
    """

    def __init__(self, a: Double, b: Double, axis: Double, radius_a: float, radius_b: float, flat: float) -> None:
        self.axis, self.flat = axis, flat
        self.stretch = np.eye(3) + (1 / flat - 1) * np.outer(axis, axis)
        self.a, self.b = -self.stretch @ a, -self.stretch @ b  # the rays' origin, seen from either ball
        self.radius_a, self.radius_b = radius_a, radius_b
        length = float(np.linalg.norm(self.a - self.b))
        if abs(radius_a - radius_b) >= length:  # one ball holds the other: the larger one alone, of no length
            if radius_b > radius_a:
                self.a, self.radius_a = self.b, radius_b
            self.b, self.radius_b = self.a, self.radius_a
        self.length = length
        self.along = (self.a - self.b) / max(length, 1e-9)
        self.sine = (self.radius_a - self.radius_b) / max(length, 1e-9)
        self.cosine2 = 1 - self.sine**2

    def _dot(self, v: Double, x: Array, y: Array) -> Array:
        """Product of stretched rays with a vector, (H, W)."""
        w = (self.stretch @ v).astype(np.float32)
        return np.asarray(w[0] * x + w[1] * y + w[2])

    def depth(self, x: Array, y: Array) -> Array:
        """(H, W) depth where rays first meet it, infinite where they miss.

        Args:
            x: (1, W) of the rays.
            y: (H, 1) of the rays.
        """
        dd = x * x + y * y + 1
        if self.flat != 1:
            across = self.axis.astype(np.float32)
            dd = dd + np.float32(1 / self.flat**2 - 1) * (across[0] * x + across[1] * y + across[2]) ** 2
        best = np.full(dd.shape, np.inf, np.float32)
        da = self._dot(self.a, x, y)
        db = self._dot(self.b, x, y)
        for origin, radius, od in ((self.a, self.radius_a, da), (self.b, self.radius_b, db)):
            root = od * od - dd * np.float32(origin @ origin - radius**2)
            t = (-od - np.sqrt(np.maximum(root, 0))) / dd
            np.copyto(best, t, where=(root > 0) & (t < best))
        if self.a is not self.b:
            self._cone(best, dd, da, (da - db) / np.float32(self.length))
        return best

    def _cone(self, best: Array, dd: Array, da: Array, dy: Array) -> None:
        """Lower ``best`` where the cone between the balls is nearer."""
        oo, oy = float(self.a @ self.a), float(self.a @ self.along)
        lean = self.radius_a * self.sine
        qa = np.float32(self.cosine2) * dd - dy * dy
        qb = np.float32(self.cosine2) * da - np.float32(oy - lean) * dy
        qc = np.float32(self.cosine2 * oo - oy * oy + 2 * lean * oy - self.radius_a**2)
        root = qb * qb - qa * qc
        t = (-qb - np.sqrt(np.maximum(root, 0))) / np.where(np.abs(qa) < 1e-9, np.float32(1e-9), qa)
        place = (oy + t * dy - np.float32(lean)) / np.float32(self.cosine2)  # where the normal starts
        np.copyto(best, t, where=(root > 0) & (qa > 0) & (place > 0) & (place < self.length) & (t < best))

    def normals(self, rays: Array) -> Array:
        """(N, 3) unit normals at points (N, 3) of its surface, camera frame."""
        along, stretch = self.along.astype(np.float32), self.stretch.astype(np.float32)
        point = rays @ stretch + self.a.astype(np.float32)
        tall = point @ along
        wide = np.sqrt(np.maximum((point * point).sum(-1) - tall * tall, 0))
        at = np.clip(tall - wide * np.float32(self.sine / np.sqrt(max(self.cosine2, 1e-9))), 0, self.length)
        if self.a is self.b:
            at = np.zeros_like(tall)
        way = (point - at[:, None] * along) @ stretch
        return np.asarray(way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9))
