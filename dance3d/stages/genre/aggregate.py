"""How much each of several dancers has to say about which dance a clip shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Genre


def certainty(prob: NDArray[np.floating]) -> float:
    """0 where all classes are alike, 1 where one is certain: what is missing of the largest entropy."""
    positive = prob[prob > 0].astype(float)
    return float(np.clip(1 + (positive * np.log(positive)).sum() / np.log(len(prob)), 0, 1))


def with_weights(genres: Sequence[Genre], seen: Sequence[float]) -> list[Genre]:
    """The dancers' genres with each one's share of the votes.

    A voice is the time that a dancer was seen, times how sure the answer is, times how well the dance is known: who is
    hardly seen, or dances nothing in particular, decides little. Where nobody has a voice, all share alike.

    Args:
        genres: of the dancers of one clip.
        seen: seconds that each was seen.
    """
    voices = np.array([time * certainty(one.prob) * one.known for one, time in zip(genres, seen, strict=True)])
    total = float(voices.sum())
    shares = voices / total if total > 0 else np.full(len(genres), 1 / max(len(genres), 1))
    return [replace(one, weight=float(share)) for one, share in zip(genres, shares, strict=True)]
