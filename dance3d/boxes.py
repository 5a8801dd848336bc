"""Boxes (..., 4): left, top, right, bottom, pixels. A box of NaN, or whose right lies left of its left, is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating]


def area(box: Float) -> Float:
    """(...) square pixels; 0 for a box that is none."""
    sides = np.fmax(box[..., 2:] - box[..., :2], 0)  # NaN gives 0
    return np.asarray(sides[..., 0] * sides[..., 1])


def shared(one: Float, other: Float) -> Float:
    """(...) square pixels that two boxes have in common."""
    return area(
        np.concatenate([np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])], -1)
    )


def overlap(one: Float, other: Float) -> Float:
    """(...) intersection over union, 0..1; 0 where one is none."""
    both = shared(one, other)
    return np.asarray(both / np.maximum(area(one) + area(other) - both, 1e-9))
