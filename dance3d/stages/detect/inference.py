"""Pictures and masks to what the net sees in them, frame by frame in batches, in the axes of the picture's camera."""

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

BATCH = 32
LEAST, MOST = 12, 0.9
"""Rows that a person's mask has at least, and the share of the picture that it fills at most."""
_JOINTS = len(H36M17.joints)
Floats = NDArray[np.float64]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class CropPoses(NamedTuple):
    """What the net says of N crops.

    Attributes:
        xyz: (N, 17, 3) as in ``model.PosePrediction``.
        spread: (N, 17) likewise.
        sure: (N,) 0..1 how far the picture and its mirror image agree on which side is which.
    """

    xyz: Tensor
    spread: Tensor
    sure: Tensor


class Watched(NamedTuple):
    """One person through T frames, in the axes of the picture's camera; NaN where nobody is seen.

    Attributes:
        rays: (T, 17, 2) tangents (x/z, y/z) of the joints.
        shape: (T, 17, 3) joints around the pelvis, in units of the pelvis's distance.
        spread: (T, 17) how doubtful each joint is, a tangent.
        sure: (T,) as in ``CropPoses``; 0 where nobody is seen.
        people: bodies that the masks show at once, for most of the time; 0 where nobody is seen.
    """

    rays: Floats
    shape: Floats
    spread: Floats
    sure: Floats
    people: int

    @property
    def present(self) -> NDArray[np.bool_]:
        """(T,) whether somebody is seen."""
        return np.asarray(np.isfinite(self.rays).all((1, 2)))


@torch.no_grad()
def read(net: HourglassNet, images: NDArray[np.uint8], masks: NDArray[np.bool_]) -> CropPoses:
    """Run the net on crops and on their mirror images, and take the mean.

    Where the two answer with exchanged sides, the sides of the first stand.

    Args:
        net: the detector.
        images: (N, S, S, 3) RGB.
        masks: (N, S, S).
    """
    device, swap = next(net.parameters()).device, H36M17.swap
    back = torch.tensor([-1.0, 1.0, 1.0], device=device)
    found: list[tuple[Tensor, ...]] = []
    for at in range(0, len(images), BATCH):
        image, mask = (torch.from_numpy(np.ascontiguousarray(a[at : at + BATCH])).to(device) for a in (images, masks))
        pictures = prepare(image, mask)
        straight, mirrored = net(pictures), net(pictures.flip(-1))
        one, other = straight.xyz, mirrored.xyz[:, swap] * back
        same = (one - other).norm(dim=-1).mean(-1)
        crossed = (one - other[:, swap]).norm(dim=-1).mean(-1)
        other = torch.where((same <= crossed)[:, None, None], other, other[:, swap])
        spread = (straight.spread + mirrored.spread[:, swap]) / 2
        sure = ((crossed - same) / (crossed + same).clamp_min(1e-6)).clamp_min(0)
        found.append(tuple(t.float().cpu() for t in ((one + other) / 2, spread, sure)))
    return CropPoses(*(torch.cat(parts) for parts in zip(*found, strict=True)))


def lens_of(camera: Camera, size: tuple[int, int]) -> Lens:
    """A camera as ``datasets.crops`` takes it, for its pictures scaled to ``size`` (width, height)."""
    across, down = size[0] / camera.size[0], size[1] / camera.size[1]
    x, y = camera.centre
    matrix = np.array([[camera.focal * across, 0, x * across], [0, camera.focal * down, y * down], [0, 0, 1.0]])
    return Lens(matrix, np.eye(3, 4), np.zeros(0))


def usable(mask: Mask) -> bool:
    """Whether a mask can be a person: neither next to nothing nor nearly the whole picture."""
    return bool(mask.any(1).sum() >= LEAST and mask.mean() <= MOST)


def watch(net: HourglassNet, seen: Iterable[tuple[Image, Mask, int]], camera: Camera) -> Watched:
    """Follow the person of the masks through a clip.

    Args:
        net: the detector.
        seen: per frame the picture (H, W, 3), the person's mask (H, W), and how many bodies are seen in all. Pictures
            may be smaller than the camera's, in the same proportions.
        camera: of the pictures.
    """
    parts, numbers = [], []

    def crops() -> Iterator[Crop | None]:
        for picture, mask, number in seen:
            there = usable(mask)
            numbers.append(number if there else 0)
            height, width = mask.shape
            yield cut(picture, mask, lens_of(camera, (width, height)), net.config["size"]) if there else None

    waiting = crops()
    while batch := list(islice(waiting, BATCH)):
        parts.append(_place(net, batch))
    if not parts:
        raise ValueError("there are no pictures to detect anybody in")
    rays, shape, spread, sure = (np.concatenate(p) for p in zip(*parts, strict=True))
    known = [number for number in numbers if number]
    return Watched(rays, shape, spread, sure, int(np.median(known)) if known else 0)


def _place(net: HourglassNet, crops: list[Crop | None]) -> tuple[Floats, Floats, Floats, Floats]:
    """Rays, shape, spread and sureness of crops, turned back from the crops' cameras into the picture's."""
    rays, shape = np.full((len(crops), _JOINTS, 2), np.nan), np.full((len(crops), _JOINTS, 3), np.nan)
    spread, sure = np.full((len(crops), _JOINTS), np.nan), np.zeros(len(crops))
    there = [n for n, crop in enumerate(crops) if crop is not None]
    known = [crop for crop in crops if crop is not None]
    if known:
        found = read(net, np.stack([c.image for c in known]), np.stack([c.mask for c in known]))
        turn = np.stack([c.turn for c in known])
        half = np.array([net.config["size"] / (2 * c.focal) for c in known])
        flat = found.xyz[..., :2].double().numpy() * half[:, None, None]
        seen = np.concatenate([flat, np.ones_like(flat[..., :1])], -1) @ turn
        rays[there] = seen[..., :2] / np.maximum(seen[..., 2:], 0.05)
        shape[there] = pose(found.xyz.double(), torch.from_numpy(half)).numpy() @ turn
        spread[there], sure[there] = found.spread.numpy() * half[:, None], found.sure.numpy()
    return rays, shape, spread, sure
