"""The detector: an hourglass net with group norms from a masked picture to joints in 3D."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.geometry.precision import in_full_precision
from dance3d.masks.raster import pixels
from dance3d.skeleton import H36M17

JOINTS = len(H36M17.joints)
CHANNELS = 4
"""Red, green, blue of the person on black, and the mask."""
CELLS = 16
"""Cells of the heatmap along x and y for any size of the picture: larger pictures are halved more often on entry."""
_PELVIS = H36M17.index("pelvis")
_NEAR = 0.1  # chosen, metres: least depth
_GROUP = 16  # chosen: channels per group of the group norms


class PosePrediction(NamedTuple):
    """Joints of B pictures.

    Attributes:
        xyz: (B, 17, 3) x right and y down from -1 to 1 across the picture, z away from the camera from the pelvis
            in the same unit.
        spread: (B, 17) standard deviation of the heatmaps along x and y, same unit.
        shares: the heatmaps' marginals along x, y and z, (B, 17, N) each; cells fill -1..1.
    """

    xyz: Tensor
    spread: Tensor
    shares: tuple[Tensor, Tensor, Tensor]


def prepare(image: Tensor, mask: Tensor) -> Tensor:
    """The net's input: (..., S, S, 3) bytes and (..., S, S) masks to (..., 4, S, S) floats 0..1 on black."""
    person = mask.unsqueeze(-1).float()
    return torch.cat([image.float() / 255 * person, person], -1).movedim(-1, -3)


@in_full_precision
def pose(xyz: Tensor, half: Tensor) -> Tensor:
    """Outputs of the net as poses in the crop's camera, in units of the pelvis's depth, relative to the pelvis.

    Args:
        xyz: (..., 17, 3) as in ``PosePrediction``.
        half: (...,) tangent of half the picture's angle: its size over twice its focal length.

    Returns:
        (..., 17, 3).
    """
    h = half[..., None]
    depth = 1 + h * xyz[..., 2]
    place = torch.stack([h * xyz[..., 0] * depth, h * xyz[..., 1] * depth, depth], -1)
    return place - place[..., _PELVIS : _PELVIS + 1, :]


@in_full_precision
def net_targets(world: Tensor, extrinsics: Tensor, half: Tensor) -> Tensor:
    """Targets of the net for a body in the world; the inverse of ``pose``.

    Args:
        world: (..., 17, 3) metres.
        extrinsics: (..., 3, 4) world to camera, metres.
        half: (...,) tangent of half the picture's angle.

    Returns:
        (..., 17, 3); joints behind the camera, or nearer than 0.1 m, count as that far before it.
    """
    local = world @ extrinsics[..., :3].transpose(-1, -2) + extrinsics[..., None, :, 3]
    depth, h = local[..., 2].clamp_min(_NEAR), half[..., None]
    away = (depth / depth[..., _PELVIS : _PELVIS + 1] - 1) / h
    return torch.stack([local[..., 0] / depth / h, local[..., 1] / depth / h, away], -1)


class HourglassBlock(nn.Module):
    """A residual block: two 3 x 3 convolutions, each after a group norm."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        middle = max(_GROUP, outputs // 2)
        self.body = nn.Sequential(
            nn.GroupNorm(max(1, inputs // _GROUP), inputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(inputs, middle, 3, padding=1, bias=False),
            nn.GroupNorm(max(1, middle // _GROUP), middle),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle, outputs, 3, padding=1),
        )
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H, W)."""
        out: Tensor = self.skip(x) + self.body(x)
        return out


class Hourglass(nn.Module):
    """An hourglass: down to a few cells and up again, with a skip connection at every size.

    Source: Newell et al., Stacked Hourglass Networks, ECCV 2016, section 3.1.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.beside, self.down, self.up = (HourglassBlock(width, width) for _ in range(3))
        self.inner: nn.Module = Hourglass(width, depth - 1) if depth > 1 else HourglassBlock(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W), H and W divisible by 2 ** depth, to the same."""
        low = self.up(self.inner(self.down(functional.max_pool2d(x, 2))))
        out: Tensor = self.beside(x) + functional.interpolate(low, scale_factor=2.0, mode="nearest")
        return out


class HourglassNet(nn.Module):
    """Masked picture to joints in 3D, by the mean position in a 3D heatmap.

    Group norms instead of batch norms: batch statistics blur the cues for left and right (Mask as Supervision).

    Args:
        size: of the pictures, pixels: a power of two, 64 or more.
        width: channels of the hourglass, a multiple of 16.
        stacks: hourglasses one after the other.
        depth: cells of the heatmap along z.

    Raises:
        ValueError: a size or width that does not fit.

    Source: Yang et al., Mask as Supervision, ECCV 2024, section 3; integral regression after Sun et al., ECCV 2018.
    """

    def __init__(self, size: int = 64, width: int = 128, stacks: int = 1, depth: int = 16) -> None:
        super().__init__()
        if size < 4 * CELLS or size & (size - 1):
            raise ValueError(f"size is {size} pixels, expected a power of two, {4 * CELLS} or more")
        if width < 16 or width % 16:
            raise ValueError(f"width is {width} channels, expected a multiple of 16")
        self.config: dict[str, Any] = {"size": size, "width": width, "stacks": stacks, "depth": depth}
        narrow = width // 2
        first = narrow // 2 if size > CELLS * 4 else narrow
        halvings: list[nn.Module] = [nn.Conv2d(CHANNELS, first, 5, stride=2, padding=2)]
        for _ in range((size // (CELLS * 4)).bit_length() - 1):
            halvings += [nn.ReLU(inplace=True), nn.Conv2d(first, narrow, 3, stride=2, padding=1)]
            first = narrow
        self.stem = nn.Sequential(
            *halvings,
            HourglassBlock(narrow, narrow),
            nn.MaxPool2d(2),
            HourglassBlock(narrow, width),
        )
        self.glasses = nn.ModuleList(Hourglass(width, CELLS.bit_length() - 2) for _ in range(stacks))
        self.head = nn.Sequential(
            HourglassBlock(width, width),
            nn.GroupNorm(width // _GROUP, width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, JOINTS * depth, 1),
        )

    def forward(self, pictures: Tensor) -> PosePrediction:
        """Joints of (B, 4, S, S) pictures from ``prepare``.

        Raises:
            ValueError: pictures of another size.
        """
        size, depth = self.config["size"], self.config["depth"]
        if pictures.shape[1:] != (CHANNELS, size, size):
            raise ValueError(f"pictures have shape {tuple(pictures.shape)}, expected (B, {CHANNELS}, {size}, {size})")
        features = self.stem(pictures)
        for glass in self.glasses:
            features = glass(features)
        heat = self.head(features).float().unflatten(1, (JOINTS, depth))  # (B, J, D, H, W)
        heat = heat.flatten(2).softmax(-1).view_as(heat)
        across, down, away = heat.sum((2, 3)), heat.sum((2, 4)), heat.sum((3, 4))
        (x, vx), (y, vy), (z, _) = _mean(across), _mean(down), _mean(away)
        z = z - z[:, _PELVIS : _PELVIS + 1]
        return PosePrediction(torch.stack([x, y, z], -1), (vx + vy).clamp_min(1e-6).sqrt(), (across, down, away))


def _mean(share: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance (B, J) of marginals (B, J, N) over cells from -1 to 1."""
    at = pixels(share.shape[-1], share)
    mean = (share * at).sum(-1)
    return mean, (share * (at - mean[..., None]).square()).sum(-1)


class ShapePrior(nn.Module):
    """Skeleton mask to body mask: a light U-Net (the shape prior network, equation 6).

    Args:
        width: channels at full size.
        levels: how often it halves the picture.
    """

    def __init__(self, width: int = 16, levels: int = 3) -> None:
        super().__init__()
        wide = [width * 2**n for n in range(levels + 1)]
        self.enter = nn.Conv2d(1, wide[0], 3, padding=1)
        self.down = nn.ModuleList(_step(a, b, 2) for a, b in pairwise(wide))
        self.up = nn.ModuleList(_step(a + b, b, 1) for a, b in zip(wide[:0:-1], wide[-2::-1], strict=True))
        self.leave = nn.Conv2d(wide[0], 1, 3, padding=1)

    def forward(self, skeleton: Tensor) -> Tensor:
        """(B, S, S) skeleton masks to (B, S, S) logits of body masks."""
        x = self.enter(skeleton[:, None])
        passed = [x]
        for step in self.down:
            passed.append(step(passed[-1]))
        x = passed.pop()
        for step in self.up:
            beside = passed.pop()
            x = step(torch.cat([functional.interpolate(x, size=beside.shape[-2:], mode="nearest"), beside], 1))
        logits: Tensor = self.leave(x)[:, 0].float()
        return logits


def _step(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(max(1, outputs // _GROUP), outputs),
        nn.LeakyReLU(0.1, inplace=True),
    )
