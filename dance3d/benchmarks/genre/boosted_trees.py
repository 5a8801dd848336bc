"""The classical baseline: boosted trees on statistics after Laban of a window."""

from __future__ import annotations

import importlib.util

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.intp]


def trees(train: Array, genre: Whole, test: Array, classes: int, seed: int = 0) -> Array:
    """Probabilities (M, G) of test windows, by trees grown on training windows that weigh alike by class.

    Source: Ke et al., LightGBM, NeurIPS 2017, as scikit-learn's ``HistGradientBoostingClassifier`` has it.

    Args:
        train: (N, F) statistics.
        genre: (N,) class numbers.
        test: (M, F) statistics.
        classes: G.
        seed: of the trees.

    Raises:
        ValueError: scikit-learn is not installed.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise ValueError("the baseline needs scikit-learn; install it with: pip install scikit-learn")
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=150, max_leaf_nodes=15, l2_regularization=1.0, random_state=seed)
    model.fit(train, genre, sample_weight=1 / np.bincount(genre)[genre])
    out = np.zeros((len(test), classes))
    out[:, model.classes_] = model.predict_proba(test)
    return out
