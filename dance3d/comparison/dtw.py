"""Dynamic time warping of two clips, with slope limits and free ends.

Sakoe & Chiba, IEEE TASSP 26 (1978): slopes of a half to two, so both clocks always go on; here with weights on the rows
alone, so that every tempo costs the same. No step stays in its row, so one numpy operation computes a whole row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

SKIP = 0.2
"""Share of the rows that may stay without partner at either end."""
# Chosen; the figures of docs/compare.md are with these.
_BEND = 0.003  # price of a step that leaves the diagonal: lines 3 degrees apart for a frame
_LEAVE = 0.5  # price of a row without partner, of what any row and any column cost on average
_LEAST = 0.01  # the same, at least
_BLOCK = 128  # rows of costs at once

Way = tuple[NDArray[np.int64], NDArray[np.int64]]
Marks = tuple[NDArray[np.float32], NDArray[np.float32]]


def _mean_cost(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """The mean squared distance between any row of one and any of the other."""
    return float((a**2).sum(1).mean() + (b**2).sum(1).mean() - 2 * a.mean(0) @ b.mean(0))


def _costs(a: Marks, b: Marks, low: NDArray[np.int64], width: int, start: int) -> NDArray[np.float32]:
    """(rows, width) costs of a block of rows from ``start``, each from its own column ``low``."""
    stop = min(start + _BLOCK, len(a[0]))
    base, end = int(low[start]), int(low[stop - 1]) + width
    one, other = a[0][start:stop], b[0][base:end]
    square = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    square = np.maximum(square, 0) * a[1][start:stop, None] * b[1][base:end]
    return np.stack([row[low[start + k] - base :][:width] for k, row in enumerate(square)])


def _moved(row: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """The row ``by`` columns further left, infinite where nothing was."""
    if by == 0:
        return row
    out = np.full_like(row, np.inf)
    if by > 0:
        out[:-by] = row[by:]
    else:
        out[-by:] = row[:by]
    return out


def cheapest_path(a: Marks, b: Marks, low: NDArray[np.int64], width: int) -> Way:
    """The cheapest path through the costs of a band.

    Args:
        a: weighted lines of the first body.
        b: weighted lines of the second body.
        low: (N,) first column that each row may use.
        width: columns that each row may use.
    """
    n, m, skip = len(a[0]), len(b[0]), int(SKIP * len(a[0]))
    leave = max(_LEAVE * _mean_cost(a[0], b[0]), _LEAST)
    back = np.zeros((n, width), np.int8)
    nothing = np.full(width, np.inf, np.float32)
    best, before, cost = nothing, nothing, nothing
    finish, end = np.inf, (n - 1, 0)
    block = nothing[None]
    for i in range(n):
        if i % _BLOCK == 0:
            block = _costs(a, b, low, width, i)
        last, cost = cost, block[i % _BLOCK]
        by, further = (int(low[i] - low[max(i - k, 0)]) for k in (1, 2))
        ways = np.stack([
            _moved(best, by - 1) + cost,
            cost + (0 if i == 0 else np.inf),
            _moved(best, by - 2) + (_moved(cost, -1) + cost) / 2 + _BEND,
            _moved(before, further - 1) + _moved(last, by) + cost + _BEND,
        ])  # fmt: skip
        if 0 < i <= skip and low[i] == 0:
            ways[1, 0] = i * leave + cost[0]
        back[i] = ways.argmin(0)
        before, best = best, ways.min(0)
        open_end = low[i] + width == m and i >= n - 1 - skip
        if open_end and best[-1] + (n - 1 - i) * leave < finish:
            finish, end = float(best[-1] + (n - 1 - i) * leave), (i, width - 1)
    if best.min() <= finish:
        end = n - 1, int(best.argmin())
    return _traced(back, low, end)


def _traced(back: NDArray[np.int8], low: NDArray[np.int64], end: tuple[int, int]) -> Way:
    """The way back from its end: 0 from the diagonal, 1 begins here, 2 two columns, 3 two rows."""
    i, j = end[0], end[1] + int(low[end[0]])
    rows, columns = [i], [j]
    while (way := back[i, j - low[i]]) != 1:
        i, j = i - (2 if way == 3 else 1), j - (2 if way == 2 else 1)
        rows.append(i)
        columns.append(j)
    return np.array(rows[::-1]), np.array(columns[::-1])


def smoothed_path(
    rows: NDArray[np.int64], columns: NDArray[np.int64], length: int, window: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every row with its fractional column; the steps of the path are smoothed by fitted lines.

    Rows whose line leaves the columns, at most a few at either end, are left out.

    Args:
        rows: (K,) rows of the path, never falling.
        columns: (K,) columns of the path.
        length: number of columns.
        window: rows to which each line is fitted.

    Returns:
        (N,) rows, and (N,) columns below ``length``.
    """
    every = np.arange(rows[0], rows[-1] + 1)
    places = np.interp(every, rows, columns.astype(np.float64))
    window = min(window // 2 * 2 + 1, (len(every) - 1) // 2 * 2 + 1)
    if window >= 3:
        places = savgol_filter(places, window, 1, mode="interp")
    inside = (places > -1e-6) & (places < length - 1 + 1e-6)
    return every[inside], np.clip(places[inside], 0, length - 1)
