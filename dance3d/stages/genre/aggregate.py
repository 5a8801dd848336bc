"""Aggregation: the weight of each dancer in the genre of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import NOT_A_DANCE, Genre


def certainty(prob: NDArray[np.floating]) -> float:
    """1 minus the entropy as a share of the largest one: 0 if all classes are equally probable, 1 if one is certain."""
    positive = prob[prob > 0].astype(float)
    return float(np.clip(1 + (positive * np.log(positive)).sum() / np.log(len(prob)), 0, 1))


def with_weights(genres: Sequence[Genre], seen: Sequence[float]) -> list[Genre]:
    """The dancers' genres with each one's weight in the clip's genre.

    A weight is the time for which a dancer was seen, times the certainty of the genre, times the probability that it is
    known, and that it is a dance: passers-by do not outvote who dances. A dancer who is hardly seen or whose genre is
    uncertain decides little. If all these products are 0, the weights are equal.

    Args:
        genres: of the dancers of one clip.
        seen: seconds for which each was seen.
    """
    products = np.array(
        [time * certainty(one.prob) * one.known * _dances(one) for one, time in zip(genres, seen, strict=True)]
    )
    total = float(products.sum())
    shares = products / total if total > 0 else np.full(len(genres), 1 / max(len(genres), 1))
    return [replace(one, weight=float(share)) for one, share in zip(genres, shares, strict=True)]


def _dances(genre: Genre) -> float:
    """Probability that it is a dance, if it is one of the classes."""
    return 1 - sum(float(p) for name, p in zip(genre.classes, genre.prob, strict=True) if name == NOT_A_DANCE)
