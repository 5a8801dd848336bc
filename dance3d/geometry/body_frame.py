"""The body set facing forward: which way a dancer's right, up and forward are, of a part of him or of all of him.

Rows are right, up, forward, as docs/movements.md writes them; ``LEFT`` turns them into left, up, forward, which is a
rotation. ``body_frame_torch`` has the same for tensors, and a test holds both together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import interpolate

Floats = NDArray[np.float64]
LEFT: Floats = np.array([[-1.0], [1.0], [1.0]])
"""Frames times this have rows left, up, forward."""


def to_right(xyz: Floats, *pairs: str) -> Floats:
    """Vectors (..., 3) from the left joint to the right one, the sum over pairs; joints (..., 17, 3).

    Args:
        xyz: joints.
        pairs: ``hip`` for where the pelvis faces, ``shoulder`` for the chest, both for the dancer as a whole: his
            shoulders, twice as far apart, then say more than his hips.
    """
    first, *more = (xyz[..., H36M17.index(f"right_{j}"), :] - xyz[..., H36M17.index(f"left_{j}"), :] for j in pairs)
    return sum(more, first)


def part_frame(right: Floats, up: Floats) -> Floats:
    """Frames (T, 3, 3) of a part of the body, from vectors (T, 3): ``right`` is kept, ``up`` bent to it.

    Args:
        right: from the part's left to its right, such as from hip to hip.
        up: along the part, such as from pelvis to thorax.
    """
    r = unit(right)
    u = unit(up - (up * r).sum(-1, keepdims=True) * r)
    return np.stack([r, u, np.cross(u, r)], -2)


def heading_frame(right: Floats, up: Floats, least: float = 1e-9) -> Floats:
    """Level frames (T, 3, 3) that face where a line across the body faces: ``up`` is kept, ``right`` laid level.

    Args:
        right: (T, 3) from left to right.
        up: (3,) unit vector against gravity, one for the clip.
        least: length of the level part of ``right`` below which it is divided by this instead: who lies on one side
            faces nowhere, and right and forward fade to zero instead of jumping about.
    """
    r = unit(right - (right @ up)[..., None] * up, least)
    return np.stack([r, np.broadcast_to(up, r.shape), np.cross(up, r)], -2)


def bridge_upright(right: Floats, up: Floats, share: float) -> Floats:
    """Vectors (T, 3) of length one and level, as ``right``; where it stands upright or is missing, its neighbours'.

    For who needs a heading in every frame, and has time to look ahead.

    Args:
        right: (T, 3) from left to right, NaN where missing.
        up: (3,) unit vector against gravity.
        share: of its length that has to be level: seen from above, a shorter line says too little of the heading.

    Returns:
        Interpolated over frames; NaN throughout where the heading is never known.
    """
    level = right - (right @ up)[..., None] * up
    width = np.linalg.norm(level, axis=-1)
    known = np.asarray(width > share * np.linalg.norm(right, axis=-1))
    frame = np.arange(len(level), dtype=np.float64)
    return interpolate(level / np.maximum(width, 1e-9)[:, None], known, frame, frame)
