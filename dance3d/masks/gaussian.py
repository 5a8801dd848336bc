"""The baseline's mask: a blob at every joint, which does not know which joints belong together."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dance3d.masks.raster import pixels

SIGMA = 0.12
"""Width of a blob, where 1 is half of the picture's side: about half of an upper arm."""


def gaussian_mask(xy: Tensor, size: int, merge: Literal["max", "sum"] = "max", sigma: float = SIGMA) -> Tensor:
    """Draw exp(-|p - x|^2 / sigma^2) at every joint x.

    Args:
        xy: (..., J, 2) joints over the picture, as ``skeleton_mask`` takes them; any that is not finite draws nothing.
        size: of the picture, S pixels.
        merge: the largest value, 0..1, or the sum of all.
        sigma: width of a blob.

    Returns:
        (..., S, S) float32, or float64 if so given.

    Raises:
        ValueError: an unknown merge.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equation 3.
    """
    if merge not in ("max", "sum"):
        raise ValueError(f"merge {merge!r} is not known; choose from max, sum")
    exact = xy if xy.dtype == torch.float64 else xy.float()
    exact = torch.where(exact.isfinite().all(-1, keepdim=True), exact, 1e4)
    # A blob is the product of one along x and one along y: the sum is a matrix product, and nothing is (J, S, S).
    across, down = torch.exp(-((pixels(size, exact) - exact[..., None]) / sigma).square()).unbind(-2)
    if merge == "sum":
        return torch.einsum("...jh,...jw->...hw", down, across)
    out = down[..., 0, :, None] * across[..., 0, None, :]
    for joint in range(1, xy.shape[-2]):
        out = torch.maximum(out, down[..., joint, :, None] * across[..., joint, None, :])
    return out
