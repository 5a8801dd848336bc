"""What nets that were cross-fitted answer: scores, and the open set with thresholds from other folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.benchmarks.genre.protocol_run import PredictedWindows, figures
from dance3d.contracts import NOT_A_DANCE
from dance3d.stages.genre.cross_fitting import FOLDS
from dance3d.stages.genre.open_set import Calibration, calibrate, near_odds


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """What the nets of the folds say.

    Attributes:
        true: (N,) classes of the windows of all folds.
        fold: (N,) fold of each window.
        logits: (N, G) by the net that learned from the other folds.
        track: (N,) tracks of the windows.
        trees: (N, G) probabilities by trees that grew on the other folds.
        far: (N,) distances of the windows to those of the other folds (``nearness``).
        tuned: per fold (M, G) logits of strangers of the fold, which its net did not learn to refuse, and distances.
        strange: by kind and fold (S, G) logits of strangers that nothing was tuned on, and distances.
    """

    true: NDArray[np.intp]
    fold: NDArray[np.intp]
    logits: Tensor
    track: NDArray[np.intp]
    trees: NDArray[np.float64]
    far: Tensor
    tuned: list[tuple[Tensor, Tensor]]
    strange: dict[str, list[tuple[Tensor, Tensor]]]


def scored(found: FoldAnswers, classes: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """``net`` and ``trees`` with their figures: as ``protocol_run.figures``, and ``confusion.<true>.<named>``."""
    no_windows: list[Any] = []
    for name, prob in (("net", found.logits.softmax(-1).numpy()), ("trees", found.trees)):
        one = PredictedWindows(found.true, prob, found.track, no_windows)
        share = np.zeros((len(classes), len(classes)))
        np.add.at(share, (found.true, prob.argmax(1)), 1)
        share /= share.sum(1, keepdims=True).clip(1)
        there = sorted(set(found.true.tolist()))
        yield (
            name,
            figures(one, classes)
            | {
                f"confusion.{classes[row]}.{called}": round(float(share[row, column]), 3)
                for row in there
                for column, called in enumerate(classes)
            },
        )


def opened(found: FoldAnswers, classes: Sequence[str]) -> dict[str, float]:
    """Open-set figures; what judges a fold was fitted on the other folds.

    Returns:
        ``known`` and ``known.<class>``, shares of windows that are not called none of these, and ``known_mean`` of all
        classes alike; ``precision``, the share of named windows whose class is right; ``named``, the share of windows
        that are named; ``accepted.<kind>`` of strangers, the share called a class or like one,
        ``accepted_as_dance.<kind>`` without those that are called not a dance, and ``named.<kind>``, the share that is
        named as a dance.
    """
    kept, named, right = (
        np.zeros(len(found.true), bool),
        np.zeros(len(found.true), bool),
        np.zeros(len(found.true), bool),
    )
    shares: dict[str, list[float]] = {}
    for number in range(FOLDS):
        here, others = found.fold == number, found.fold != number
        tuned, far = (
            torch.cat(rows) for rows in zip(*(t for n, t in enumerate(found.tuned) if n != number), strict=True)
        )
        true = torch.from_numpy(found.true[others])
        fitted = calibrate(found.logits[others], true, tuned, tuned[:0], (found.far[others], far))
        accepted, sure, likeliest = _answers(found.logits[here], found.far[here], fitted)
        kept[here], named[here] = accepted, accepted & (sure >= fitted.named)
        right[here] = likeliest == found.true[here]
        for kind, answered in found.strange.items():
            accepted, sure, likeliest = _answers(*answered[number], fitted)
            dance = accepted & (np.array(classes)[likeliest] != NOT_A_DANCE)
            for name, flags in (
                (f"accepted.{kind}", accepted),
                (f"accepted_as_dance.{kind}", dance),
                (f"named.{kind}", dance & (sure >= fitted.named)),
            ):
                shares.setdefault(name, []).append(float(flags.mean()))
    each = {
        name: float(kept[found.true == number].mean()) for number, name in enumerate(classes) if number in found.true
    }
    out = {"known": float(kept.mean()), "known_mean": float(np.mean(list(each.values())))}
    out |= {f"known.{name}": value for name, value in each.items()}
    out |= {"named": float(named.mean()), "precision": float(right[named].mean()) if named.any() else 0.0}
    out |= {name: float(np.mean(values)) for name, values in shares.items()}
    return {name: round(value, 3) for name, value in out.items()}


def _answers(
    logits: Tensor, far: Tensor, fitted: Calibration
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.intp]]:
    """Whether windows are called a class or like one, how sure, and which class."""
    odds = near_odds(logits, far, fitted)
    prob, likeliest = (logits / fitted.temperature).softmax(-1).max(-1)
    return odds >= 0, prob.numpy() / (1 + np.exp(-odds)), likeliest.numpy()
