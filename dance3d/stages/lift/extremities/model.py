"""The net of the extremities: temporal convolutions over what is seen of a limb, one set of layers per kind of limb."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.stages.lift.extremities.features import POINTS, width

FPS = 30.0
"""Frames per second that the net reads."""
_DILATIONS = (1, 3, 9)


class _Tcn(nn.Module):
    """Residual dilated convolutions over a sequence of features; answers for every frame."""

    def __init__(self, features: int, channels: int, points: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Conv1d(features, channels, 1)
        self.layers = nn.ModuleList(nn.Conv1d(channels, channels, 3, dilation=d) for d in _DILATIONS)
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in _DILATIONS)
        self.mixes = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in _DILATIONS)
        self.leave = nn.Conv1d(channels, 3 * points, 1)
        self.points, self.dropout = points, dropout

    def forward(self, features: Tensor) -> Tensor:
        x = self.enter(features.transpose(1, 2))
        for dilation, layer, norm, mix in zip(_DILATIONS, self.layers, self.norms, self.mixes, strict=True):
            around = functional.gelu(layer(functional.pad(x, (dilation, dilation), mode="replicate")))
            x = x + functional.dropout(mix(norm(around)), self.dropout, self.training)
        return torch.unflatten(self.leave(x).transpose(1, 2), -1, (self.points, 3))


class ExtremityNet(nn.Module):
    """Directions of a limb's points, in the frame of ``features``.

    Args:
        channels: of the layers.
        dropout: share of a layer's answers dropped in training.
    """

    def __init__(self, channels: int = 96, dropout: float = 0.1) -> None:
        super().__init__()
        self.config: dict[str, Any] = {"channels": channels, "dropout": dropout}
        self.kinds = nn.ModuleDict(
            {kind: _Tcn(width(kind), channels, points, dropout) for kind, points in POINTS.items()}
        )

    def forward(self, features: Tensor, kind: str) -> Tensor:
        """(B, T, F) features of limbs of one kind to (B, T, P, 3) unit vectors."""
        return functional.normalize(self.kinds[kind](features).float(), dim=-1)


@torch.no_grad()
def run(net: ExtremityNet, features: Tensor, kind: str) -> Tensor:
    """(T, P, 3) on the CPU, for one sequence.

    Args:
        net: in evaluation mode.
        features: (T, F) of a limb.
        kind: of the limb.
    """
    found: Tensor = net(features[None].to(next(net.parameters()).device), kind)
    return found[0].cpu()
