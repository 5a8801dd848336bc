"""The keypoint net as an ONNX file, for programs without torch."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning

from dance3d.stages.keypoints.inference import load
from dance3d.stages.keypoints.model import KeypointNet

OPSET = 17
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
    if find_spec("onnx") is None:
        raise ValueError("writing ONNX needs the package onnx, which is not installed: pip install 'dance3d[onnx]'")
    net = load(weights).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    size = int(net.config["size"])
    with warnings.catch_warnings(), torch.no_grad():
        # torch's newer exporter needs onnxscript; the warnings about shapes come from the net's own check
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=TracerWarning)
        torch.onnx.export(
            _TupleOutputs(net).eval(),
            (torch.zeros(2, 3, size, size),),
            path,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "N"} for name in (INPUT, *OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )
