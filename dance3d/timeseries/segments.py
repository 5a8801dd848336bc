"""Segments of a boolean series: where it is true without a break.

``lasting`` is the one rule for which movements are shown: in the report, the overlay, the label files and the scores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.5  # a movement happens where its probability is at least this
SHORTEST = 0.12  # seconds; shorter segments are dropped; chosen
BRIDGE = 0.1  # seconds between two segments of one movement that are joined; chosen


class Segments(NamedTuple):
    """S segments of several columns, ordered by column and then by time.

    Attributes:
        column: (S,) of the flags.
        start: (S,) first frame.
        stop: (S,) one past the last frame.
    """

    column: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def segments(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(S, 2) first frame and one past the last of every segment of true in (T,) flags."""
    found = segments_by_column(flags[:, None])
    return np.stack([found.start, found.stop], 1)


def segments_by_column(flags: NDArray[np.bool_]) -> Segments:
    """Every segment of true in (T, C) flags."""
    frames, columns = flags.shape
    row = frames + 1  # one false frame behind each column keeps it apart from the next
    line = np.zeros(1 + columns * row, bool)
    line[1:].reshape(columns, row)[:, :frames] = flags.T
    edges = np.flatnonzero(line[1:] != line[:-1])
    column, start = np.divmod(edges[::2], row)
    return Segments(column, start, edges[1::2] - column * row)


def long_segments(flags: NDArray[np.bool_], frames: int) -> NDArray[np.bool_]:
    """(T,) true inside the segments of (T,) flags that have at least so many frames."""
    out = np.zeros_like(flags)
    for start, stop in segments(flags):
        out[start:stop] = stop - start >= frames
    return out


def lasting(flags: NDArray[np.bool_], fps: float, bridge: float = BRIDGE, shortest: float = SHORTEST) -> Segments:
    """Segments of (T, C) flags that are long enough to be shown.

    Args:
        flags: (T, C).
        fps: frames per second.
        bridge: seconds; gaps up to this length inside one column are closed first.
        shortest: seconds; then segments shorter than this are dropped (a clip shorter than that keeps its segments).
    """
    column, start, stop = segments_by_column(flags)
    first, last = np.ones((2, len(column)), bool)
    first[1:] = last[:-1] = (column[1:] != column[:-1]) | (start[1:] - stop[:-1] > round(bridge * fps))
    column, start, stop = column[first], start[first], stop[last]
    keep = stop - start >= min(max(round(shortest * fps), 1), len(flags))
    return Segments(column[keep], start[keep], stop[keep])
