"""The movement net as an ONNX file, for programs without torch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from dance3d.skeleton import H36M17
from dance3d.stages.motion.model import REACH, MotionNet
from dance3d.stages.motion.part_features import FPS, PartFrames
from dance3d.stages.motion.predict import load
from dance3d.stages.onnx_files import need_onnx, write_onnx

_EXAMPLE = 12  # frames, chosen: any number will do afterwards


class _Probabilities(nn.Module):
    """The net with its calibration, in float32: not every runtime computes in float64."""

    def __init__(self, net: MotionNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, joints: Tensor, hints: Tensor) -> tuple[Tensor]:
        """(B, T, 17, C) joints and (B, T, M) hints to (B, T, M) probabilities."""
        logits = self.net(joints, hints)[0] if self.net.config["encoder"] == "tcn" else self._by_parts(joints, hints)
        return ((self.net.apply_rules(logits, hints) * self.net.slope + self.net.shift).sigmoid(),)

    def _by_parts(self, joints: Tensor, hints: Tensor) -> Tensor:
        """The same as the net's own ``forward`` of LSTMs, which writes into columns, as ONNX cannot."""
        net, found, columns = self.net, [], []
        seen = PartFrames(joints, net.config["dims"])
        for part, recogniser in net.parts.items():
            features = seen.part(part)
            hinted = torch.cat([features, hints[..., net.columns[part]]], -1) if net.config["hints"] else features
            found.append(recogniser(hinted)[0])
            columns += net.columns[part]
        found.append(torch.zeros_like(found[0][..., :1]))  # for a type of no part
        at = [columns.index(n) if n in columns else len(columns) for n in range(len(net.names))]
        out = torch.cat(found, -1)[..., at]
        return out + net.trust * hints if net.config["hints"] else out


def export_onnx(weights: Path, path: Path) -> None:
    """Write the net of a weights file as ONNX.

    Its inputs are ``joints`` (N, T, 17, C) float32, in body scales, y up, the floor at 0, then each joint's jitter and,
    in space, its error bar, 30 frames/s, and ``hints`` (N, T, M) float32, 0 to 1, what the rules say;
    ``stages.motion.encode`` makes both. Its output is ``prob`` (N, T, M), a probability of every movement and word in
    the order of ``labels`` in the metadata, where ``least`` holds the probabilities from which they count. Any N and T.

    Args:
        weights: file of the stage.
        path: of the ONNX file.

    Raises:
        ValueError: the package onnx is not installed, or the weights cannot be read.
    """
    need_onnx()
    net = load(weights)
    dims, convolved = int(net.config["dims"]), net.config["encoder"] == "tcn"
    told = {
        "stage": "motion",
        "units": "joints: body scales, y up, the floor at 0, then jitter and error bar; hints, prob: 0 to 1",
        "fps": FPS,
        "labels": [*net.names, *net.words],
        "least": [round(value, 6) for value in net.probability(net.least).tolist()],
        "frames_before": REACH if convolved else "all",
        "frames_after": REACH if convolved else 1,
        "receptive_field": 2 * REACH + 1 if convolved else "all frames before",
        "reads_hints": bool(net.config["hints"]),
    }
    joints = torch.zeros(2, _EXAMPLE, len(H36M17.joints), dims + net.doubts)
    hints = torch.zeros(2, _EXAMPLE, net.width)
    axes = dict.fromkeys(("joints", "hints", "prob"), ("N", "T"))
    write_onnx(_Probabilities(net), path, {"joints": joints, "hints": hints}, axes, told, weights)
