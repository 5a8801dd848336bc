"""Batches of the keypoint net and their augmentation, in torch on the training device.

Dancers are rotated, scaled, cut off, put before other backgrounds, and behind or before partners. The constants are
chosen.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from dance3d.geometry.precision import in_full_precision
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.model import prepare


class KeypointBatch(NamedTuple):
    """B crops of one person each.

    Attributes:
        image: (B, S, S, 3) bytes.
        mask: (B, S, S) bytes, 1 on the visible part of the person.
        joints: (B, 17, 2) from -1 to 1 across the picture; NaN where not known.
        seen: (B, 17) 1 where the joint is visible, 0 where something occludes it.
        area: (B,) of the person, in the square of the joints' unit.
    """

    image: Tensor
    mask: Tensor
    joints: Tensor
    seen: Tensor
    area: Tensor


class AugmentedCrops(NamedTuple):
    """B augmented pictures.

    Attributes:
        pictures: (B, 3, S, S) the net's input.
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


TURN, ANY_TURN = 0.2, 0.1
"""Standard deviation of the rotation, radians; share of the pictures with any rotation, as of breakers and acrobats."""
SCALE, SHIFT = (0.55, 1.25), 0.15
"""Range of the factor on the person's size; largest shift, in halves of the picture."""
PARTNER, BOXES, CUT, BACKGROUND = 0.25, 0.3, 0.4, 0.7
"""Shares of pictures with another person pasted in, with a box before the person, with the background replaced, and of
backgrounds that are a part of another picture rather than one colour."""
GREY, BLUR = 0.1, 0.3
"""Shares of pictures in grey, and blurred."""
_AROUND_SCALE, _AROUND_SHIFT = (1.2, 3.0), 0.8  # of the other picture behind the person
_PARTNER_SCALE = (0.5, 1.2)
_PARTNER_NEAR, _PARTNER_SPAN, _PARTNER_RISE = 0.35, 0.75, 0.5  # least distance and its range; vertical by horizontal
_BOX_CENTRE, _BOX_LEAST, _BOX_SPAN = 0.7, 0.05, 0.25  # largest offset of the centre; least half side and its range
_LIGHT, _TINT, _GRAIN = 0.35, 0.15, 0.04  # largest change of brightness and contrast, of a channel, of a pixel's noise


@in_full_precision
def augmented(batch: KeypointBatch) -> AugmentedCrops:
    """Mirror, rotate, scale and shift crops with their joints; change background, occlusion, partners and light.

    Partners and backgrounds come from the same batch.
    """
    people = torch.cat([prepare(batch.image), batch.mask[:, None].float()], 1)
    count, device = len(people), people.device
    turn, mirror, shift = _random_transform(count, SCALE, SHIFT, device)
    moved = _warped(torch.cat([people, torch.ones_like(people[:, :1])], 1), turn, mirror, shift)
    cut = torch.rand(count, 1, 1, 1, device=device) < CUT
    kept = torch.where(cut, moved[:, 3:4], moved[:, 4:])
    pictures = torch.lerp(_random_background(people[:, :3]), moved[:, :3], kept)
    joints, seen = _transformed_joints(batch, turn, mirror, shift)
    pictures, covered = _with_partners(pictures, moved[:, 3:4], people)
    pictures, covered = _with_boxes(pictures, covered)
    known = torch.isfinite(joints).all(-1)
    joints = torch.nan_to_num(joints)
    inside = known & (joints.abs() < 1).all(-1)
    hidden = functional.grid_sample(covered, joints[:, :, None], align_corners=False)[:, 0, :, 0]
    return AugmentedCrops(_with_light(pictures), joints, inside, known, seen * inside * (hidden < 0.5))


