"""Inference with the detector: bodies in pictures with masks, in the axes of the picture's camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.contracts import Camera
from dance3d.contracts.camera import Lens
from dance3d.datasets.crop import Crop, cut
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import HourglassNet, pose, prepare

CHUNK = 32
"""Chosen: crops per pass of the net."""
LEAST_ROWS, MOST_SHARE = 12, 0.9
"""Chosen: least rows of a person's mask, and most of the picture that it fills."""
_NEAR = 0.05  # of the ray's length: least depth along the picture's axis, so that tangents stay finite
_JOINTS = len(H36M17.joints)
Floats = NDArray[np.float64]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class CropPoses(NamedTuple):
    """Predictions for N crops.

    Attributes:
        xyz: (N, 17, 3) as in ``model.PosePrediction``.
        spread: (N, 17) likewise.
        side_confidence: (N,) 0..1 how far the predictions for the picture and its mirror image agree on left and right.
    """

    xyz: Tensor
    spread: Tensor
    side_confidence: Tensor


class ClipBodies(NamedTuple):
    """Predictions for one person in T frames, in the axes of the picture's camera; NaN in frames without a mask.

    Attributes:
        rays: (T, 17, 2) tangents (x/z, y/z) of the joints.
        shape: (T, 17, 3) joints around the pelvis, in units of the pelvis's distance.
        spread: (T, 17) standard deviation of each joint, a tangent.
        side_confidence: (T,) as in ``CropPoses``; 0 in frames without a mask.
        people: median number of bodies in the masks of a frame; 0 where there is no mask.
    """

    rays: Floats
    shape: Floats
    spread: Floats
    side_confidence: Floats
    people: int

    @property
    def present(self) -> NDArray[np.bool_]:
        """(T,) whether the frame has a usable mask."""
        return np.asarray(np.isfinite(self.rays).all((1, 2)))


def infer(net: HourglassNet, images: NDArray[np.uint8], masks: NDArray[np.bool_]) -> CropPoses:
    """Predictions for crops of pictures, on the CPU; see ``infer_on_device``.

    Args:
        net: the detector.
        images: (N, S, S, 3) RGB.
        masks: (N, S, S).
    """
    found = infer_on_device(net, *(torch.from_numpy(np.ascontiguousarray(part)) for part in (images, masks)))
    return CropPoses(*(part.cpu() for part in found))


@torch.no_grad()
def infer_on_device(net: HourglassNet, images: Tensor, masks: Tensor) -> CropPoses:
    """Run the net on crops and on their mirror images, and average; the predictions stay on its device.

    Where the two have left and right swapped, the sides of the first are used.

    Args:
        net: the detector.
        images: (N, S, S, 3) bytes, on any device.
        masks: (N, S, S) bool.
    """
    device, swap = next(net.parameters()).device, H36M17.swap
    back = torch.tensor([-1.0, 1.0, 1.0], device=device)
    found: list[tuple[Tensor, ...]] = []
    for at in range(0, len(images), CHUNK):
        pictures = prepare(*(part[at : at + CHUNK].to(device) for part in (images, masks)))
        straight, mirrored = net(pictures), net(pictures.flip(-1))
        one, other = straight.xyz, mirrored.xyz[:, swap] * back
        straight_distance = (one - other).norm(dim=-1).mean(-1)
        swapped_distance = (one - other[:, swap]).norm(dim=-1).mean(-1)
        other = torch.where((straight_distance <= swapped_distance)[:, None, None], other, other[:, swap])
        spread = (straight.spread + mirrored.spread[:, swap]) / 2
        side_confidence = (
            (swapped_distance - straight_distance) / (swapped_distance + straight_distance).clamp_min(1e-6)
        ).clamp_min(0)
        found.append(tuple(t.float() for t in ((one + other) / 2, spread, side_confidence)))
    return CropPoses(*(torch.cat(parts) for parts in zip(*found, strict=True)))


def lens_of(camera: Camera, size: tuple[int, int]) -> Lens:
    """The camera as a ``Lens``, for its pictures scaled to ``size`` (width, height)."""
    across, down = size[0] / camera.size[0], size[1] / camera.size[1]
    x, y = camera.centre
    matrix = np.array([[camera.focal * across, 0, x * across], [0, camera.focal * down, y * down], [0, 0, 1.0]])
    return Lens(matrix, np.eye(3, 4), np.zeros(0))


def usable(mask: Mask) -> bool:
    """Whether a mask can be of a person: neither nearly empty nor nearly the whole picture."""
    return bool(mask.any(1).sum() >= LEAST_ROWS and mask.mean() <= MOST_SHARE)


def infer_clip(net: HourglassNet, frames: Iterable[tuple[Image, Mask, int]], camera: Camera) -> ClipBodies:
    """Predict the person of the masks in every frame of a clip.

    Args:
        net: the detector.
        frames: the picture (H, W, 3), the person's mask (H, W), and the number of bodies of each. Pictures may be
            smaller than the camera's, in the same proportions.
        camera: of the pictures.
    """
    parts, counts = [], []

    def crops() -> Iterator[Crop | None]:
        for picture, mask, number in frames:
            valid = usable(mask)
            counts.append(number if valid else 0)
            height, width = mask.shape
            yield cut(picture, mask, lens_of(camera, (width, height)), net.config["size"]) if valid else None

    remaining = crops()
    while batch := list(islice(remaining, CHUNK)):
        parts.append(_in_picture_axes(net, batch))
    if not parts:
        raise ValueError("there are no pictures to detect anybody in")
    rays, shape, spread, side_confidence = (np.concatenate(p) for p in zip(*parts, strict=True))
    known = [number for number in counts if number]
    return ClipBodies(rays, shape, spread, side_confidence, int(np.median(known)) if known else 0)


def _in_picture_axes(net: HourglassNet, crops: list[Crop | None]) -> tuple[Floats, Floats, Floats, Floats]:
    """Rays, shape, spread and confidence of sides of crops, rotated from the crops' cameras to the picture's."""
    rays, shape = np.full((len(crops), _JOINTS, 2), np.nan), np.full((len(crops), _JOINTS, 3), np.nan)
    spread, side_confidence = np.full((len(crops), _JOINTS), np.nan), np.zeros(len(crops))
    valid = [n for n, crop in enumerate(crops) if crop is not None]
    known = [crop for crop in crops if crop is not None]
    if known:
        found = infer(net, np.stack([c.image for c in known]), np.stack([c.mask for c in known]))
        turn = np.stack([c.turn for c in known])
        half = np.array([net.config["size"] / (2 * c.focal) for c in known])
        flat = found.xyz[..., :2].double().numpy() * half[:, None, None]
        seen = np.concatenate([flat, np.ones_like(flat[..., :1])], -1) @ turn
        rays[valid] = seen[..., :2] / np.maximum(seen[..., 2:], _NEAR)
        shape[valid] = pose(found.xyz.double(), torch.from_numpy(half)).numpy() @ turn
        spread[valid], side_confidence[valid] = found.spread.numpy() * half[:, None], found.side_confidence.numpy()
    return rays, shape, spread, side_confidence
