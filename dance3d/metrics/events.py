"""Scores of movements as events with beginning and end, not frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.times import median_step
from dance3d.metrics.movement_counts import MovementCounts, check_flags
from dance3d.movement_types import NAMES
from dance3d.timeseries.segments import BRIDGE, SHORTEST, THRESHOLD, Segments, lasting

ONSET = 0.1  # seconds by which the beginning of a found event may be off
OVERLAP = 0.5  # of found and true event, in what they cover together


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one or more takes, found against true ones of the same type, one to one.

    Attributes:
        onsets: matched where they begin at the same time, give or take a little.
        overlaps: matched where they cover the same time.
        late: (N,) seconds by which found events begin after the true ones that they were matched with by onset.
    """

    onsets: MovementCounts
    overlaps: MovementCounts
    late: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def figures(self, prefix: str = "") -> dict[str, float]:
        """Scores of both tallies, ``onset.…`` and ``overlap.…``, and how late onsets are found, seconds.

        ``onset.late`` is the median with its sign, ``onset.off`` the mean without: both of matched events alone, so
        neither exceeds what a match allows; 0 where nothing matched.
        """
        off = self.late if len(self.late) else np.zeros(1)
        return {
            **self.onsets.figures(f"{prefix}onset."),
            **self.overlaps.figures(f"{prefix}overlap."),
            f"{prefix}onset.late": float(np.median(off)),
            f"{prefix}onset.off": float(np.abs(off).mean()),
        }


def match_events(
    found: NDArray[np.generic],
    true: NDArray[np.generic],
    time: NDArray[np.float64],
    names: Sequence[str] = NAMES,
    *,
    onset: float = ONSET,
    overlap: float = OVERLAP,
    bridge: float = BRIDGE,
    shortest: float = SHORTEST,
) -> Events:
    """Match the events of one take; both sides are made of frames by the rule of ``dance3d.timeseries.segments``.

    Args:
        found: (T, C) flags, or probabilities of which half and more count; NaN is nothing.
        true: likewise.
        time: (T,) seconds, increasing; where it steps back, a new window begins, and no event crosses that.
        names: C names ``part.label``.
        onset: seconds by which a beginning may be off.
        overlap: of found and true event, in what they cover together, 0.5 to 1.
        bridge: seconds; gaps up to this are closed.
        shortest: seconds; events below it are dropped.

    Raises:
        ValueError: the shapes do not fit, or a limit is out of its range.
    """
    check_flags(found, true, names)
    if time.shape != found.shape[:1]:
        raise ValueError(f"time has shape {time.shape}, expected ({len(found)},)")
    if onset < 0 or not 0.5 <= overlap <= 1:
        raise ValueError(f"onset is {onset} s and overlap {overlap}, expected 0 or more, and 0.5 to 1")
    cuts = [0, *(np.flatnonzero(np.diff(time) <= 0) + 1).tolist(), len(time)]
    takes = [
        _take(_flags(found[a:b]), _flags(true[a:b]), time[a:b], tuple(names), (onset, overlap, bridge, shortest))
        for a, b in pairwise(cuts)
    ]
    return total_events(takes)


def total_events(takes: Sequence[Events]) -> Events:
    """The events of all takes.

    Raises:
        ValueError: there is no take.
    """
    if not takes:
        raise ValueError("there is no take whose events could be added up")
    late = np.concatenate([one.late for one in takes])
    tallies = ([one.onsets for one in takes], [one.overlaps for one in takes])
    onsets, overlaps = (sum(rest, first) for first, *rest in tallies)
    return Events(onsets, overlaps, late)


def _flags(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    return np.asarray(np.nan_to_num(values.astype(np.float32)) >= THRESHOLD)


def _take(
    found: NDArray[np.bool_],
    true: NDArray[np.bool_],
    time: NDArray[np.float64],
    names: tuple[str, ...],
    limits: tuple[float, float, float, float],
) -> Events:
    onset, overlap, bridge, shortest = limits
    fps = 1 / median_step(time, 1.0)
    got, real = (lasting(flags, fps, bridge, shortest) for flags in (found, true))
    count, actual = (np.bincount(one.column, minlength=len(names)) for one in (got, real))

    def tally(matched: NDArray[np.int64]) -> MovementCounts:
        return MovementCounts(np.bincount(got.column[matched], minlength=len(names)), count, actual, names)

    span = time[-1] - time[0] + 1 + onset if len(time) else 0.0
    begin, truth = (time[one.start] + one.column * span for one in (got, real))
    near, beside = _near(begin, truth, onset + 1e-6)
    late = (begin[near] - truth[beside]).astype(np.float64)
    return Events(tally(near), tally(_overlapping(got, real, len(found) + 1, overlap)), late)


def _near(
    found: NDArray[np.float64], true: NDArray[np.float64], slack: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of found and true times that go together; both in order, types one behind another on one axis.

    The first two that are within reach of each other are a pair: with one slack for all, no other choice makes more.
    """
    pairs, f, t = [], 0, 0
    times, truths = found.tolist(), true.tolist()
    while f < len(times) and t < len(truths):
        apart = times[f] - truths[t]
        if abs(apart) <= slack:
            pairs.append((f, t))
        f, t = f + (apart <= slack), t + (apart >= -slack)
    first, second = np.array(pairs, int).reshape(-1, 2).T
    return first, second


def _overlapping(found: Segments, true: Segments, row: int, least: float) -> NDArray[np.int64]:
    """Numbers of found events that cover, with a true one of their own, ``least`` of what either covers.

    Events of a type do not overlap each other, so from half on no event has two partners but in a tie.
    """
    got, real = (zip(one.start + one.column * row, one.stop + one.column * row, strict=True) for one in (found, true))
    ours, theirs = [(int(a), int(b)) for a, b in got], [(int(a), int(b)) for a, b in real]
    matched, f, t = [], 0, 0
    while f < len(ours) and t < len(theirs):
        (start, stop), (begin, end) = ours[f], theirs[t]
        if min(stop, end) - max(start, begin) >= least * (max(stop, end) - min(start, begin)):
            matched.append(f)
            f, t = f + 1, t + 1
        else:
            f, t = f + (stop <= end), t + (end <= stop)
    return np.array(matched, int)
