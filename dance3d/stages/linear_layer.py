"""A linear layer on a net's states, from few examples: what a head of a user's own is fitted with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

PENALTY = 0.03
"""Chosen: of squared weights, beside a mean loss."""
SPREAD = 0.05
"""Chosen: limits states that hardly change."""


def fit_linear(
    states: Array, share: Array, outputs: int, loss: Callable[[Array], tuple[Array, Array]]
) -> tuple[Array, Array]:
    """Weights (G, S) and bias (G,) with the least penalised loss; the penalty is of states standardised by their share.

    Args:
        states: (N, S).
        share: (N,) weight of each row, one together.
        outputs: G.
        loss: of logits (N, G): the loss (N,) of each row, and its slope (N, G) by each logit.
    """
    mean = share @ states
    spread = np.maximum(np.sqrt(share @ (states - mean) ** 2), SPREAD)
    x = (states - mean) / spread
    size = outputs, x.shape[1]

    def penalised(flat: Array) -> tuple[float, Array]:
        matrix, bias = flat[:-outputs].reshape(size), flat[-outputs:]
        each, slope = loss(x @ matrix.T + bias)
        off = share[:, None] * slope
        value = share @ each + PENALTY / 2 * (matrix**2).sum()
        return float(value), np.concatenate([(off.T @ x + PENALTY * matrix).reshape(-1), off.sum(0)])

    flat = minimize(penalised, np.zeros(outputs * (size[1] + 1)), jac=True, method="L-BFGS-B").x
    matrix, bias = flat[:-outputs].reshape(size) / spread, flat[-outputs:]
    return matrix, bias - matrix @ mean
