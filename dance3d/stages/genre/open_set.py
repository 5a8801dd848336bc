"""Open-set recognition: the probability that a dance is one of the classes, and calibrated probabilities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.stages.genre.model import near_scores, open_set_scores

Floats = NDArray[np.float64]

KEPT = 0.9
"""Chosen: least share of the validation windows that stay known, every class with equal weight."""
KEPT_NEAR = 0.87
"""Chosen: the same by log-odds and nearness together, of windows of dancers that no net saw."""
PRECISION = 0.9
"""Chosen: least share of what is named by a class that is this class."""
_TEMPERATURES = np.exp(np.linspace(0, np.log(5), 81))
_RIDGE = 1e-2  # chosen


class Calibration(NamedTuple):
    """What turns logits into an answer.

    Attributes:
        temperature: of the probabilities.
        opening: weights and shift of the open-set scores, as ``fit_open_set`` gives them.
        named: least ``sure`` from which a class is named.
        near: weights and shift of ``model.near_scores``, or none.
    """

    temperature: float
    opening: Floats
    named: float
    near: Floats | None = None


def calibrate(
    logits: Tensor, genre: Tensor, real: Tensor, made: Tensor, far: tuple[Tensor, Tensor] | None = None
) -> Calibration:
    """The calibration of a net.

    Args:
        logits: (N, G) of windows of the classes that the net did not learn from.
        genre: (N,) their classes.
        real: (R, G) logits of real motion of no class; may be empty.
        made: (M, G) logits of outliers made of windows of the classes.
        far: (N,) and (R,) distances of those windows (``nearness``), or none.
    """
    temperature = fit_temperature(logits.numpy(), genre.numpy())
    known, strange = open_set_scores(logits).numpy(), open_set_scores(torch.cat([real, made])).numpy()
    opening = fit_open_set(known, genre.numpy(), strange)
    asked = torch.cat([logits, real])
    near = None if far is None else fit_near(near_scores(logits, far[0]).numpy(), genre.numpy())
    odds = known_odds(asked, opening) if near is None or far is None else _odds(asked, torch.cat(far), near)
    prob, likeliest = (asked / temperature).softmax(-1).max(-1)
    true = torch.cat([genre, torch.full((len(real),), -1)])
    share = np.bincount(true.numpy() + 1, minlength=logits.shape[1] + 1).clip(1)
    shown = odds >= 0  # others are none of the classes
    named = fit_named(
        (prob.numpy() / (1 + np.exp(-odds)))[shown],
        (likeliest == true).numpy()[shown],
        (1 / share)[true.numpy() + 1][shown],
    )
    return Calibration(temperature, opening, named, near)


def near_odds(logits: Tensor, far: Tensor, fitted: Calibration) -> Floats:
    """(N,) log-odds that windows are of any class; by logits alone where the calibration has no nearness.

    Args:
        logits: (N, G) of the windows.
        far: (N,) their distances (``nearness``).
        fitted: of the net.
    """
    return known_odds(logits, fitted.opening) if fitted.near is None else _odds(logits, far, fitted.near)


def _odds(logits: Tensor, far: Tensor, near: Floats) -> Floats:
    return np.asarray(near_scores(logits, far).numpy() @ near[:-1] + near[-1])


def fit_near(scores: Floats, genre: NDArray[np.integer]) -> Floats:
    """Weights and shift of scores (N, 2): both count alike, and ``KEPT_NEAR`` of the windows (N,) stay known.

    Every class has equal weight. Outliers are not asked: those that train are refused already.
    """
    weights = 1 / scores.std(0).clip(1e-6)
    return np.append(weights, -_quantile(scores @ weights, genre, 1 - KEPT_NEAR))


def _quantile(value: Floats, genre: NDArray[np.integer], share: float) -> float:
    """The value (N,) below which a share of the windows lies, every class (N,) with equal weight."""
    order = np.argsort(value)
    weight = (1 / np.bincount(genre).clip(1))[genre[order]]
    return float(value[order][np.searchsorted(np.cumsum(weight) / weight.sum(), share)])


def known_odds(logits: Tensor, opening: Floats) -> Floats:
    """(N,) log-odds that windows are of any class, of their logits (N, G) and the opening of ``fit_open_set``."""
    return np.asarray(open_set_scores(logits).numpy() @ opening[:-1] + opening[-1])


def fit_named(sure: Floats, right: NDArray[np.bool_], weight: Floats) -> float:
    """The least ``sure`` from which so many answers are right that ``PRECISION`` is reached; 1 where none are.

    Args:
        sure: (N,) of the answers.
        right: (N,) whether the likeliest class is the true one.
        weight: (N,) of each answer.
    """
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum((weight * right)[order]) / np.cumsum(weight[order]).clip(1e-12)
    enough = np.flatnonzero(share >= PRECISION)
    return float(sure[order][enough[-1]]) if len(enough) else 1.0


def fit_temperature(logits: Floats, genre: NDArray[np.integer]) -> float:
    """Temperature of logits (N, G), 1 to 5, that maximises the likelihood of the classes (N,).

    Every class has equal weight. The temperature never makes probabilities more certain: validation windows may come
    from the same take as training windows, which makes them too easy.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2.
    """
    if not len(genre):
        return 1.0
    weight = (1 / np.bincount(genre, minlength=logits.shape[1]).clip(1))[genre]
    losses = []
    for degree in _TEMPERATURES:
        scaled = logits / degree
        scaled = scaled - scaled.max(1, keepdims=True)
        right = scaled[np.arange(len(genre)), genre] - np.log(np.exp(scaled).sum(1))
        losses.append(-(weight * right).sum())
    return float(_TEMPERATURES[int(np.argmin(losses))])


def fit_open_set(known: Floats, genre: NDArray[np.integer], strange: Floats) -> Floats:
    """Weights and shift of the open-set scores: the sum is above 0 for known windows and below 0 for outliers.

    Logistic regression, both sides with equal weight, no coefficient below 0: a higher score never makes a dance less
    known. Then the shift is raised, if needed, until ``KEPT`` of the known windows stay above one half.

    Args:
        known: (N, S) scores of windows of the classes.
        genre: (N,) their classes.
        strange: (M, S) scores of windows of no class.

    Returns:
        (S + 1,): S weights, then the shift.
    """
    used = list(range(known.shape[1]))
    out = np.zeros(known.shape[1] + 1)
    if not len(known) or not len(strange):
        used = []
    while True:
        if not used:  # no score separates them: every window is known
            out[-1] = 5.0
            return out
        found = _logistic(known[:, used], strange[:, used])
        if (found[:-1] >= 0).all():
            out[[*used, -1]] = found
            break
        used.pop(int(np.argmin(found[:-1])))
    out[-1] = max(out[-1], -_quantile(known @ out[:-1], genre, 1 - KEPT))
    return out


def _logistic(known: Floats, strange: Floats) -> Floats:
    """Newton's method with bounded steps and a ridge penalty."""
    x = np.concatenate([known, strange])
    x = np.concatenate([x, np.ones((len(x), 1))], 1)
    y = np.repeat([1.0, 0.0], [len(known), len(strange)])
    weight = np.repeat([0.5 / len(known), 0.5 / len(strange)], [len(known), len(strange)])
    pull = _RIDGE * np.append(np.ones(x.shape[1] - 1), 0.0)
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        prob = 1 / (1 + np.exp(-(x @ beta).clip(-30, 30)))
        slope = x.T @ (weight * (prob - y)) + pull * beta
        curve = (x * (weight * prob * (1 - prob))[:, None]).T @ x + np.diag(pull + 1e-6)
        beta = beta - np.linalg.solve(curve, slope).clip(-1, 1)
    return beta
