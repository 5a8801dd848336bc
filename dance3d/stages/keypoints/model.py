"""The keypoint net: from a picture of one person to 17 joints and their visibility."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.masks.raster import pixels
from dance3d.skeleton import H36M17

JOINTS = len(H36M17.joints)
_STRIDE = 32  # pixels: the net halves a picture five times
_PEAK_RADIUS = 1.5  # chosen: cells around a heatmap's peak over which the position is averaged


class KeypointPrediction(NamedTuple):
    """Joints of B pictures.

    Attributes:
        xy: (B, 17, 2) x right and y down, from -1 to 1 across the picture.
        score: (B, 17) 0..1: probability that the joint is visible, times the heatmap's mass around its peak.
        seen: (B, 17) logits of that probability alone.
        heat: (B, 17, H, W) logarithms of the heatmaps, each of which sums to 1.
    """

    xy: Tensor
    score: Tensor
    seen: Tensor
    heat: Tensor


def prepare(image: Tensor) -> Tensor:
    """The net's input: (..., S, S, 3) bytes to (..., 3, S, S) floats 0..1."""
    return image.movedim(-1, -3).float() / 255


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a residual."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_conv(width, width), nn.ReLU(inplace=True), *_conv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        return functional.relu(x + self.body(x))


class KeypointNet(nn.Module):
    """A residual net down to a thirty-second of the picture and up again to an eighth, with heatmaps at a quarter.

    Batch norms fold into the convolutions on export. Each feature cell gives four cells of the heatmaps (pixel
    shuffle), which costs less than features at that size.

    Args:
        size: of the square pictures, pixels: a multiple of 32.
        width: channels at a quarter of the size; twice and four times as many below.
        depth: residual blocks at each size.

    Raises:
        ValueError: a size, width or depth that does not fit.

    Source: Xiao et al., Simple Baselines for Human Pose Estimation and Tracking, ECCV 2018; lateral connections after
        Lin et al., Feature Pyramid Networks, CVPR 2017.
    """

    def __init__(self, size: int = 128, width: int = 32, depth: int = 1) -> None:
        super().__init__()
        if size < _STRIDE or size % _STRIDE:
            raise ValueError(f"size is {size} pixels, expected a multiple of {_STRIDE}")
        if width < 8 or width % 2 or depth < 1:
            raise ValueError(f"width is {width} and depth {depth}, expected an even 8 or more and 1 or more")
        self.config: dict[str, Any] = {"size": size, "width": width, "depth": depth}
        half, *wide = width // 2, width, 2 * width, 4 * width, 4 * width
        self.stem = nn.Sequential(
            *_conv(3, half, 2), nn.ReLU(inplace=True), *_conv(half, width, 2), nn.ReLU(inplace=True)
        )
        self.down = nn.ModuleList(
            nn.Sequential(*_conv(a, b, 2), nn.ReLU(inplace=True), *(ResidualBlock(b) for _ in range(depth)))
            for a, b in pairwise(wide)
        )
        narrow = 2 * width
        self.beside = nn.ModuleList(nn.Conv2d(channels, narrow, 1) for channels in wide[1:])
        self.up = nn.ModuleList(nn.Sequential(*(ResidualBlock(narrow) for _ in range(depth))) for _ in wide[2:])
        self.head = nn.Conv2d(narrow, 4 * JOINTS, 1)
        self.sight = nn.Linear(wide[-1], JOINTS)

    def forward(self, pictures: Tensor) -> KeypointPrediction:
        """Joints of (B, 3, S, S) pictures from ``prepare``.

        Raises:
            ValueError: pictures of another size.
        """
        size = self.config["size"]
        if pictures.shape[1:] != (3, size, size):
            raise ValueError(f"pictures have shape {tuple(pictures.shape)}, expected (B, 3, {size}, {size})")
        x, passed = self.stem(4 * pictures - 2), []
        for step in self.down:
            x = step(x)
            passed.append(x)
        seen = self.sight(x.mean((2, 3))).float()
        y = self.beside[-1](x)
        for number in range(len(self.up) - 1, -1, -1):
            y = functional.interpolate(y, scale_factor=2.0, mode="nearest") + self.beside[number](passed[number])
            y = self.up[number](y)
        heat = functional.pixel_shuffle(self.head(y), 2).float()
        heat = heat.flatten(2).log_softmax(-1).view_as(heat)
        xy, share = peak(heat.exp())
        return KeypointPrediction(xy, seen.sigmoid() * share, seen, heat)


def peak(heat: Tensor) -> tuple[Tensor, Tensor]:
    """Positions (..., 2) of the peaks of heatmaps (..., H, W) that sum to 1, by the local mean; and its mass (...).

    The mean over a whole heatmap would fall between two likely positions, such as two wrists.
    """
    high, wide = heat.shape[-2:]
    best = functional.avg_pool2d(heat, 3, 1, 1).flatten(-2).argmax(-1, keepdim=True)
    rows, columns = torch.arange(high, device=heat.device), torch.arange(wide, device=heat.device)
    down = ((rows - best // wide).abs() <= _PEAK_RADIUS).to(heat.dtype)
    across = ((columns - best % wide).abs() <= _PEAK_RADIUS).to(heat.dtype)
    near = heat * down[..., :, None] * across[..., None, :]
    share = near.sum((-2, -1))
    x = (near.sum(-2) * pixels(wide, heat)).sum(-1)
    y = (near.sum(-1) * pixels(high, heat)).sum(-1)
    return torch.stack([x, y], -1) / share[..., None].clamp_min(1e-9), share


def _conv(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
