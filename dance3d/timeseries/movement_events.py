"""Movements and words as events: when each begins and ends in a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dance3d.contracts import Flags, Float, Movements
from dance3d.movement_types import NAMES
from dance3d.timeseries.segments import lasting

SURE = 0.8
"""Mean probability from which a word is a headline: on films that no net before it had seen, nine of ten events at
least so sure are right (docs/motion.md)."""


@dataclass(frozen=True)
class MovementEvent:
    """One movement from frame ``start`` to before frame ``stop`` of its track, with its mean probability.

    ``movement`` is its place in ``Movements.names``, or, of a word, in ``Movements.every_word``.
    """

    movement: int
    start: int
    stop: int
    prob: float


def movement_events(movements: Movements, shown: bool = False) -> list[MovementEvent]:
    """When each movement happens, a user's own too, by the rule of ``timeseries.segments``, in order of time.

    Args:
        movements: of one dancer.
        shown: only of the types that may be shown.
    """
    made = movements.made & movements.shown if shown else movements.made
    return _events(made, movements.every, movements.fps)


def word_events(movements: Movements, sure: float = 0.0) -> list[MovementEvent]:
    """When each word happens, by the same rule, in order of time; a user's own types are words too.

    Args:
        movements: of one dancer.
        sure: mean probability of an event at least.
    """
    made, prob = movements.words_made, movements.words_prob
    if movements.own is not None:
        made = np.concatenate([made, movements.made[:, len(NAMES) :]], 1)
        prob = np.concatenate([prob, movements.own], 1)
    return [one for one in _events(made, prob, movements.fps) if one.prob >= sure]


def _events(made: Flags, prob: Float, fps: float) -> list[MovementEvent]:
    found = []
    for column, start, stop in zip(*lasting(made, fps), strict=True):
        mean = float(np.nanmean(prob[start:stop, column]))
        found.append(MovementEvent(int(column), int(start), int(stop), mean))
    return sorted(found, key=lambda run: (run.start, run.movement))
