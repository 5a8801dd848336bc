"""Metrics as torchmetrics objects. ``_mm`` in a name says millimetres."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric


def similarity(predicted: Tensor, true: Tensor) -> Tensor:
    """Bring (N, J, 3) ``predicted`` onto ``true`` by scale, rotation without reflection, and translation.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991.
    """
    mean_p, mean_t = predicted.mean(1, keepdim=True), true.mean(1, keepdim=True)
    p, t = predicted - mean_p, true - mean_t
    u, s, vt = torch.linalg.svd(p.transpose(1, 2) @ t)
    sign = torch.linalg.det(u @ vt).sign()
    u = torch.cat([u[..., :-1], u[..., -1:] * sign[:, None, None]], -1)
    s = torch.cat([s[:, :-1], s[:, -1:] * sign[:, None]], -1)
    scale = s.sum(1) / p.square().sum((1, 2)).clamp_min(1e-12)
    out: Tensor = scale[:, None, None] * (p @ (u @ vt)) + mean_t
    return out


def _norm(vectors: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return length


class PoseError(Metric):
    """Mean over frames and joints of a distance in millimetres, of (B, T, J, 3) poses around joint 0, in metres."""

    is_differentiable = False
    higher_is_better = False
    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add sequences (B, T, J, 3).

        Raises:
            ValueError: the shapes differ or are no sequences of poses.
        """
        if predicted.shape != true.shape or predicted.ndim != 4 or predicted.shape[-1] != 3:
            raise ValueError(
                f"poses have shapes {tuple(predicted.shape)} and {tuple(true.shape)}, expected (B, T, J, 3)"
            )
        errors = self._errors(*(a.double() - a[..., :1, :].double() for a in (predicted, true)))
        self.total = self.total + 1000 * errors.sum()
        self.count = self.count + errors.numel()

    def compute(self) -> Tensor:
        """The mean, millimetres."""
        mean: Tensor = self.total / self.count
        return mean.float()

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        raise NotImplementedError


class MPJPE(PoseError):
    """Mean per-joint position error, millimetres."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        return _norm(predicted - true)


class PMPJPE(PoseError):
    """The same after the best similarity transform of every frame."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        flat = true.flatten(0, 1)
        return _norm(similarity(predicted.flatten(0, 1), flat) - flat)


class NMPJPE(PoseError):
    """The same after the best scale of every frame."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        power = predicted.square().sum((-2, -1), keepdim=True).clamp_min(1e-12)
        scale = (predicted * true).sum((-2, -1), keepdim=True) / power
        return _norm(scale * predicted - true)


class MPJVE(PoseError):
    """Mean per-joint error of the step from frame to frame, millimetres per frame; sequences of one frame have none."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        return _norm(predicted.diff(dim=1) - true.diff(dim=1))
