"""The keypoint net as an ONNX file, for programs without torch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from dance3d.stages.keypoints.inference import load
from dance3d.stages.keypoints.model import KeypointNet
from dance3d.stages.onnx_files import need_onnx, write_onnx

INPUT, OUTPUTS = "pictures", ("xy", "score")


class _TupleOutputs(nn.Module):
    """The net with a tuple of outputs, as ONNX needs."""

    def __init__(self, net: KeypointNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        found = self.net(pictures)
        return found.xy, found.score


def export_onnx(weights: Path, path: Path) -> None:
    """Write the net of a weights file as ONNX.

    Its input is ``pictures`` (N, 3, S, S), float32 RGB 0 to 1; its outputs are ``xy`` (N, 17, 2), from -1 to 1
    across the picture, x right and y down, and ``score`` (N, 17), joints in the order of ``skeleton.H36M17``. Any N.

    Args:
        weights: file of the stage.
        path: of the ONNX file.

    Raises:
        ValueError: the package onnx is not installed, or the weights cannot be read.
    """
    need_onnx()
    net = load(weights).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    size = int(net.config["size"])
    told = {
        "stage": "keypoints",
        "units": "pictures: RGB from 0 to 1; xy: -1 to 1 across the picture, x right, y down; score: 0 to 1",
    }
    inputs = {INPUT: torch.zeros(2, 3, size, size)}
    write_onnx(_TupleOutputs(net), path, inputs, dict.fromkeys((INPUT, *OUTPUTS), ("N",)), told, weights)
