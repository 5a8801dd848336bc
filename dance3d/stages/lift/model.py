"""The lifter: a temporal convolutional net that reads keypoints and gives the body around its pelvis.

Letters: B batch, T frames, J joints. It sees every frame from a virtual camera that looks straight at the pelvis, with
the person brought to one size, so that neither place in the picture nor picture size matters. Structure after Pavllo et
al., "3D human pose estimation in video with temporal convolutions and semi-supervised training", CVPR 2019, section 3;
without batch statistics, so that whole chunks train at once, and with convolutions as matrix products, which a CPU does
fastest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.skeleton import H36M17

JOINTS = len(H36M17.joints)
FEATURES = JOINTS * 3 + 1
SIZE_WINDOW = 61
"""Frames over which a person's size in the picture is averaged."""
_PELVIS = H36M17.index("pelvis")
_METRES = 0.5  # typical root mean square distance of the joints from the pelvis
_SMOOTH = (0.0, 1.5, 4.0)  # frames, widths of the smoothed pictures that the net chooses from
_TYPICAL_SIZE = 0.1  # root mean square distance of the joints from the pelvis, of a person 5 m away, as a tangent


class Encoded(NamedTuple):
    """What the net reads, and how to turn its answer back.

    Attributes:
        features: (B, T, 3 J + 1): per joint x, y and presence, then the logarithm of the person's size.
        rotation: (B, T, 3, 3) from the camera frame to the virtual camera's.
    """

    features: Tensor
    rotation: Tensor


def encode(rays: Tensor, present: Tensor) -> Encoded:
    """Turn keypoints into what the net reads.

    Args:
        rays: (B, T, J, 2) tangents (x/z, y/z) in the camera frame, finite wherever ``present``; the pelvis' always.
        present: (B, T, J) bool, false where a keypoint is missing.
    """
    pelvis = rays[..., _PELVIS : _PELVIS + 1, :]
    rotation = toward(pelvis[..., 0, :])
    shown = torch.where(present[..., None], rays, pelvis)
    turned = torch.cat([shown, torch.ones_like(shown[..., :1])], -1) @ rotation.transpose(-1, -2)
    flat = turned[..., :2] / turned[..., 2:].clamp_min(0.05)
    size = _size(flat, present)
    flat = (flat / size[..., None, None]).clamp(-8, 8) * present[..., None]
    per_joint = torch.cat([flat, present[..., None].to(flat.dtype)], -1).flatten(-2)
    return Encoded(torch.cat([per_joint, (size / _TYPICAL_SIZE).log()[..., None]], -1), rotation)


def toward(ray: Tensor) -> Tensor:
    """(..., 3, 3) rotation into a camera that looks along ``ray`` (..., 2), a tangent, and is level with this one."""
    forward = functional.normalize(torch.cat([ray, torch.ones_like(ray[..., :1])], -1), dim=-1)
    x, _, z = forward.unbind(-1)
    right = functional.normalize(torch.stack([z, torch.zeros_like(x), -x], -1), dim=-1)
    return torch.stack([right, torch.linalg.cross(forward, right), forward], -2)


