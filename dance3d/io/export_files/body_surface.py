"""One closed skin around the capsules of a body, with weights that bend it softly at the joints.

The surface is where the capsules' blended distance is zero (a smooth minimum; Quilez, "Smooth minimum", 2013), found by
naive surface nets (Gibson, "Constrained elastic surface nets", 1998): a corner in every cell that the surface crosses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from dance3d.geometry.bones import BONE_NAMES, BONES
from dance3d.geometry.vectors import unit
from dance3d.io.export_files.body_capsules import Capsule

Array = NDArray[np.float64]
STEP = 1 / 100
"""Edge of a cell, in heights of the body; chosen: fingers and feet keep their shape, a body takes 300 KB."""
# In cells, chosen by eye: how far apart capsules flow together, how soft joints bend, how soft colours meet.
_BLEND, _BEND, _TINT = 0.6, 1.4, 0.2
_FAR = 4.0  # cells beyond which a capsule is not looked at


class Surface(NamedTuple):
    """A skin.

    Attributes:
        position: (V, 3) metres in the rest pose.
        normal: (V, 3) unit vectors.
        colour: (V, 3) RGB 0..1.
        weight: (V, B) share of each of ``geometry.bones.BONES``, at most four of them; sums to one.
        triangles: (F, 3) corners, counter-clockwise seen from outside.
    """

    position: Array
    normal: Array
    colour: Array
    weight: Array
    triangles: NDArray[np.int64]


def body_surface(capsules: Sequence[Capsule]) -> Surface:
    """The skin around capsules."""
    ends = np.stack([point for one in capsules for point in (one.a, one.b)])
    wide = max(one.radius[i] for one in capsules for i in (0, 1))
    step = STEP * float((np.ptp(ends, axis=0) + 2 * wide).max())
    low = ends.min(0) - wide - 3 * step
    shape = np.ceil((ends.max(0) + wide + 3 * step - low) / step).astype(int) + 1
    field = _field(capsules, low, step, tuple(shape))
    cells, triangles = surface_net(field)
    slopes = [map_coordinates(slope, cells.T, order=1) for slope in np.gradient(field)]
    normal = unit(np.stack(slopes, -1))
    position = low + step * cells
    away = np.stack([_distance(one, position) for one in capsules], -1) / step
    return Surface(position, normal, _colour(capsules, away), _weight(capsules, away), triangles)


def surface_net(field: Array) -> tuple[Array, NDArray[np.int64]]:
    """Corners (V, 3) in cells and triangles (F, 3) of the surface on which a field (X, Y, Z) is zero.

    The field is above zero outside, and all along its border.
    """
    inside = field < 0
    total, count = np.zeros((*(n - 1 for n in field.shape), 3)), np.zeros([n - 1 for n in field.shape])
    quads = []
    for axis in range(3):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        before, after = (
            np.take(field, range(field.shape[axis] - 1), axis),
            np.take(field, range(1, field.shape[axis]), axis),
        )
        edge = np.argwhere((before < 0) != (after < 0))
        at = tuple(edge.T)
        point = edge.astype(float)
        point[:, axis] += before[at] / (before[at] - after[at])
        around = []
        for back in ((0, 0), (1, 0), (1, 1), (0, 1)):  # the four cells that share the edge
            cell = edge.copy()
            cell[:, one] -= back[0]
            cell[:, other] -= back[1]
            np.add.at(total, tuple(cell.T), point)
            np.add.at(count, tuple(cell.T), 1)
            around.append(np.ravel_multi_index(tuple(cell.T), count.shape))
        quad = np.stack(around, -1)
        outward = inside[at]
        quads.append(np.where(outward[:, None], quad, quad[:, ::-1]))
    used = np.flatnonzero(count)
    corners = total.reshape(-1, 3)[used] / count.ravel()[used, None]
    quad = np.searchsorted(used, np.concatenate(quads))
    return corners, np.concatenate([quad[:, :3], np.delete(quad, 1, axis=1)])


def _field(capsules: Sequence[Capsule], low: Array, step: float, shape: tuple[int, ...]) -> Array:
    """Blended distance to the capsules on a grid, in cells.

    Args:
        capsules: of the body.
        low: (3,) first point of the grid, metres.
        step: metres.
        shape: points along each axis.
    """
    near = np.zeros(shape)
    for one in capsules:
        reach = max(one.radius) + _FAR * step
        first = np.maximum(((np.minimum(one.a, one.b) - reach - low) / step).astype(int), 0)
        last = np.minimum(((np.maximum(one.a, one.b) + reach - low) / step).astype(int) + 2, shape)
        box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
        points = low + step * np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"), -1)
        near[box] += np.exp(-np.maximum(_distance(one, points) / step, -_FAR) / _BLEND)
    return np.where(near > 0, -_BLEND * np.log(np.maximum(near, np.exp(-_FAR / _BLEND))), _FAR)


def _distance(one: Capsule, points: Array) -> Array:
    """(...) metres from (..., 3) points to a capsule, below zero inside; to first order where it is flat."""
    along, offset = (one.b - one.a) / one.flat, (points - one.a) / one.flat
    share = np.clip(offset @ along / max(float(along @ along), 1e-12), 0, 1)
    radius = one.radius[0] + share * (one.radius[1] - one.radius[0])
    rest = offset - share[..., None] * along
    round_, steep = np.linalg.norm(rest, axis=-1), np.linalg.norm(rest / one.flat, axis=-1)
    return np.asarray(round_ * (round_ - radius) / np.maximum(steep, 1e-12))


def _colour(capsules: Sequence[Capsule], away: Array) -> Array:
    share = np.exp(-(away - away.min(1, keepdims=True)) / _TINT)
    return np.asarray(share / share.sum(1, keepdims=True) @ np.array([one.colour for one in capsules]))


def _weight(capsules: Sequence[Capsule], away: Array) -> Array:
    """Shares of the bones: the nearest and those that hang together with it, the less the further they are."""
    to_bone = np.full((len(away), len(BONE_NAMES)), np.inf)
    for column, one in enumerate(capsules):
        row = BONE_NAMES.index(one.bone)
        to_bone[:, row] = np.minimum(to_bone[:, row], away[:, column])
    together = _hang_together({one.bone for one in capsules})[to_bone.argmin(1)]
    share = np.where(together, np.exp(-(to_bone - to_bone.min(1, keepdims=True)) / _BEND), 0.0)
    share[share < np.sort(share, axis=1)[:, -4:][:, :1]] = 0.0
    return np.asarray(share / share.sum(1, keepdims=True))


def _hang_together(covered: set[str]) -> NDArray[np.bool_]:
    """(B, B) which bones share a joint, over those without a capsule."""
    above = {bone.name: bone.parent for bone in BONES}
    out = np.eye(len(BONES), dtype=bool)
    for row, name in enumerate(BONE_NAMES):
        parent = above[name]
        while parent and parent not in covered:
            parent = above[parent]
        if parent:
            out[row, BONE_NAMES.index(parent)] = out[BONE_NAMES.index(parent), row] = True
    return out
