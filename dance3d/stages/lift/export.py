"""The lifter as an ONNX file, for programs without torch: from keypoints to poses, as ``predict`` runs it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.skeleton import H36M17
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import Lifter, encode
from dance3d.stages.onnx_files import need_onnx, write_onnx

_PELVIS = H36M17.index("pelvis")
_EXAMPLE = 40  # frames, chosen: any number will do afterwards


class _WholeLifter(nn.Module):
    """The net with what stands before and after it: its view, its context, and the mean with the mirror image."""

    def __init__(self, net: Lifter) -> None:
        super().__init__()
        self.net = net

    def forward(self, rays: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, J, 2) tangents and (B, T, J) presence to (B, T, J, 3) metres, and (B, T, J) how far answers differ."""
        swap = H36M17.swap
        straight, rotation = encode(rays, present, self.net.causal)
        mirrored, _ = encode(rays[:, :, swap] * torch.tensor([-1.0, 1.0]), present[:, :, swap], self.net.causal)
        one = self._answers(straight)
        other = self._answers(mirrored)[:, :, swap] * torch.tensor([-1.0, 1.0, 1.0])
        pose = (one + other) / 2 @ rotation
        return pose - pose[:, :, _PELVIS : _PELVIS + 1], (one - other).norm(dim=-1)

    def _answers(self, features: Tensor) -> Tensor:
        padded = functional.pad(features.transpose(1, 2), self.net.context, mode="replicate").transpose(1, 2)
        return self.net.dense(padded)


def export_onnx(weights: Path, path: Path) -> None:
    """Write the net of a weights file as ONNX.

    Its inputs are ``rays`` (N, T, 17, 2) float32, the keypoints as tangents (x - cx) / fx and (y - cy) / fy, finite
    also where a joint is missing, and ``present`` (N, T, 17) bool. Its outputs are ``xyz`` (N, T, 17, 3), metres around
    the pelvis in the camera's frame, x right, y down, z away, and ``apart`` (N, T, 17), metres by which the answers for
    the picture and its mirror image differ. Any N and T.

    Args:
        weights: file of the stage.
        path: of the ONNX file.

    Raises:
        ValueError: the package onnx is not installed, or the weights are not those of the stage's own net.
    """
    need_onnx()
    net = load(weights)
    if not isinstance(net, Lifter):
        raise ValueError(f"{weights} holds a net of VideoPose3D; ONNX is written of dance3d's own lifter")
    joints = len(H36M17.joints)
    told = {
        "stage": "lift",
        "units": "rays: tangents, x right, y down; xyz: metres around the pelvis, x right, y down, z away from the "
        "camera; apart: metres",
        "fps": net.fps,
        "frames_before": net.context[0],
        "frames_after": net.context[1],
        "receptive_field": net.receptive,
        "proportions": "those of the mean body" if net.trained_proportions else "as seen",
    }
    inputs = {"rays": torch.zeros(2, _EXAMPLE, joints, 2), "present": torch.ones(2, _EXAMPLE, joints, dtype=torch.bool)}
    axes = dict.fromkeys(("rays", "present", "xyz", "apart"), ("N", "T"))
    write_onnx(_WholeLifter(net), path, inputs, axes, told, weights)
