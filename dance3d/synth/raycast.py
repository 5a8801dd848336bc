"""Rays from the camera against tapered, flattened capsules, all parts of a picture at once.

Every pair of a part and a pixel of its window is one entry of an array, so that a small picture costs a few dozen numpy
calls and no loop over parts.

A capsule is the hull of two balls, flattened along one axis. Space is stretched along the axis until the part is round;
depths stay what they are. A point of the cone between the balls belongs to the point of the line between their centres
where its normal starts; both ends are balls.

Source: tangent cone of two spheres; ray quadratics as in Glassner, An Introduction to Ray Tracing, chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera

Array = NDArray[np.float32]
Double = NDArray[np.float64]
Whole = NDArray[np.int64]
NEAR = 0.2  # metres: parts closer to the camera than this are not drawn
_PAIRS = 60000  # pairs of part and pixel at a time: what fits the processor's cache


@dataclass(frozen=True, eq=False)
class Solids:
    """N tapered capsules, in the frame of the camera.

    Attributes:
        a, b: (N, 3) centres of the two balls, metres.
        axis: (N, 3) unit directions of flattening.
        radius_a, radius_b: (N,) metres.
        flat: (N,) extent along ``axis``, 1 for a round part.
    """

    a: Double
    b: Double
    axis: Double
    radius_a: Double
    radius_b: Double
    flat: Double


@dataclass(frozen=True, eq=False)
class Hits:
    """What the rays met first, layer by layer.

    Attributes:
        pixel: (P,) index into layers (L, H, W) laid flat, in order; every pixel once per layer at most.
        part: (P,) number of the part.
        depth: (P,) metres along the optical axis.
    """

    pixel: Whole
    part: Whole
    depth: Array


def bounds(solids: Solids) -> tuple[Double, Double]:
    """Where the parts' outlines end: smallest and largest tangents (N, 2) across and down, infinite for those too near.

    A plane through the eye touches an ellipsoid where (n c)^2 = n M n, with its centre c and its shape M.
    """
    squash = 1 - solids.flat**2
    low, high = np.full((len(solids.a), 2), np.inf), np.full((len(solids.a), 2), -np.inf)
    deep = solids.axis[:, 2]
    for centre, radius in ((solids.a, solids.radius_a), (solids.b, solids.radius_b)):
        r2 = radius**2
        qa = centre[:, 2] ** 2 - r2 * (1 - squash * deep**2)
        for k in range(2):
            side = solids.axis[:, k]
            qb = centre[:, k] * centre[:, 2] + r2 * squash * side * deep
            qc = centre[:, k] ** 2 - r2 * (1 - squash * side**2)
            root = np.sqrt(np.maximum(qb * qb - qa * qc, 0))
            low[:, k] = np.minimum(low[:, k], (qb - root) / qa)
            high[:, k] = np.maximum(high[:, k], (qb + root) / qa)
    close = np.minimum(solids.a[:, 2] - solids.radius_a, solids.b[:, 2] - solids.radius_b) < NEAR
    low[close], high[close] = np.inf, -np.inf
    return low, high


class Tracer:
    """Meets rays with parts.

    Args:
        solids: N parts.
    """

    def __init__(self, solids: Solids) -> None:
        self.solids, flat, axis = solids, solids.flat, solids.axis
        self.pull = 1 / flat - 1  # space is stretched along the axis until the part is round
        a, b = -self._stretched(solids.a), -self._stretched(solids.b)  # the rays' origin, seen from either ball
        ra, rb = solids.radius_a.copy(), solids.radius_b.copy()
        length = np.linalg.norm(a - b, axis=1)
        swallowed = np.abs(ra - rb) >= length  # one ball holds the other: the larger one alone, of no length
        larger = swallowed & (rb > ra)
        a[larger], ra[larger] = b[larger], rb[larger]
        rb[swallowed], length[swallowed] = ra[swallowed], 0
        along = np.where(swallowed[:, None], 0, (a - b) / np.maximum(length, 1e-9)[:, None])
        sine = (ra - rb) / np.maximum(length, 1e-9)
        self.a, self.along, self.length = a, along, length
        self.slope = sine / np.sqrt(np.maximum(1 - sine**2, 1e-9))
        cosine2, lean = 1 - sine**2, ra * sine
        oo, oy = (a * a).sum(1), (a * along).sum(1)
        end = (b * b).sum(1) - rb**2
        end = np.where(swallowed, oo - ra**2, end)
        numbers = (
            *axis.T, 1 / flat**2 - 1, *self._stretched(a).T, *self._stretched(along).T,
            oo - ra**2, end, length, cosine2, oy - lean, cosine2 * oo - oy * oy + 2 * lean * oy - ra**2,
        )  # fmt: skip
        self.numbers = np.stack(numbers).astype(np.float32)

    def _stretched(self, v: Double) -> Double:
        along = (v * self.solids.axis).sum(1) * self.pull
        return np.asarray(v + along[:, None] * self.solids.axis)

    def trace(self, camera: Camera, layer: Whole | None = None) -> Hits:
        """Nearest part along every ray of every layer.

        Args:
            camera: of focal length, middle and size.
            layer: (N,) whole numbers: parts hide only those of their own layer. All in one if not given.
        """
        layer = np.zeros(len(self.length), np.int64) if layer is None else layer
        size, centre = np.array(camera.size), np.array(camera.centre)
        low, high = (edge * camera.focal + centre for edge in bounds(self.solids))
        first = np.clip(np.floor(low - 0.5), 0, size).astype(np.int64)
        wide, tall = np.maximum(np.clip(np.ceil(high + 0.5), 0, size).astype(np.int64) - first, 0).T
        pixels = int(size.prod())
        nearest = np.full((int(layer.max(initial=0)) + 1) * pixels, np.inf, np.float32)
        owner = np.full(len(nearest), -1)
        lot = np.cumsum(wide * tall) // _PAIRS
        for number in np.unique(lot):
            some = np.flatnonzero((lot == number) & (wide > 0))
            count = wide[some] * tall[some]
            part = np.repeat(some, count)
            row, column = np.divmod(np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count), wide[part])
            row, column = row + first[part, 1], column + first[part, 0]
            x, y = self.rays(row, column, camera)
            depth = self._depth(part, x, y)
            met = np.flatnonzero(np.isfinite(depth))
            part, depth = part[met], depth[met]
            pixel = layer[part] * pixels + row[met] * size[0] + column[met]
            np.minimum.at(nearest, pixel, depth)
            won = np.flatnonzero(depth == nearest[pixel])
            owner[pixel[won]] = part[won]
        pixel = np.flatnonzero(owner >= 0)
        return Hits(pixel, owner[pixel], nearest[pixel])

    @staticmethod
    def rays(row: Whole, column: Whole, camera: Camera) -> tuple[Array, Array]:
        """Directions (x, y, 1) of the rays through the middles of pixels.

        Args:
            row: (P,) of the pixels.
            column: (P,) of the pixels.
            camera: pinhole camera.

        Returns:
            x and y, (P,) each.
        """
        x = (column + np.float32(0.5 - camera.centre[0])) / np.float32(camera.focal)
        y = (row + np.float32(0.5 - camera.centre[1])) / np.float32(camera.focal)
        return x.astype(np.float32), y.astype(np.float32)

    def _depth(self, part: Whole, x: Array, y: Array) -> Array:
        """(P,) depth where rays through (x, y, 1) first meet parts, infinite where they miss."""
        numbers = np.take(self.numbers, part, axis=1)
        sx, sy, sz, pull, ax, ay, az, lx, ly, lz, first, last, length, cosine2, lift, constant = numbers
        across = sx * x + sy * y + sz
        dd = x * x + y * y + 1 + pull * across * across
        da = ax * x + ay * y + az
        dy = lx * x + ly * y + lz
        db = da - length * dy
        best = np.full(dd.shape, np.inf, np.float32)
        for od, rest in ((da, first), (db, last)):
            root = od * od - dd * rest
            t = (-od - np.sqrt(np.maximum(root, 0))) / dd
            np.copyto(best, t, where=(root > 0) & (t < best))
        qa = cosine2 * dd - dy * dy
        qb = cosine2 * da - lift * dy
        root = qb * qb - qa * constant
        t = (-qb - np.sqrt(np.maximum(root, 0))) / np.where(np.abs(qa) < 1e-9, np.float32(1e-9), qa)
        place = lift + t * dy  # where the normal starts
        cone = (root > 0) & (qa > 0) & (place > 0) & (place < length * cosine2) & (t < best)
        np.copyto(best, t, where=cone)
        return best

    def surface(self, part: Whole, points: Array) -> tuple[Array, Array]:
        """Normals and places on the cloth at points of parts.

        Args:
            part: (P,) part of each point.
            points: (P, 3) metres, camera frame.

        Returns:
            (P, 3) unit normals, camera frame, and (P, 2) metres along the part and across it.
        """
        axis, along, start, across = (
            v.astype(np.float32)[part]
            for v in (self.solids.axis, self.along, self.a, np.cross(self.along, self.solids.axis))
        )
        pull, slope, length = (v.astype(np.float32)[part] for v in (self.pull, self.slope, self.length))
        point = (points + (pull * dot(points, axis))[:, None] * axis + start).astype(np.float32)
        tall = dot(point, along)
        wide = np.sqrt(np.maximum(dot(point, point) - tall * tall, 0))
        start = np.clip(tall - wide * slope, 0, length)[:, None] * along
        way = (point - start).astype(np.float32)
        way += (pull * dot(way, axis))[:, None] * axis
        normal = (way / np.maximum(np.sqrt(dot(way, way)), 1e-9)[:, None]).astype(np.float32)
        return normal, np.stack([tall, dot(point, across)], 1)


def dot(one: Array, other: Array) -> Array:
    """(P,) products of vectors (P, 3)."""
    return np.asarray(np.einsum("ij,ij->i", one, other))
