"""Vectors along the last axis: of length one, and the angle between two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def unit(v: Floats, least: float = 1e-9) -> Floats:
    """Vectors (..., D) of length one; those shorter than ``least`` are divided by it, so that zero stays zero."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), least))


def degrees_between(a: Floats, b: Floats) -> Floats:
    """(...) degrees between vectors (..., 3), 0 to 180; 0 where one of them is zero."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(cross, (a * b).sum(-1))))
