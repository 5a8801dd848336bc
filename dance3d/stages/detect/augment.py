"""Batches of the detector and their augmentation, in torch on the training device.

Rotating a crop about its centre rotates its camera about the optical axis, scaling it changes the focal length, and
mirroring all views of a moment mirrors the world. So cameras stay exact, and no joints are needed. The constants are
chosen.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from dance3d.geometry.precision import in_full_precision
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import prepare


class Scenes(NamedTuple):
    """N moments seen by V cameras each.

    Attributes:
        image: (N, V, S, S, 3) bytes.
        mask: (N, V, S, S) bytes, 1 on the person.
        distance: (N, V, S, S) pixels, ``geodesic.distance_map`` of the masks; empty where nothing is trained.
        half: (N, V) tangent of half the crop's angle.
        extrinsics: (N, V, 3, 4) world to camera, metres.
        valid: (N, V) false where a moment has fewer views and the last one is repeated.
        truth: (N, 17, 3) metres, world, for scores only; NaN where not known.
        fitted: (N, 17, 3) metres, world: bodies fitted to the masks (``body_fit``).
        misfit: (N,) of the fitted bodies; infinite where none was fitted.
    """

    image: Tensor
    mask: Tensor
    distance: Tensor
    half: Tensor
    extrinsics: Tensor
    valid: Tensor
    truth: Tensor
    fitted: Tensor
    misfit: Tensor


class Invented(NamedTuple):
    """B single crops of invented bodies.

    Attributes:
        image: (B, S, S, 3) bytes.
        mask: (B, S, S) bytes.
        joints: (B, 17, 3) as in ``model.PosePrediction``.
    """

    image: Tensor
    mask: Tensor
    joints: Tensor


class DetectBatch(NamedTuple):
    """The data of one training step."""

    scenes: Scenes
    invented: Invented


class AugmentedPictures(NamedTuple):
    """Augmented pictures.

    Attributes:
        pictures: (N, V, 4, S, S) the net's input.
        mask: (N, V, S, S) 0..1.
        distance: (N, V, S, S) pixels.
        half, extrinsics: of the cameras that would take these pictures.
        fitted: (N, 17, 3) metres, in the mirrored world where a moment is mirrored.
    """

    pictures: Tensor
    mask: Tensor
    distance: Tensor
    half: Tensor
    extrinsics: Tensor
    fitted: Tensor


ROLL, SCALE, SHIFT = 0.35, 0.15, 0.08
"""Largest rotation, radians; change of the size; shift, halves of the picture."""
_TINT, _LIGHT = 0.35, 0.3  # largest change of a channel, and of the brightness
_OFFSET, _GRAIN = 0.1, 0.04  # largest offset of a channel, and noise


@in_full_precision
def augmented_scenes(scenes: Scenes) -> AugmentedPictures:
    """Mirror moments, rotate and scale every view, change light and colours, all at random; cameras turn with them."""
    count, views = scenes.half.shape
    total, device = count * views, scenes.half.device
    mirror = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0).repeat_interleave(views)
    turn, scale = _random_rotations(total, device)
    person = prepare(scenes.image, scenes.mask).flatten(0, 1)
    moved = _warped(torch.cat([person, scenes.distance.float().flatten(0, 1)[:, None]], 1), turn, scale, mirror)
    pictures, mask = _with_light(moved[:, :4])
    camera = torch.zeros(total, 3, 3, device=device)
    camera[:, :2, :2], camera[:, 2, 2] = turn, 1
    flip = torch.stack([mirror, torch.ones_like(mirror), torch.ones_like(mirror)], -1)
    extrinsics = scenes.extrinsics.flatten(0, 1)
    rotation = camera @ (flip[:, :, None] * extrinsics[..., :3] * flip[:, None, :])
    place = camera @ (flip[:, :, None] * extrinsics[..., 3:])
    square = pictures.shape[-2:]
    mirrored = (mirror < 0).view(count, views)[:, 0, None, None]
    turned = scenes.fitted[:, H36M17.swap] * scenes.fitted.new_tensor([-1.0, 1.0, 1.0])
    return AugmentedPictures(
        pictures.view(count, views, *pictures.shape[1:]),
        mask.view(count, views, *square),
        (moved[:, 4] * scale[:, None, None]).view(count, views, *square),
        scenes.half / scale.view(count, views),
        torch.cat([rotation, place], -1).view(count, views, 3, 4),
        torch.where(mirrored, turned, scenes.fitted),
    )


@in_full_precision
def augmented_invented(invented: Invented) -> tuple[Tensor, Tensor, Tensor]:
    """Mirror, rotate, scale and shift invented pictures with their joints, change light and colours, all at random.

    Returns:
        (B, 4, S, S) pictures, (B, S, S) masks 0..1, (B, 17, 3) joints.
    """
    count, device = len(invented.joints), invented.joints.device
    mirror = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
    turn, scale = _random_rotations(count, device)
    shift = (torch.rand(count, 2, device=device) * 2 - 1) * SHIFT
    moved = _warped(prepare(invented.image, invented.mask), turn, scale, mirror, shift)
    pictures, mask = _with_light(moved)
    sides = torch.where((mirror < 0)[:, None, None], invented.joints[:, H36M17.swap], invented.joints)
    flat = torch.stack([sides[..., 0] * mirror[:, None], sides[..., 1]], -1)
    flat = flat @ (turn * scale[:, None, None]).transpose(-1, -2) + shift[:, None]
    return pictures, mask, torch.cat([flat, sides[..., 2:] * scale[:, None, None]], -1)


def _random_rotations(count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """(B, 2, 2) rotations and (B,) scales."""
    angle = (torch.rand(count, device=device) * 2 - 1) * ROLL
    c, s = angle.cos(), angle.sin()
    turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    return turn, 1 + (torch.rand(count, device=device) * 2 - 1) * SCALE


def _warped(pictures: Tensor, turn: Tensor, scale: Tensor, mirror: Tensor, shift: Tensor | None = None) -> Tensor:
    """Pictures whose point p moves to turn * scale * (mirror * p) + shift."""
    back = turn.transpose(-1, -2) / scale[:, None, None]
    back = torch.stack([mirror, torch.ones_like(mirror)], -1)[:, :, None] * back
    at = torch.zeros_like(back[..., :1]) if shift is None else -(back @ shift[..., None])
    grid = functional.affine_grid(torch.cat([back, at], -1), list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)


def _with_light(moved: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures with changed light and colours, and their masks (B, S, S)."""
    count, device = len(moved), moved.device
    person = moved[:, 3:]

    def spread(amount: float, channels: int) -> Tensor:
        return (torch.rand(count, channels, 1, 1, device=device) * 2 - 1) * amount

    noise = torch.randn(1, *moved.shape[1:], device=device)[:, :3]  # the same for all pictures of a batch
    offset = spread(_OFFSET, 3) + spread(_GRAIN, 1) * noise
    colours = torch.addcmul(moved[:, :3] * ((1 + spread(_TINT, 3)) * (1 + spread(_LIGHT, 1))), offset, person).clamp_(
        0, 1
    )
    return torch.cat([colours, person], 1), (person[:, 0] > 0.5).float()
