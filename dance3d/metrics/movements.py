"""Scores of movements, of which many may happen at once, from streams of logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import Metric

from dance3d.geometry.precision import exact
from dance3d.metrics.calibration import Reliability, binned, calibration_errors, platt
from dance3d.metrics.movement_counts import MovementCounts, mean_over_parts, parts_of
from dance3d.movement_types import NAMES


class MovementF1(Metric):
    """Macro-F1 of movements: the mean over body parts of the mean over those of its movements that occur.

    Kept are histograms of the logits of positives and of negatives per movement, from which the other scores follow
    too. So a stream of any length needs the same memory, processes add up, and the best thresholds need no second pass.
    A bin is 0.05 wide: average precision and calibration are those of logits rounded to it, and beyond 16 of 16.

    Args:
        tuned: score every movement at its own best threshold; else at logit 0.
        names: C names ``part.label``, the columns of logits and labels.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    counts: Tensor
    _low, _high, _bins = -16.0, 16.0, 640

    def __init__(self, tuned: bool = False, names: Sequence[str] = NAMES, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tuned, self.names = tuned, tuple(names)
        empty = torch.zeros(2, len(self.names), self._bins, dtype=torch.long)
        self.add_state("counts", empty, dist_reduce_fx="sum")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Add rows (N, C) of logits and of labels 0 or 1; a logit NaN is not found, and a label NaN is not known.

        Raises:
            ValueError: the shapes are not these.
        """
        width = len(self.names)
        if logits.shape != labels.shape or logits.ndim != 2 or logits.shape[1] != width:
            shapes = f"{tuple(logits.shape)} and {tuple(labels.shape)}"
            raise ValueError(f"logits and labels have shapes {shapes}, expected (N, {width})")
        place = (logits.float().nan_to_num(self._low) - self._low) / (self._high - self._low) * self._bins
        place = place.floor().clamp(0, self._bins - 1).long()
        movement = torch.arange(width, device=logits.device)
        flat = ((labels > 0.5).long() * width + movement) * self._bins + place
        found = torch.bincount(flat[~labels.isnan()], minlength=self.counts.numel())
        self.counts = self.counts + found.view_as(self.counts)

    def occurs(self) -> Tensor:
        """(C,) whether a movement occurred."""
        return self.counts[1].sum(-1) > 0

    def thresholds(self, lowest: float = -3.0, highest: float = 3.0, precision: float = 0.0) -> Tensor:
        """(C,) logits of the best F1, within limits; 0 for movements that did not occur.

        Args:
            lowest: limit.
            highest: limit.
            precision: that they must have, where any has.
        """
        edges = torch.linspace(self._low, self._high, self._bins + 1, device=self.counts.device)[:-1]
        allowed = (edges >= lowest) & (edges <= highest)
        wrong, right = exact(self._seen())
        value = self._curves() + (right >= precision * (right + wrong)) * (precision > 0)  # F1 is at most 1
        best = edges[torch.where(allowed, value, -1.0).argmax(-1)]
        return torch.where(self.occurs(), best, 0.0)

    def tally(self, thresholds: Tensor | None = None) -> MovementCounts:
        """Frames found and true, at the score's thresholds or others (C,)."""
        at = self._at() if thresholds is None else self._bin(thresholds)
        seen = self._seen().gather(2, at[None, :, None].expand(2, -1, 1))[..., 0]
        wrong, right = seen.cpu().numpy()
        return MovementCounts(right, right + wrong, self.counts[1].sum(-1).cpu().numpy(), self.names)

    def average_precision(self) -> Tensor:
        """(C,) area under precision over recall, NaN for movements that did not occur.

        Source: Zhu, Recall, Precision and Average Precision, 2004: the sum of precision times the gain in recall,
        without interpolation.
        """
        wrong, right = exact(self._seen())
        precision = right / (right + wrong).clamp_min(1)
        score = (precision * self.counts[1]).sum(-1) / self.counts[1].sum(-1).clamp_min(1)
        return torch.where(self.occurs(), score, torch.nan)

    def reliability(self, part: str = "") -> Reliability:
        """How probabilities compare with what happens, over the movements of a part; of all parts if none is named.

        Raises:
            ValueError: no such part.
        """
        parts = parts_of(self.names)
        if part and part not in parts:
            raise ValueError(f"body part {part!r} is not known; choose from {', '.join(parts)}")
        counts = self.counts[:, parts[part]] if part else self.counts
        wrong, right = counts.sum(1).cpu().double().numpy()
        return binned(self._probabilities(), wrong, right)

    def calibration_errors(self) -> dict[str, float]:
        """``ece_pooled`` and ``ece_by_part``, as ``calibration_errors`` in ``metrics.calibration`` explains them."""
        return calibration_errors(self.reliability(), [self.reliability(part) for part in parts_of(self.names)])

    def platt(self) -> tuple[Tensor, Tensor]:
        """(C,) slopes and (C,) shifts of ``slope * logit + shift``, whose probabilities are calibrated."""
        edges = torch.linspace(self._low, self._high, self._bins + 1, device=self.counts.device)
        wrong, right = self.counts
        slope, shift = platt((edges[1:] + edges[:-1]) / 2, wrong, right)
        return slope.float().to(edges.device), shift.float().to(edges.device)

    def each(self) -> Tensor:
        """(C,) F1 of every movement, NaN for those that did not occur."""
        score = self._curves().gather(1, self._at()[:, None])[:, 0]
        return torch.where(self.occurs(), score, torch.nan)

    def parts(self) -> dict[str, Tensor]:
        """Mean of ``each`` over every body part of which a movement occurred."""
        each = self.each()
        means = {part: each[columns].nanmean() for part, columns in parts_of(self.names).items()}
        return {part: mean for part, mean in means.items() if not mean.isnan()}

    def compute(self) -> Tensor:
        """The mean over body parts; 0 where nothing occurred."""
        parts = list(self.parts().values())
        return torch.stack(parts).mean().float() if parts else torch.zeros((), device=self.counts.device)

    def _seen(self) -> Tensor:
        """(2, C, bins) negatives and positives at that bin's logit or above."""
        return self.counts.flip(-1).cumsum(-1).flip(-1)

    def _curves(self) -> Tensor:
        """(C, bins) F1 if everything from that bin on counts as seen."""
        wrong, right = exact(self._seen())
        actual = self.counts[1].sum(-1, keepdim=True)
        out: Tensor = 2 * right / (right + wrong + actual).clamp_min(1)
        return out

    def _at(self) -> Tensor:
        """(C,) bins of the thresholds."""
        return self._bin(self.thresholds() if self.tuned else torch.zeros(len(self.names), device=self.counts.device))

    def _bin(self, logits: Tensor) -> Tensor:
        """(C,) bins whose lower edges are nearest to logits (C,)."""
        return ((logits - self._low) / (self._high - self._low) * self._bins).round().long().clamp(0, self._bins - 1)

    def _probabilities(self) -> NDArray[np.float64]:
        """(bins,) of a bin's middle."""
        edges = np.linspace(self._low, self._high, self._bins + 1)
        middle = (edges[1:] + edges[:-1]) / 2
        return np.asarray(1 / (1 + np.exp(-middle)), np.float64)


def score_figures(score: MovementF1) -> dict[str, float]:
    """Figures of the frames: F1, precision and recall (see ``MovementCounts.figures``), and of the probabilities.

    The latter are ``map``, the mean over parts of the mean over types of the average precision; ``ece_pooled`` and
    ``ece_by_part`` (``metrics.calibration.calibration_errors``); and ``brier``, that of all probabilities together.
    """
    precision = score.average_precision().cpu().numpy()
    extra = {
        "map": float(mean_over_parts(precision, score.names)),
        **score.calibration_errors(),
        "brier": score.reliability().brier,
    }
    return score.tally().figures() | {name: float(np.nan_to_num(value)) for name, value in extra.items()}
