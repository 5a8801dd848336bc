"""The genre net as an ONNX file, for programs without torch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from dance3d.movement_types import NAMES
from dance3d.stages.genre.features import BLOCKS, JOINTS, STEP
from dance3d.stages.genre.model import GenreNet, open_set_scores
from dance3d.stages.genre.predict import load
from dance3d.stages.genre.windows import STEPS, WINDOW
from dance3d.stages.onnx_files import need_onnx, write_onnx


class _Answers(nn.Module):
    """The net with its calibration, in float32: not every runtime computes in float64."""

    def __init__(self, net: GenreNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, D) features and (B, T) presence to (B, G) probabilities, and (B,) that it is any of the classes."""
        logits = self.net(features, present)
        known = open_set_scores(logits) @ self.net.opening[:-1] + self.net.opening[-1]
        return (logits / self.net.temperature).softmax(-1), known.sigmoid()


def export_onnx(weights: Path, path: Path) -> None:
    """Write the net of a weights file as ONNX.

    Its inputs are ``features`` (N, T, D) float32, a step each tenth of a second as ``stages.genre.features.make`` gives
    them, and ``present`` (N, T) float32, the share of the step in which somebody is seen. Its outputs are ``prob``
    (N, G) of the ``classes`` in the metadata, and ``known`` (N,), the probability that the dance is any of them. Any N
    and T; it was trained on windows of 50 steps, of which a shorter one is padded with absence at its start.

    Args:
        weights: file of the stage.
        path: of the ONNX file.

    Raises:
        ValueError: the package onnx is not installed, or the weights cannot be read.
    """
    need_onnx()
    net = load(weights)
    told = {
        "stage": "genre",
        "units": "features: of stages.genre.features; present: 0 to 1; prob, known: 0 to 1",
        "classes": list(net.classes),
        "step_seconds": STEP,
        "window_seconds": WINDOW,
        "receptive_field": STEPS,
        "blocks": {name: [block.start, block.stop] for name, block in BLOCKS.items()},
        "movements": list(NAMES),
        "pose3d": [f"{joint}.{axis}" for joint in JOINTS for axis in ("left", "up", "forward")] + ["turn"],
    }
    inputs = {"features": torch.zeros(2, STEPS, net.inputs), "present": torch.ones(2, STEPS)}
    axes = {"features": ("N", "T"), "present": ("N", "T"), "prob": ("N",), "known": ("N",)}
    write_onnx(_Answers(net), path, inputs, axes, told, weights)
