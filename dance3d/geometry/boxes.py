"""Boxes (..., 4): left, top, right, bottom, pixels. A box of NaN, or whose right lies left of its left, is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating]


def of_joints(xy: Float) -> NDArray[np.float64]:
    """(..., 4) around the joints (..., J, 2) that are not NaN; NaN where none is."""
    there = np.isfinite(xy).all(-1, keepdims=True)
    low, high = np.where(there, xy, np.inf).min(-2), np.where(there, xy, -np.inf).max(-2)
    box = np.concatenate([low, high], -1)
    return np.where(np.isfinite(box), box, np.nan).astype(np.float64)


def of_mask(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a mask (H, W) that is not empty; the last two are one past it."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


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
