"""``body_frame`` for tensors with any batch axes, for nets and losses."""

from __future__ import annotations

import torch
from torch import Tensor

LEFT = torch.tensor([[-1.0], [1.0], [1.0]])
"""Frames times this have rows left, up, forward, which is a rotation."""


def unit(v: Tensor, least: float = 1e-6) -> Tensor:
    """Vectors (..., D) of length one; those shorter than ``least`` are divided by it."""
    out: Tensor = v / torch.linalg.vector_norm(v, dim=-1, keepdim=True).clamp_min(least)
    return out


def part_frame(right: Tensor, up: Tensor) -> Tensor:
    """Frames (..., 3, 3), rows right, up, forward, of a part of the body: ``right`` (..., 3) is kept, ``up`` bent."""
    r = unit(right)
    u = unit(up - (up * r).sum(-1, keepdim=True) * r)
    return torch.stack([r, u, torch.linalg.cross(u, r)], -2)


def heading_frame(right: Tensor, up: Tensor) -> Tensor:
    """Frames (..., 3, 3), rows right, up, forward, that face where a line across the body faces: ``up`` is kept.

    Args:
        right: (..., 3) from left to right, laid level.
        up: (..., 3) or (3,) unit vectors.
    """
    up = up.expand_as(right)
    r = unit(right - (right * up).sum(-1, keepdim=True) * up)
    return torch.stack([r, up, torch.linalg.cross(up, r)], -2)


def axis_angle(vector: Tensor) -> Tensor:
    """(..., 3) axis times angle, radians, to (..., 3, 3) rotations (Rodrigues' formula)."""
    angle = vector.norm(dim=-1, keepdim=True).clamp_min(1e-8)
    x, y, z = (vector / angle).unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1)
    cross = cross.view(*vector.shape[:-1], 3, 3)
    angle = angle[..., None]
    out: Tensor = torch.eye(3, device=angle.device) + angle.sin() * cross + (1 - angle.cos()) * (cross @ cross)
    return out
