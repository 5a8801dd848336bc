"""Open-set recognition: the probability that a dance is one of the classes, and calibrated probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEPT = 0.9
"""Chosen: least share of the validation windows that stay known, every class with equal weight."""
_TEMPERATURES = np.exp(np.linspace(0, np.log(5), 81))
_RIDGE = 1e-2  # chosen


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
    value = known @ out[:-1]
    order = np.argsort(value)
    weight = (1 / np.bincount(genre))[genre[order]]
    lowest = value[order][np.searchsorted(np.cumsum(weight) / weight.sum(), 1 - KEPT)]
    out[-1] = max(out[-1], -float(lowest))
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
