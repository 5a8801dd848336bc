"""Movements as events: when each begins and ends in a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dance3d.contracts import Movements
from dance3d.timeseries.segments import lasting


@dataclass(frozen=True)
class MovementEvent:
    """One movement from frame ``start`` to before frame ``stop`` of its track, with its mean probability."""

    movement: int
    start: int
    stop: int
    prob: float


def movement_events(movements: Movements) -> list[MovementEvent]:
    """When each movement happens, a user's own too, by the rule of ``timeseries.segments``, in order of time."""
    found, every = [], movements.every
    for column, start, stop in zip(*lasting(movements.made, movements.fps), strict=True):
        mean = float(np.nanmean(every[start:stop, column]))
        found.append(MovementEvent(int(column), int(start), int(stop), mean))
    return sorted(found, key=lambda run: (run.start, run.movement))
