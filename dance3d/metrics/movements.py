"""Score of movements, which many may happen at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from dance3d.vocabulary import MOVEMENTS, PARTS, columns


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
