"""Batches of the keypoint net and how they are changed: all of it in torch, on the device that trains.

Dancers are turned any way up, small or large, cut off, before other backgrounds, behind or before partners.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.model import prepare


class KeypointBatch(NamedTuple):
    """B crops of one person each.

    Attributes:
        image: (B, S, S, 3) bytes.
        mask: (B, S, S) bytes, 1 on what is seen of the person.
        joints: (B, 17, 2) halves of the picture from its middle; NaN where not known.
        seen: (B, 17) 1 where the joint can be seen, 0 where something hides it.
        area: (B,) of the person, in the square of that unit.
    """

    image: Tensor
    mask: Tensor
    joints: Tensor
    seen: Tensor
    area: Tensor


class Changed(NamedTuple):
    """B changed pictures.

    Attributes:
        pictures: (B, 3, S, S) what the net reads.
        joints: (B, 17, 2); 0 where not known.
        inside: (B, 17) true where the joint is known and in the picture.
        known: (B, 17) true where it is known.
        seen: (B, 17) 0..1.
    """

    pictures: Tensor
    joints: Tensor
    inside: Tensor
    known: Tensor
    seen: Tensor


TURN, UPENDED = 0.2, 0.1
"""Radians, standard deviation; share of the pictures that are turned any way, as breakers and acrobats are."""
SCALE, SHIFT = (0.55, 1.25), 0.15
"""Of the person's size in the crop; halves of the picture."""
PARTNER, BOXES, CUT, FILLED = 0.25, 0.3, 0.4, 0.7
"""Shares of pictures with another person pasted in, with boxes in the way, with the person cut out of its background,
and with a piece of another picture around what is kept."""
GREY, BLUR = 0.1, 0.3
_DARK, _TINT, _GRAIN = 0.35, 0.15, 0.04  # most that light, a channel and a pixel change


def changed(batch: KeypointBatch) -> Changed:
    """Mirror, turn, scale and shift crops with their joints, put others around, behind and before them, change light.

    Others are people of the same batch.
    """
    people = torch.cat([prepare(batch.image), batch.mask[:, None].float()], 1)
    count, device = len(people), people.device
    turn, mirror, shift = _placing(count, SCALE, SHIFT, device)
    moved = _moved(torch.cat([people, torch.ones_like(people[:, :1])], 1), turn, mirror, shift)
    cut = torch.rand(count, 1, 1, 1, device=device) < CUT
    kept = torch.where(cut, moved[:, 3:4], moved[:, 4:])
    pictures = torch.lerp(_around(people[:, :3]), moved[:, :3], kept)
    joints, seen = _placed(batch, turn, mirror, shift)
    pictures, cover = _joined(pictures, moved[:, 3:4], people)
    pictures, cover = _boxed(pictures, cover)
    known = torch.isfinite(joints).all(-1)
    joints = torch.nan_to_num(joints)
    inside = known & (joints.abs() < 1).all(-1)
    hidden = functional.grid_sample(cover, joints[:, :, None], align_corners=False)[:, 0, :, 0]
    return Changed(_lit(pictures), joints, inside, known, seen * inside * (hidden < 0.5))


