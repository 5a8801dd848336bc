"""Maps of a person's mask: how far every pixel lies from the middle of the person, or from the person."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import boxes


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
    import skfmm  # of the extra `train`

    mask = np.asarray(mask, bool)
    if mask.ndim != 2:
        raise ValueError(f"mask has shape {mask.shape}, expected (H, W)")
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    # Marching the person's box is as good as the picture, and much less.
    x0, y0, x1, y1 = boxes.of_mask(mask)
    box = np.s_[y0:y1, x0:x1]
    inside = mask[box]
    down, right = np.ogrid[: inside.shape[0], : inside.shape[1]]
    many = np.count_nonzero(inside)
    middle = inside.sum(1) @ down[:, 0] / many, inside.sum(0) @ right[0] / many
    straight = (down - middle[0]) ** 2 + (right - middle[1]) ** 2
    seed = np.unravel_index(int(np.argmin(np.where(inside, straight, np.inf))), inside.shape)
    straight = np.sqrt(straight)
    out = np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    if many > 1:
        front = np.ones(inside.shape)
        front[seed] = 0
        way = np.ma.filled(skfmm.distance(np.ma.MaskedArray(front, ~inside)), np.inf)
        straight = np.where(np.isfinite(way), way, straight)
    np.copyto(out[box], straight, where=inside, casting="same_kind")
    return out
