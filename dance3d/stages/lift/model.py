"""The lifter: a temporal convolutional net from keypoints to the body around its pelvis.

Letters: B batch, T frames, J joints. The net sees every frame from a virtual camera that looks straight at the pelvis,
with the person scaled to one size, so that neither position nor size in the image matters. The structure follows Pavllo
et al., "3D human pose estimation in video with temporal convolutions and semi-supervised training", CVPR 2019, section
3; it has no batch statistics, so that whole chunks train at once, and computes convolutions as matrix products, which
is fastest on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.contracts import Camera
from dance3d.geometry.precision import full_precision, in_full_precision
from dance3d.skeleton import H36M17
from dance3d.stages.lift.nets.temporal import Temporal, answered_frames, convolve

JOINTS = len(H36M17.joints)
FEATURES = JOINTS * 3 + 1
SIZE_WINDOW = 61
"""Frames, chosen: over which a person's size in the image is averaged."""
_PELVIS = H36M17.index("pelvis")
_METRES = 0.5  # chosen: typical root mean square distance of the joints from the pelvis
_SMOOTH = (0.0, 1.5, 4.0)  # frames, chosen: Gaussian widths of the smoothed keypoints that the net mixes
_REACH = int(5 * max(_SMOOTH))  # frames at which the Gaussians are cut off
_TYPICAL_SIZE = 0.1  # root mean square distance of the joints from the pelvis, of a person 5 m away, as a tangent


class Encoded(NamedTuple):
    """Input of the net, and the rotation that its output needs.

    Attributes:
        features: (B, T, 3 J + 1): per joint x, y and presence, then the logarithm of the person's size.
        rotation: (B, T, 3, 3) from the camera frame to the virtual camera's.
    """

    features: Tensor
    rotation: Tensor


@in_full_precision
def encode(rays: Tensor, present: Tensor, causal: bool = False) -> Encoded:
    """Convert keypoints to the net's input.

    Args:
        rays: (B, T, J, 2) tangents (x/z, y/z) in the camera frame, finite wherever ``present``; always finite for the
            pelvis.
        present: (B, T, J) bool, false where a keypoint is missing.
        causal: measure the person's size in past frames only.
    """
    flat, rotation = to_virtual_camera(rays, present)
    before = SIZE_WINDOW - 1 if causal else SIZE_WINDOW // 2
    around = (before, SIZE_WINDOW - 1 - before)
    square, weight = (
        functional.avg_pool1d(functional.pad(part, around)[:, None], SIZE_WINDOW, 1)[:, 0]
        for part in mean_square_size(flat, present)
    )
    return Encoded(joint_features(flat, present, square, weight), rotation)


@in_full_precision
def to_virtual_camera(rays: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """(..., J, 2) tangents in the virtual camera, missing ones at the pelvis, and its (..., 3, 3) rotation."""
    pelvis = rays[..., _PELVIS : _PELVIS + 1, :]
    rotation = rotation_toward(pelvis[..., 0, :])
    shown = torch.where(present[..., None], rays, pelvis)
    turned = torch.cat([shown, torch.ones_like(shown[..., :1])], -1) @ rotation.transpose(-1, -2)
    return turned[..., :2] / turned[..., 2:].clamp_min(0.05), rotation


def mean_square_size(flat: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """Mean square distance of the present joints from the pelvis.

    Args are (..., J, 2) tangents and (..., J) presence. Returns (...) means times their weight, and the weight: 1 where
    two joints or more are present, else 0.
    """
    seen = present.sum(-1)
    weight = (seen > 1).to(flat.dtype)
    square = ((flat**2).sum(-1) * present).sum(-1) / seen.clamp_min(1)
    return square.clamp_max(4.0) * weight, weight


def joint_features(flat: Tensor, present: Tensor, square: Tensor, weight: Tensor) -> Tensor:
    """Features of every joint, scaled by the person's size.

    Args:
        flat: (..., J, 2) tangents in the virtual camera.
        present: (..., J) bool, false where a keypoint is missing.
        square: (...) mean over time of the weighted squares of ``mean_square_size``.
        weight: (...) mean over time of its weights.

    Returns:
        (..., 3 J + 1) as in ``Encoded``.
    """
    size = (square / weight.clamp_min(1e-6)).sqrt().clamp_min(1e-3)
    flat = (flat / size[..., None, None]).clamp(-8, 8) * present[..., None]
    per_joint = torch.cat([flat, present[..., None].to(flat.dtype)], -1).flatten(-2)
    return torch.cat([per_joint, (size / _TYPICAL_SIZE).log()[..., None]], -1)


def rotation_toward(ray: Tensor) -> Tensor:
    """(..., 3, 3) rotation into a level camera that looks along ``ray`` (..., 2), a tangent."""
    forward = functional.normalize(torch.cat([ray, torch.ones_like(ray[..., :1])], -1), dim=-1)
    x, _, z = forward.unbind(-1)
    right = functional.normalize(torch.stack([z, torch.zeros_like(x), -x], -1), dim=-1)
    return torch.stack([right, torch.linalg.cross(forward, right), forward], -2)


class _Block(nn.Module):
    """Residual block: layer norm, convolution over time, then a matrix per frame."""

    def __init__(self, width: int, taps: int, causal: bool, dropout: float) -> None:
        super().__init__()
        self.taps, self.causal = taps, causal
        self.norm = nn.LayerNorm(width)
        self.convolution = nn.Linear(width * taps, width)
        self.mix = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.mix.weight)  # a block begins as the identity
        nn.init.zeros_(self.mix.bias)

    def forward(self, x: Tensor, dilation: int | None) -> Tensor:
        """(B, T, C) to (B, T', C); see ``temporal.convolve``."""
        y = convolve(self.norm(x), self.convolution.weight, self.convolution.bias, self.taps, dilation)
        y = self.dropout(functional.gelu(y, approximate="tanh"))
        out: Tensor = answered_frames(x, self.taps, dilation, self.causal) + self.mix(y)
        return out


class Lifter(Temporal):
    """(B, T, 3 J + 1) features to (B, T - receptive + 1, J, 3) metres around the pelvis, virtual camera frame.

    Args:
        width: channels.
        taps: filter widths, odd; their product is the receptive field.
        dropout: share of channels dropped in training.
        causal: read past frames only.

    Raises:
        ValueError: a filter width that is even or below 1.
    """

    fps: float | None = 30.0
    """Frame rate to which clips are resampled; None: they keep their own."""
    trained_proportions = True
    """Whether it expects bodies with the proportions of ``proportions.KNOWN``."""

    def __init__(
        self, width: int = 512, taps: Sequence[int] = (3, 3, 3), dropout: float = 0.1, causal: bool = False
    ) -> None:
        super().__init__(taps, causal)
        self.config: dict[str, Any] = {"width": width, "taps": list(taps), "dropout": dropout, "causal": causal}
        self.enter = nn.Linear(FEATURES * taps[0], width)
        self.blocks = nn.ModuleList(_Block(width, t, causal, dropout) for t in taps[1:])
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, JOINTS * (3 + len(_SMOOTH)))
        nn.init.normal_(self.leave.weight, std=0.02)
        nn.init.zeros_(self.leave.bias)

    def read(self, rays: Tensor, present: Tensor, camera: Camera) -> Encoded:
        """Input of the net for keypoints; see ``encode``.

        Args:
            rays: (B, T, J, 2) tangents.
            present: (B, T, J) bool.
            camera: not used here, as rays already contain it; other nets need it.
        """
        return encode(rays, present, self.causal)

    def layer(self, number: int, x: Tensor, dilation: int | None) -> Tensor:
        """One layer: the first is a plain convolution, the others are residual blocks.

        Args:
            number: of the layer, from 0.
            x: (B, T, C) input.
            dilation: frames between taps; None for taps side by side without overlap.
        """
        if number > 0:
            out: Tensor = self.blocks[number - 1](x, dilation)
            return out
        y = convolve(x, self.enter.weight, self.enter.bias, self.taps[0], dilation)
        return functional.gelu(y, approximate="tanh")

    def answer(self, x: Tensor, features: Tensor) -> Tensor:
        """The pose: x and y start from smoothed keypoints, and the net adds corrections and depth."""
        pose: Tensor = self.leave(self.norm(x)).float()
        pose = pose.view(*pose.shape[:2], JOINTS, 3 + len(_SMOOTH))
        guess = (self._smoothed(features.float()) * pose[..., 3:, None].softmax(-2)).sum(-2)
        pose = torch.cat([pose[..., :2] + guess * _METRES, pose[..., 2:3]], -1)
        return pose - pose[..., _PELVIS : _PELVIS + 1, :]

    def _smoothed(self, features: Tensor) -> Tensor:
        """(B, T, 3 J + 1) to (B, T - receptive + 1, J, S, 2): every keypoint's Gaussian means over time."""
        before, after = (min(frames, _REACH) for frames in self.context)
        at = torch.arange(-before, after + 1, device=features.device)
        kernels = [torch.exp(-0.5 * (at / sigma) ** 2) if sigma else (at == 0).float() for sigma in _SMOOTH]
        batch, frames = features.shape[:2]
        used = features[:, self.context[0] - before : frames - (self.context[1] - after), :-1]
        flat = used.transpose(1, 2).reshape(-1, 1, used.shape[1])  # missing keypoints are 0 in all three
        with full_precision():
            total = functional.conv1d(flat, torch.stack(kernels)[:, None])
        x, y, weight = total.view(batch, JOINTS, 3, len(_SMOOTH), -1).unbind(2)
        mean = torch.stack([x, y], -1) / weight[..., None].clamp_min(1e-3)
        return mean.permute(0, 3, 1, 2, 4)
