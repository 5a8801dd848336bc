"""Weights of the pixels of a mask's loss, and intersection over union."""

from __future__ import annotations

import torch
from torch import Tensor


def geodesic_weight(
    distance: Tensor, mask: Tensor, inside: tuple[float, float] = (2.0, 2.0), outside: tuple[float, float] = (2.0, 3.0)
) -> Tensor:
    """Weights of pixels that grow towards hands and feet, and away from the body outside.

    With d the distance by the largest of its side: exp(a d) + b inside, c d + e outside; then divided by the root of
    the picture's mean square, so that ``losses.mask`` weighs the same with and without. An empty mask has no sides, and
    weighs 1 everywhere.

    Args:
        distance: (..., H, W) pixels, of ``masks.geodesic.distance_map``.
        mask: (..., H, W) true, or more than half, on the person.
        inside: a and b.
        outside: c and e.

    Returns:
        (..., H, W) of mean square 1, in the type of ``distance`` (at least float32).

    Source: Yang et al., Mask as Supervision, ECCV 2024, equation 9; form and numbers of its successor's code.
    """
    far = distance if distance.dtype == torch.float64 else distance.float()
    there = mask if mask.dtype == torch.bool else mask > 0.5
    within, without = (torch.where(side, far, 0) for side in (there, ~there))
    within, without = (part / part.amax((-2, -1), keepdim=True).clamp_min(1e-6) for part in (within, without))
    weight = torch.where(there, torch.exp(inside[0] * within) + inside[1], outside[0] * without + outside[1])
    return weight / weight.square().mean((-2, -1), keepdim=True).sqrt()


def iou(one: Tensor, other: Tensor) -> Tensor:
    """(..., H, W) masks twice, true or more than half inside, to (...): overlap by union; 1 if both are empty."""
    first, second = (mask if mask.dtype == torch.bool else mask > 0.5 for mask in (one, other))
    union = (first | second).sum((-2, -1))
    return torch.where(union > 0, (first & second).sum((-2, -1)) / union.clamp_min(1), 1.0)
