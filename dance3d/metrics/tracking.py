"""Who is who over time, scored: identities found against true ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def iou(one: NDArray[np.floating], other: NDArray[np.floating]) -> Array:
    """Overlap of boxes (..., 4), left, top, right, bottom: intersection over union, 0 where a box is NaN or empty."""
    low, high = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [np.clip(box[..., 2:] - box[..., :2], 0, None).prod(-1) for box in (one, other)]
    return np.asarray(np.nan_to_num(shared / np.maximum(areas[0] + areas[1] - shared, 1e-9)), np.float64)
