"""How fast the detector's own arithmetic is here and now, beside straightforward forms of the same work.

Both sides of a pair run in turns in one process, and what counts is the median of their ratios: a busy machine slows
both.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d.masks import Lines
from dance3d.masks.raster import pixels


def direct_mask(xy: Tensor, size: int, lines: Lines, merge: str = "max", width: Tensor | None = None) -> Tensor:
    """What ``masks.skeleton_mask`` must equal: every line against every pixel, (B, L, S, S), derived by autograd."""
    one, other = (end[..., None, None, :] for end in lines.ends(xy))
    line = xy.new_tensor(lines.sigma)[:, None, None]
    sigma = line if width is None else line * width[..., None, None, None]
    across, down = torch.meshgrid(pixels(size, xy), pixels(size, xy), indexing="xy")
    pixel, way = torch.stack([across, down], -1), other - one
    share = ((pixel - one) * way).sum(-1) / way.square().sum(-1).clamp_min(1e-12)
    distance = (pixel - one - share.clamp(0, 1)[..., None] * way).square().sum(-1)
    drawn = torch.exp(-distance / sigma**2)
    return drawn.amax(-3) if merge == "max" else drawn.sum(-3)