def _random_transform(
    count: int, scale: tuple[float, float], shift: float, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Random (B, 2, 2) rotations times scales, (B,) mirrors of -1 or 1, (B, 2) shifts."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, device=device)

    small_angle = torch.randn(count, device=device) * TURN
    angle = torch.where(uniform() < ANY_TURN, (2 * uniform() - 1) * torch.pi, small_angle)
    size = scale[0] * (scale[1] / scale[0]) ** uniform()
    c, s = angle.cos() * size, angle.sin() * size
    turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    return turn, torch.where(uniform() < 0.5, -1.0, 1.0), (2 * uniform(2) - 1) * shift


def _warped(pictures: Tensor, turn: Tensor, mirror: Tensor, shift: Tensor, edge: str = "zeros") -> Tensor:
    """Pictures whose point p moves to turn * (mirror * p) + shift."""
    back = torch.linalg.inv(turn)
    back = torch.stack([mirror, torch.ones_like(mirror)], -1)[:, :, None] * back
    grid = functional.affine_grid(
        torch.cat([back, -(back @ shift[..., None])], -1), list(pictures.shape), align_corners=False
    )
    return functional.grid_sample(pictures, grid, padding_mode=edge, align_corners=False)


def _transformed_joints(batch: KeypointBatch, turn: Tensor, mirror: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 17, 2) joints and (B, 17) their visibility, transformed as ``_warped`` transforms pictures."""
    flip = mirror < 0
    joints = torch.where(flip[:, None, None], batch.joints[:, H36M17.swap], batch.joints)
    seen = torch.where(flip[:, None], batch.seen[:, H36M17.swap], batch.seen)
    joints = torch.stack([joints[..., 0] * mirror[:, None], joints[..., 1]], -1)
    return joints @ turn.transpose(-1, -2) + shift[:, None], seen


def _random_background(pictures: Tensor) -> Tensor:
    """Backgrounds: parts of other pictures, or one colour, often black as beyond a picture's edge."""
    count, device = len(pictures), pictures.device
    turn, mirror, shift = _random_transform(count, _AROUND_SCALE, _AROUND_SHIFT, device)
    other = _warped(pictures.roll(1, 0), turn, mirror, shift, "reflection")
    colour = torch.rand(count, 3, 1, 1, device=device) * (torch.rand(count, 1, 1, 1, device=device) < 0.5)
    return torch.where(torch.rand(count, 1, 1, 1, device=device) < BACKGROUND, other, colour)


def _with_partners(pictures: Tensor, own: Tensor, people: Tensor) -> tuple[Tensor, Tensor]:
    """Add a partner beside, before or behind the person of some pictures.

    Args:
        pictures: (B, 3, S, S).
        own: (B, 1, S, S) 0..1 mask of the person.
        people: (B, 4, S, S) pictures and masks of possible partners.

    Returns:
        The pictures, and (B, 1, S, S) 0..1 where a partner covers the person.
    """
    rows, covered = _random_rows(people, PARTNER), torch.zeros_like(own)
    if not len(rows):
        return pictures, covered
    count, device = len(rows), pictures.device
    turn, mirror, _ = _random_transform(count, _PARTNER_SCALE, 0.0, device)
    angle = 2 * torch.pi * torch.rand(count, device=device)
    away = _PARTNER_NEAR + _PARTNER_SPAN * torch.rand(count, device=device)
    shift = torch.stack([angle.cos(), _PARTNER_RISE * angle.sin()], -1) * away[:, None]  # beside rather than above
    other = _warped(people.roll(2, 0)[rows], turn, mirror, shift)
    before = torch.rand(count, 1, 1, 1, device=device) < 0.5
    there = torch.where(before, other[:, 3:], other[:, 3:] * (1 - own[rows]))
    covered[rows] = there * before
    return pictures.index_copy(0, rows, torch.lerp(pictures[rows], other[:, :3], there)), covered


def _random_rows(pictures: Tensor, share: float) -> Tensor:
    """Random rows, ``share`` of all."""
    return torch.randperm(len(pictures), device=pictures.device)[: round(share * len(pictures))]


def _with_boxes(pictures: Tensor, covered: Tensor) -> tuple[Tensor, Tensor]:
    """Cover some pictures with a rotated box of one colour."""
    count, size, device = len(pictures), pictures.shape[-1], pictures.device
    at = (torch.arange(size, device=device) + 0.5) / size * 2 - 1
    middle = (2 * torch.rand(count, 2, 1, 1, device=device) - 1) * _BOX_CENTRE
    half = _BOX_LEAST + _BOX_SPAN * torch.rand(count, 2, 1, 1, device=device)
    angle = torch.pi * torch.rand(count, 1, 1, device=device)
    x, y = at - middle[:, 0], at[:, None] - middle[:, 1]
    along, over = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    box = (along.abs() < half[:, 0]) & (over.abs() < half[:, 1])
    box &= torch.rand(count, 1, 1, device=device) < BOXES
    colour = torch.rand(count, 3, 1, 1, device=device)
    return torch.where(box[:, None], colour, pictures), torch.maximum(covered, box[:, None].float())


def _with_light(pictures: Tensor) -> Tensor:
    """Change brightness, contrast and colours; some pictures become grey or blurred, all get noise."""
    count, device = len(pictures), pictures.device

    def spread(amount: float, channels: int) -> Tensor:
        return (torch.rand(count, channels, 1, 1, device=device) * 2 - 1) * amount

    if len(rows := _random_rows(pictures, BLUR)):
        half = functional.avg_pool2d(pictures[rows], 2)
        coarse = functional.interpolate(half, pictures.shape[-2:], mode="bilinear", align_corners=False)
        pictures = pictures.index_copy(0, rows, coarse)
    grey = torch.rand(count, 1, 1, 1, device=device) < GREY
    pictures = torch.where(grey, pictures.mean(1, keepdim=True), pictures)
    middle = pictures.mean((1, 2, 3), keepdim=True)
    contrast, light = 1 + spread(_LIGHT, 1), (1 + spread(_LIGHT, 1)) * (1 + spread(_TINT, 3))
    pictures = torch.addcmul(middle * (1 - contrast) * light + spread(_TINT, 1), pictures, contrast * light)
    noise = torch.randn(1, *pictures.shape[1:], device=device)  # the same for all pictures of a batch
    return torch.addcmul(pictures, noise, spread(_GRAIN, 1)).clamp_(0, 1)
