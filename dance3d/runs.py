"""When something happens, as runs of flags over time: one rule for the report, the overlay and the scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.5  # a movement is said to happen where its probability is at least this
SHORTEST = 0.12  # seconds; shorter runs flicker and say nothing
BRIDGE = 0.1  # seconds between two runs of one movement that make them one


class Runs(NamedTuple):
    """R runs, by column and then by time.

    Attributes:
        column: (R,) of the flags.
        start: (R,) first frame.
        stop: (R,) one past the last frame.
    """

    column: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def runs(flags: NDArray[np.bool_]) -> Runs:
    """Every run of true in (T, C) flags."""
    frames, columns = flags.shape
    row = frames + 1  # one false frame behind each column keeps it apart from the next
    line = np.zeros(1 + columns * row, bool)
    line[1:].reshape(columns, row)[:, :frames] = flags.T
    edges = np.flatnonzero(line[1:] != line[:-1])
    column, start = np.divmod(edges[::2], row)
    return Runs(column, start, edges[1::2] - column * row)


def lasting(flags: NDArray[np.bool_], fps: float, bridge: float = BRIDGE, shortest: float = SHORTEST) -> Runs:
    """Runs of (T, C) flags that are worth telling.

    Gaps up to ``bridge`` seconds inside one column are closed, then runs under ``shortest`` seconds dropped (a clip
    shorter than that keeps its runs).
    """
    column, start, stop = runs(flags)
    first, last = np.ones((2, len(column)), bool)
    first[1:] = last[:-1] = (column[1:] != column[:-1]) | (start[1:] - stop[:-1] > round(bridge * fps))
    column, start, stop = column[first], start[first], stop[last]
    keep = stop - start >= min(max(round(shortest * fps), 1), len(flags))
    return Runs(column[keep], start[keep], stop[keep])