def _placing(
    count: int, scale: tuple[float, float], shift: float, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """By chance: (B, 2, 2) turns with their scale, (B,) mirrors of -1 or 1, (B, 2) shifts."""

    def even(*shape: int) -> Tensor:
        return torch.rand(count, *shape, device=device)

    little = torch.randn(count, device=device) * TURN
    angle = torch.where(even() < UPENDED, (2 * even() - 1) * torch.pi, little)
    size = scale[0] * (scale[1] / scale[0]) ** even()
    c, s = angle.cos() * size, angle.sin() * size
    turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    return turn, torch.where(even() < 0.5, -1.0, 1.0), (2 * even(2) - 1) * shift


def _moved(pictures: Tensor, turn: Tensor, mirror: Tensor, shift: Tensor, edge: str = "zeros") -> Tensor:
    """Pictures whose point p goes to turn * mirrored p + shift."""
    back = torch.linalg.inv(turn)
    back = torch.stack([mirror, torch.ones_like(mirror)], -1)[:, :, None] * back
    grid = functional.affine_grid(
        torch.cat([back, -(back @ shift[..., None])], -1), list(pictures.shape), align_corners=False
    )
    return functional.grid_sample(pictures, grid, padding_mode=edge, align_corners=False)


def _placed(batch: KeypointBatch, turn: Tensor, mirror: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 17, 2) joints and (B, 17) whether they are seen, moved as ``_moved`` moves pictures."""
    flip = mirror < 0
    joints = torch.where(flip[:, None, None], batch.joints[:, H36M17.swap], batch.joints)
    seen = torch.where(flip[:, None], batch.seen[:, H36M17.swap], batch.seen)
    joints = torch.stack([joints[..., 0] * mirror[:, None], joints[..., 1]], -1)
    return joints @ turn.transpose(-1, -2) + shift[:, None], seen


def _around(pictures: Tensor) -> Tensor:
    """What lies beyond the crops: pieces of other pictures, or one colour, often black as beyond a picture's edge."""
    count, device = len(pictures), pictures.device
    turn, mirror, shift = _placing(count, (1.2, 3.0), 0.8, device)
    other = _moved(pictures.roll(1, 0), turn, mirror, shift, "reflection")
    colour = torch.rand(count, 3, 1, 1, device=device) * (torch.rand(count, 1, 1, 1, device=device) < 0.5)
    return torch.where(torch.rand(count, 1, 1, 1, device=device) < FILLED, other, colour)


def _joined(pictures: Tensor, own: Tensor, people: Tensor) -> tuple[Tensor, Tensor]:
    """Some pictures with another person beside, before or behind the one they are of, and where something covers it.

    Args:
        pictures: (B, 3, S, S).
        own: (B, 1, S, S) share of each pixel that is the person's.
        people: (B, 4, S, S) pictures and masks to take others from.
    """
    who, cover = _some(people, PARTNER), torch.zeros_like(own)
    if not len(who):
        return pictures, cover
    count, device = len(who), pictures.device
    turn, mirror, _ = _placing(count, (0.5, 1.2), 0.0, device)
    angle = 2 * torch.pi * torch.rand(count, device=device)
    away = 0.35 + 0.75 * torch.rand(count, device=device)
    shift = torch.stack([angle.cos(), 0.5 * angle.sin()], -1) * away[:, None]  # beside rather than above
    other = _moved(people.roll(2, 0)[who], turn, mirror, shift)
    before = torch.rand(count, 1, 1, 1, device=device) < 0.5
    there = torch.where(before, other[:, 3:], other[:, 3:] * (1 - own[who]))
    cover[who] = there * before
    return pictures.index_copy(0, who, torch.lerp(pictures[who], other[:, :3], there)), cover


def _some(pictures: Tensor, share: float) -> Tensor:
    """Numbers of so many of them, by chance."""
    return torch.randperm(len(pictures), device=pictures.device)[: round(share * len(pictures))]


def _boxed(pictures: Tensor, cover: Tensor) -> tuple[Tensor, Tensor]:
    """Some pictures with a turned box of one colour in the way."""
    count, size, device = len(pictures), pictures.shape[-1], pictures.device
    at = (torch.arange(size, device=device) + 0.5) / size * 2 - 1
    middle = (2 * torch.rand(count, 2, 1, 1, device=device) - 1) * 0.7
    half = 0.05 + 0.25 * torch.rand(count, 2, 1, 1, device=device)
    angle = torch.pi * torch.rand(count, 1, 1, device=device)
    x, y = at - middle[:, 0], at[:, None] - middle[:, 1]
    along, over = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    box = (along.abs() < half[:, 0]) & (over.abs() < half[:, 1])
    box &= torch.rand(count, 1, 1, device=device) < BOXES
    colour = torch.rand(count, 3, 1, 1, device=device)
    return torch.where(box[:, None], colour, pictures), torch.maximum(cover, box[:, None].float())


def _lit(pictures: Tensor) -> Tensor:
    """Pictures in other light and colours, some grey, some blurred, all grainy."""
    count, device = len(pictures), pictures.device

    def by(amount: float, channels: int) -> Tensor:
        return (torch.rand(count, channels, 1, 1, device=device) * 2 - 1) * amount

    if len(who := _some(pictures, BLUR)):
        half = functional.avg_pool2d(pictures[who], 2)
        coarse = functional.interpolate(half, pictures.shape[-2:], mode="bilinear", align_corners=False)
        pictures = pictures.index_copy(0, who, coarse)
    grey = torch.rand(count, 1, 1, 1, device=device) < GREY
    pictures = torch.where(grey, pictures.mean(1, keepdim=True), pictures)
    middle = pictures.mean((1, 2, 3), keepdim=True)
    contrast, light = 1 + by(_DARK, 1), (1 + by(_DARK, 1)) * (1 + by(_TINT, 3))
    pictures = torch.addcmul(middle * (1 - contrast) * light + by(_TINT, 1), pictures, contrast * light)
    grain = torch.randn(1, *pictures.shape[1:], device=device)  # one for all: every batch has another
    return torch.addcmul(pictures, grain, by(_GRAIN, 1)).clamp_(0, 1)
