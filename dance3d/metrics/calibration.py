"""Calibration of probabilities: of all statements with probability 0.7, seven in ten should be true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.metrics.exact_metric import ExactMetric

BINS = 15
"""Bins of confidence, equally wide, as in Guo et al., On Calibration of Modern Neural Networks, 2017."""


_PULL = 2.0  # of the usual slope and shift, in frames


class Reliability(NamedTuple):
    """Predicted and observed frequencies in equally wide bins of probability; NaN where a bin is empty.

    Attributes:
        times: (B,) how often a probability fell there.
        said: (B,) mean probability.
        came: (B,) share that came true.
        brier: mean squared error of the probabilities: 0 is perfect.
    """

    times: NDArray[np.float64]
    said: NDArray[np.float64]
    came: NDArray[np.float64]
    brier: float

    @property
    def ece(self) -> float:
        """Expected calibration error: mean distance between predicted and observed frequency; NaN of nothing.

        Source: Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015, equation 3.
        """
        off = np.nansum(self.times * np.abs(self.said - self.came)) / max(self.times.sum(), 1)
        return float("nan") if np.isnan(self.brier) else float(off)  # of nothing, or with a NaN in it


def reliability(prob: NDArray[np.floating], right: NDArray[np.generic], bins: int = BINS) -> Reliability:
    """Bin N probabilities of N statements.

    Args:
        prob: (N,) 0..1; a NaN makes the scores NaN.
        right: (N,) whether each came true.
        bins: equally wide.

    Raises:
        ValueError: not as many of one as of the other.
    """
    if prob.shape != right.shape or prob.ndim != 1:
        raise ValueError(f"probabilities have shape {prob.shape}, what came true {right.shape}; expected (N,) twice")
    true = right.astype(bool)
    return binned(prob.astype(np.float64), 1.0 - true, true.astype(np.float64), bins)


def binned(
    prob: NDArray[np.float64], wrong: NDArray[np.float64], right: NDArray[np.float64], bins: int = BINS
) -> Reliability:
    """``reliability`` of probabilities that were given several times each.

    Args:
        prob: (K,) probabilities, 0..1.
        wrong: (K,) how often each was given where the event did not happen.
        right: (K,) how often each was given where it happened.
        bins: number of bins over 0..1.
    """
    place = np.minimum(np.nan_to_num(prob) * bins + 1e-9, bins - 1).astype(int)
    times = wrong + right
    count, said, came = (np.bincount(place, x, bins).astype(np.float64) for x in (times, prob * times, right))
    return _means(count, said, came, float((prob**2 * wrong + (1 - prob) ** 2 * right).sum()))


def _means(
    count: NDArray[np.float64], said: NDArray[np.float64], came: NDArray[np.float64], square: float
) -> Reliability:
    """Means of sums; NaN where nothing was said."""
    some = np.where(count > 0, count, np.nan)
    return Reliability(count, said / some, came / some, square / count.sum() if count.sum() else float("nan"))


def calibration_errors(together: Reliability, parts: Iterable[Reliability]) -> dict[str, float]:
    """The two expected calibration errors of probabilities that come in parts.

    Args:
        together: all probabilities in one set of bins.
        parts: each part's probabilities in bins of its own.

    Returns:
        ``ece_pooled``, the error of all together: a part that is overconfident and one that is underconfident
        balance each other where they share a bin. ``ece_by_part``, the mean of the parts' errors: every part counts
        alike, and nothing balances across parts.
    """
    return {"ece_pooled": together.ece, "ece_by_part": float(np.mean([part.ece for part in parts]))}


def platt(logits: Tensor, wrong: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Slopes and shifts that make ``slope * logit + shift`` as likely as possible, for each of C types.

    Args:
        logits: (K,) that were said.
        wrong: (C, K) how often each was said of what did not happen.
        right: (C, K) and of what did.

    Returns:
        (C,) slopes, 0.02 to 10, and (C,) shifts, double precision, on the CPU. Both are drawn to 1 and 0 as if by a few
        frames, so that a type that never or always happens keeps finite ones.

    Source: Platt, Probabilistic Outputs for Support Vector Machines, 1999; Newton's method, with bounded steps.
    """
    x, times, came = (one.cpu().double() for one in (logits, wrong + right, right))
    slope = torch.ones(len(right), dtype=torch.float64)
    shift = torch.zeros_like(slope)
    for _ in range(40):
        prob = torch.sigmoid(slope[:, None] * x + shift[:, None])
        off, curve = times * prob - came, times * prob * (1 - prob)
        tilt, rise = (off * x).sum(-1) + _PULL * (slope - 1), off.sum(-1) + _PULL * shift
        xx, xs, ss = (curve * x * x).sum(-1) + _PULL, (curve * x).sum(-1), curve.sum(-1) + _PULL
        whole = xx * ss - xs**2
        slope = (slope - ((ss * tilt - xs * rise) / whole).clamp(-1, 1)).clamp(0.02, 10.0)
        shift = shift - ((xx * rise - xs * tilt) / whole).clamp(-1, 1)
    return slope, shift


class TopCalibration(ExactMetric):
    """Expected calibration error of the likeliest of several classes.

    Args:
        bins: equally wide.
    """

    higher_is_better = False
    sums: Tensor
    square: Tensor

    def __init__(self, bins: int = BINS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bins = bins
        self.add_sums("sums", shape=(3, bins))
        self.add_sums("square")

    def update(self, logits: Tensor, target: Tensor) -> None:
        """Add rows (N, G) of logits, or of logarithms of probabilities, and (N,) numbers of the true classes.

        Raises:
            ValueError: the shapes are not these.
        """
        if logits.ndim != 2 or target.shape != logits.shape[:1]:
            raise ValueError(
                f"logits and classes have shapes {tuple(logits.shape)} and {tuple(target.shape)}, expected (N, G), (N,)"
            )
        prob = exact(logits).softmax(-1)
        top, chosen = prob.max(-1)
        place = (top.nan_to_num() * self.bins + 1e-9).long().clamp_max(self.bins - 1)
        rows = torch.stack([torch.ones_like(top), top, exact(chosen == target)])
        self.sums = self.sums + torch.zeros_like(self.sums).index_add(1, place, rows)
        actual = torch.nn.functional.one_hot(target, logits.shape[1])
        self.square = self.square + (prob - actual).square().sum()

    def reliability(self) -> Reliability:
        """What was said of the likeliest class, and how often it was right; the Brier score is that of all classes.

        Source: Brier, Verification of Forecasts Expressed in Terms of Probability, 1950 (0 to 2).
        """
        count, said, came = self.sums.cpu().numpy()
        return _means(count, said, came, float(self.square))

    def compute(self) -> Tensor:
        """The calibration error; 0 where nothing was added."""
        error = self.reliability().ece if self.sums[0].any() else 0.0
        return torch.tensor(error, dtype=torch.float32, device=self.sums.device)
