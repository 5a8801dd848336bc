"""Captions of movements that stay long enough to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.timeseries.movement_events import MovementEvent


@dataclass(frozen=True)
class Caption:
    """A movement event as shown: in line ``slot``, from ``start`` to ``stop`` seconds."""

    movement: int
    slot: int
    start: float
    stop: float


def captions(found: Sequence[MovementEvent], time: NDArray[np.float64], slots: int, hold: float = 0.7) -> list[Caption]:
    """Captions in a few lines: each keeps its line, and the more probable events come first.

    Events for which no line is free are left out; of events that begin together, the more probable one gets the line.

    Args:
        found: events of one track.
        time: (T,) seconds of its rows.
        slots: number of lines.
        hold: shortest time of a caption, seconds; chosen.
    """
    free = [-np.inf] * slots
    showing: list[int | None] = [None] * slots
    shown: list[Caption] = []
    for run in sorted(found, key=lambda r: (r.start, -r.prob)):
        start, end = float(time[run.start]), float(time[min(run.stop, len(time) - 1)])
        again = [s for s in range(slots) if showing[s] == run.movement and free[s] >= start]
        open_slots = again or [s for s in range(slots) if free[s] <= start]
        if open_slots:
            slot, stop = open_slots[0], max(end, start + hold)
            free[slot], showing[slot] = stop, run.movement
            shown.append(Caption(run.movement, slot, start, stop))
    return shown
