"""Maps of a person's mask."""

from __future__ import annotations

import numpy as np
import skfmm
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt


def distance_map(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far every pixel lies from the middle of the person, or from the person.

    Inside the mask: the geodesic distance from its centroid, the length of the shortest way that never leaves the mask,
    so that hands and feet lie far. A centroid outside the mask moves to the nearest pixel of it. Pieces that no way
    reaches take the straight distance. Outside: the straight distance to the nearest pixel of the mask.

    Args:
        mask: (H, W) true on the person.

    Returns:
        (H, W) pixels; zero everywhere for an empty mask.

    Raises:
        ValueError: the mask has not two axes.

    Source: Yang et al., Mask as Supervision, ECCV 2024, geodesic map; fast marching after Sethian 1996.
    """
    mask = np.asarray(mask, bool)
    if mask.ndim != 2:
        raise ValueError(f"mask has shape {mask.shape}, expected (H, W)")
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    out = np.asarray(distance_transform_edt(~mask), np.float32)
    rows, columns = np.nonzero(mask)
    straight = np.hypot(rows - rows.mean(), columns - columns.mean())
    seed = int(np.argmin(straight))
    low, high = (rows.min(), columns.min()), (rows.max() + 1, columns.max() + 1)  # marching the box only is enough
    box = np.s_[low[0] : high[0], low[1] : high[1]]
    front = np.ones(mask[box].shape)
    front[rows[seed] - low[0], columns[seed] - low[1]] = 0
    if len(rows) > 1:
        way = skfmm.distance(np.ma.MaskedArray(front, ~mask[box]))
        inside = np.ma.filled(way, np.nan)[rows - low[0], columns - low[1]]
        out[rows, columns] = np.where(np.isfinite(inside), inside, straight)
    return out