def _size(flat: Tensor, present: Tensor) -> Tensor:
    """(B, T) root mean square distance of the present joints from the pelvis, averaged over time."""
    seen = present.sum(-1).clamp_min(1)
    square = ((flat**2).sum(-1) * present).sum(-1) / seen
    weight = (present.sum(-1) > 1).to(flat.dtype)
    pooled = [
        functional.avg_pool1d(a[:, None], SIZE_WINDOW, 1, SIZE_WINDOW // 2, count_include_pad=False)[:, 0]
        for a in (square.clamp_max(4.0) * weight, weight)
    ]
    return (pooled[0] / pooled[1].clamp_min(1e-6)).sqrt().clamp_min(1e-3)


class _Convolution(nn.Linear):
    """Valid dilated convolution over time as one matrix product. (B, T, C) to (B, T - (taps - 1) dilation, D)."""

    def __init__(self, inputs: int, outputs: int, taps: int, dilation: int) -> None:
        super().__init__(inputs * taps, outputs)
        self.taps, self.dilation = taps, dilation

    def forward(self, x: Tensor) -> Tensor:
        """Gather the taps of every frame side by side and multiply."""
        frames = x.shape[1] - (self.taps - 1) * self.dilation
        taps = [x[:, k * self.dilation : k * self.dilation + frames] for k in range(self.taps)]
        return super().forward(torch.cat(taps, -1))


class _Block(nn.Module):
    """Residual block: norm, dilated convolution, then a matrix per frame; the residual is the middle of the input."""

    def __init__(self, width: int, taps: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.convolution = _Convolution(width, width, taps, dilation)
        self.mix = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.mix.weight)  # a block begins as the identity
        nn.init.zeros_(self.mix.bias)
        self.pad = (taps - 1) * dilation // 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to (B, T - 2 pad, C)."""
        y = self.dropout(functional.gelu(self.convolution(self.norm(x)), approximate="tanh"))
        out: Tensor = x[:, self.pad : x.shape[1] - self.pad] + self.mix(y)
        return out


class Lifter(nn.Module):
    """(B, T, 3 J + 1) features to (B, T - receptive + 1, J, 3) metres around the pelvis, virtual camera frame.

    Args:
        width: channels.
        taps: filter widths, odd; their product is the receptive field.
        dropout: share of channels dropped in training.

    Raises:
        ValueError: a filter width that is even or below 1.
    """

    def __init__(self, width: int = 512, taps: Sequence[int] = (3, 3, 3), dropout: float = 0.1) -> None:
        super().__init__()
        if not taps or any(t < 1 or t % 2 == 0 for t in taps):
            raise ValueError(f"taps are {list(taps)}, expected odd numbers of at least 1")
        self.config: dict[str, Any] = {"width": width, "taps": list(taps), "dropout": dropout}
        self.enter = _Convolution(FEATURES, width, taps[0], 1)
        dilations = [int(torch.tensor(taps[:i]).prod()) for i in range(1, len(taps))]
        self.blocks = nn.ModuleList(_Block(width, t, d, dropout) for t, d in zip(taps[1:], dilations, strict=True))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, JOINTS * (3 + len(_SMOOTH)))
        self.receptive = int(torch.tensor(taps).prod())
        nn.init.normal_(self.leave.weight, std=0.02)
        nn.init.zeros_(self.leave.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Lift the frames that have full context on both sides."""
        x = functional.gelu(self.enter(features), approximate="tanh")
        for block in self.blocks:
            x = block(x)
        pose: Tensor = self.leave(self.norm(x)).float()
        pose = pose.view(*pose.shape[:2], JOINTS, 3 + len(_SMOOTH))
        # The picture is the first guess of x and y, smoothed as the net sees fit; the net adds depth and the rest.
        guess = (self._smoothed(features.float()) * pose[..., 3:, None].softmax(-2)).sum(-2)
        pose = torch.cat([pose[..., :2] + guess * _METRES, pose[..., 2:3]], -1)
        return pose - pose[..., _PELVIS : _PELVIS + 1, :]

    def _smoothed(self, features: Tensor) -> Tensor:
        """(B, T, 3 J + 1) to (B, T - receptive + 1, J, S, 2): every keypoint's Gaussian means over time."""
        pad = (self.receptive - 1) // 2
        at = torch.arange(-pad, pad + 1, device=features.device)
        kernels = [torch.exp(-0.5 * (at / sigma) ** 2) if sigma else (at == 0).float() for sigma in _SMOOTH]
        batch, frames = features.shape[:2]
        flat = features[..., :-1].transpose(1, 2).reshape(-1, 1, frames)  # missing keypoints are 0 in all three
        with torch.autocast(flat.device.type, enabled=False):
            total = functional.conv1d(flat, torch.stack(kernels)[:, None])
        x, y, weight = total.view(batch, JOINTS, 3, len(_SMOOTH), -1).unbind(2)
        mean = torch.stack([x, y], -1) / weight[..., None].clamp_min(1e-3)
        return mean.permute(0, 3, 1, 2, 4)
