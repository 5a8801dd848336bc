"""How bodies are built: a standing figure in the box of a mask, and bones of lengths that people have."""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d.masks.raster import pixels
from dance3d.skeleton import H36M17

# Right, up from the floor and forward, as shares of stature, of somebody's right side who stands upright.
# After Winter, Biomechanics of Human Movement, figure 4.1.
_SIDE = {"hip": (0.056, 0.53, 0), "knee": (0.056, 0.285, 0.01), "ankle": (0.056, 0.045, 0)}
_SIDE |= {"shoulder": (0.106, 0.81, 0), "elbow": (0.14, 0.64, -0.01), "wrist": (0.15, 0.49, 0.02)}
_MIDDLE = {"pelvis": (0, 0.53, 0), "spine": (0, 0.67, 0), "thorax": (0, 0.82, 0), "nose": (0, 0.93, 0.05)}
_MIDDLE |= {"head": (0, 1.0, 0)}
_SIGN = {"right": 1, "left": -1}
_AT = [
    (_SIGN[side] * _SIDE[name][0], *_SIDE[name][1:]) if name in _SIDE else _MIDDLE[joint]
    for joint in H36M17.joints
    for side, _, name in (joint.partition("_"),)
]

STATURES = (1.3, 2.0)
"""Metres: a bone that belongs to someone shorter or taller is taken for a mistake; wide, for skeletons differ too."""
_LOOSE = {"thorax": 0.85, "nose": 0.6, "head": 0.85}  # of the least length: bones that every skeleton puts elsewhere


def standing(mask: Tensor) -> Tensor:
    """(B, S, S) masks to (B, 17, 3) answers: a figure that faces the camera, as tall as the mask and in its middle."""
    at = pixels(mask.shape[-1], mask)
    low, high, across = [], [], []
    for axis in (-1, -2):
        there = (mask > 0.5).any(axis)  # rows, then columns
        first = torch.where(there, at, torch.inf).amin(-1)
        last = torch.where(there, at, -torch.inf).amax(-1)
        low.append(torch.where(there.any(-1), first, -0.8))
        high.append(torch.where(there.any(-1), last, 0.8))
        across.append((low[-1] + high[-1]) / 2)
    tall = (high[0] - low[0])[:, None]
    figure = torch.tensor(_AT, dtype=mask.dtype, device=mask.device)
    x = across[1][:, None] - figure[:, 0] * tall  # who faces the camera has his right on its left
    y = high[0][:, None] - figure[:, 1] * tall
    return torch.stack([x, y, -figure[:, 2] * tall], -1)


def grown(world: Tensor) -> Tensor:
    """Bodies (..., 17, 3), metres, with every bone brought to a length that people have, from the pelvis outward.

    Places that a net is not certain of lie too near to each other, and a net that learns from them is drawn together
    more and more; this keeps limbs as long as limbs are.
    """
    parents, children = (list(side) for side in zip(*H36M17.bones, strict=True))
    way = world[..., children, :] - world[..., parents, :]
    figure = torch.tensor(_AT, dtype=world.dtype, device=world.device)
    share = (figure[children] - figure[parents]).norm(dim=-1)
    length = way.norm(dim=-1)
    loose = torch.tensor([_LOOSE.get(H36M17.joints[child], 1.0) for child in children], device=world.device)
    wanted = torch.minimum(torch.maximum(length, STATURES[0] * share * loose), STATURES[1] * share / loose)
    way = way * (wanted / length.clamp_min(1e-6))[..., None]
    out = {H36M17.index("pelvis"): world[..., H36M17.index("pelvis"), :]}
    for number, (parent, child) in enumerate(H36M17.bones):
        out[child] = out[parent] + way[..., number, :]
    return torch.stack([out[joint] for joint in range(len(out))], -2)
