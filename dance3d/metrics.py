"""Metrics as torchmetrics objects. ``_mm`` in a name says millimetres."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from dance3d.vocabulary import MOVEMENTS, PARTS, columns


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


class MovementF1(Metric):
    """Macro-F1 of movements: the mean over body parts of the mean over those of its movements that occur.

    Keeps a histogram of logits of positives and of negatives per movement, so that the best thresholds come for free.

    Args:
        tuned: score every movement at its own best threshold; else at logit 0.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    counts: Tensor
    _low, _high, _bins = -8.0, 8.0, 320

    def __init__(self, tuned: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tuned = tuned
        empty = torch.zeros(2, len(MOVEMENTS), self._bins, dtype=torch.long)
        self.add_state("counts", empty, dist_reduce_fx="sum")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Add rows (N, 154) of logits and of labels 0 or 1.

        Raises:
            ValueError: the shapes are not these.
        """
        if logits.shape != labels.shape or logits.ndim != 2 or logits.shape[1] != len(MOVEMENTS):
            shapes = f"{tuple(logits.shape)} and {tuple(labels.shape)}"
            raise ValueError(f"logits and labels have shapes {shapes}, expected (N, {len(MOVEMENTS)})")
        place = (logits.float() - self._low) / (self._high - self._low) * self._bins
        place = place.floor().long().clamp(0, self._bins - 1)
        movement = torch.arange(len(MOVEMENTS), device=logits.device)
        flat = ((labels > 0.5).long() * len(MOVEMENTS) + movement) * self._bins + place
        found = torch.bincount(flat.flatten(), minlength=self.counts.numel())
        self.counts = self.counts + found.view_as(self.counts)

    def _curves(self) -> Tensor:
        """(154, bins) F1 if everything from that bin on counts as seen."""
        wrong, right = self.counts.flip(-1).cumsum(-1).flip(-1).double()
        actual = self.counts[1].sum(-1, keepdim=True)
        out: Tensor = 2 * right / (right + wrong + actual).clamp_min(1)
        return out

    def thresholds(self, lowest: float = -3.0, highest: float = 3.0) -> Tensor:
        """(154,) logits of the best F1, within limits; 0 for movements that did not occur."""
        edges = torch.linspace(self._low, self._high, self._bins + 1, device=self.counts.device)[:-1]
        allowed = (edges >= lowest) & (edges <= highest)
        best = edges[torch.where(allowed, self._curves(), -1.0).argmax(-1)]
        return torch.where(self.occurs(), best, 0.0)

    def occurs(self) -> Tensor:
        """(154,) whether a movement occurred."""
        return self.counts[1].sum(-1) > 0

    def each(self) -> Tensor:
        """(154,) F1 of every movement, NaN for those that did not occur."""
        at = self.thresholds() if self.tuned else torch.zeros(len(MOVEMENTS), device=self.counts.device)
        bins = ((at - self._low) / (self._high - self._low) * self._bins).round().long()
        score = self._curves().gather(1, bins[:, None])[:, 0]
        return torch.where(self.occurs(), score, torch.nan)

    def parts(self) -> dict[str, Tensor]:
        """Macro-F1 of every body part of which a movement occurred."""
        each = self.each()
        means = {part: each[columns(part)].nanmean() for part in PARTS}
        return {part: mean for part, mean in means.items() if not mean.isnan()}

    def compute(self) -> Tensor:
        """The mean over body parts; 0 where nothing occurred."""
        parts = list(self.parts().values())
        return torch.stack(parts).mean().float() if parts else torch.zeros((), device=self.counts.device)
