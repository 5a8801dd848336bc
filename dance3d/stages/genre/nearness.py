"""Nearness: how far a window is from the nearest training windows of its class, by statistics of its poses.

A net is sure of much that it never saw, where it lies far on its class's side; a distance tells that apart. Statistics
after Laban (``laban_features``) are compared, each by the deviation that it has inside a class.

Source: Sun et al., Out-of-distribution Detection with Deep Nearest Neighbors, ICML 2022, section 3, with fixed
statistics in place of a net's states, whose distances told strangers worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dance3d.stages.genre.features import POOL, Features
from dance3d.stages.genre.laban_features import describe, names, rows_of

NEIGHBOUR = 3
"""Chosen: the distance is that to so many-th nearest window."""
MOST = 600
"""Chosen: windows that a net keeps, of all that trained."""
_LEAST = 1e-6  # keeps a statistic that never changes finite
_FAR = 6.0  # deviations, chosen: one strange statistic alone does not make a window strange
_BATCH = 256
_ROWS = 30  # chosen: rows of pose that statistics need at least


class KeptWindows(NamedTuple):
    """The validation windows of cross-fitted data.

    Attributes:
        statistics: (N, F), see ``nearness``.
        genre: (N,) class numbers.
        fold: (N,) folds.
        kept: (M,) numbers of the windows that a net keeps.
    """

    statistics: Tensor
    genre: Tensor
    fold: Tensor
    kept: Tensor


def statistics_of(features: Features, spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """(N, F) statistics of windows of a track; zero where its pose is not kept.

    Args:
        features: of the track.
        spans: (start, stop) steps of the windows.
    """
    out = np.zeros((len(spans), len(names())), np.float32)
    if features.pose is not None:
        rows, path, _ = rows_of(features.pose)
        for number, (start, stop) in enumerate(spans):
            if POOL * (stop - start) >= _ROWS:
                some = slice(POOL * start, POOL * stop)
                out[number] = describe(rows[some], path[some])
    return out


def deviation(values: Tensor, genre: Tensor) -> Tensor:
    """(F,) standard deviation of statistics (N, F) inside their classes (N,), every window alike."""
    centred = values.clone()
    for number in set(genre.cpu().tolist()):
        here = genre == number
        centred[here] -= values[here].mean(0)
    return centred.square().mean(0).sqrt() + _LEAST


def distances(asked: Tensor, likeliest: Tensor, kept: Tensor, genre: Tensor, scale: Tensor) -> Tensor:
    """(N,) distances of windows to those of their likeliest class.

    Args:
        asked: (N, F) statistics.
        likeliest: (N,) classes.
        kept: (M, F) statistics of training windows.
        genre: (M,) their classes.
        scale: (F,) deviation of each statistic.
    """
    out = asked.new_full((len(asked),), _FAR * len(scale) ** 0.5)
    for number in set(likeliest.cpu().tolist()):
        here, near = (likeliest == number).nonzero()[:, 0], kept[genre == number]
        for some in here.split(_BATCH) if len(near) else ():
            apart = ((asked[some][:, None] - near) / scale).clamp(-_FAR, _FAR).square().sum(-1).sqrt()
            out[some] = apart.kthvalue(min(NEIGHBOUR, len(near)), 1).values
    return out
