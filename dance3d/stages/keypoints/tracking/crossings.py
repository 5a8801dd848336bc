"""Crossings: when two dancers overlap in the picture, and how likely their identities are right afterwards."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections, PairCrossing
from dance3d.geometry import boxes
from dance3d.geometry.boxes import area, overlap, shared
from dance3d.stages.keypoints.tracking.identity_swaps import SameState, pair_chain, rival_dancers
from dance3d.stages.keypoints.tracking.kalman_online import COLOUR_OVERLAP, DOUBTFUL, LOST_AFTER, Links, link_odds
from dance3d.timeseries.segments import segments

Int = NDArray[np.int64]
HIDDEN_SHARE = 0.5  # chosen: share of an undetected dancer's box that lies in the other's
PAUSE = 0.2  # chosen: seconds without overlap that end a crossing
LEAST_FRAMES = 2  # chosen: frames of the shortest crossing
ODDS_FACTOR, MOST_ODDS = 0.8, 4.0
"""Factor on the log odds, and the most: the cues are not independent. Measured on 744 crossings of couples, some
without colours or at low frame rates: of those given 0.82 (0.98) on average, 0.81 (0.97) were right."""


def find_crossings(detections: Detections, links: Links, person: Int) -> tuple[PairCrossing, ...]:
    """Every crossing of two dancers; a dancer's box is interpolated where there is no detection.

    Args:
        detections: of the clip.
        links: of the first pass.
        person: (N,) dancer of each detection from 1, 0 for none.
    """
    box = boxes.of_joints(detections.xy).astype(np.float32)
    paths = {int(p): _box_path(detections, box, person == p) for p in np.unique(person[person > 0])}
    out = []
    for first, second in combinations(paths, 2):
        (a, a_seen), (b, b_seen) = paths[first], paths[second]
        inside = shared(a, b)
        hidden = (~a_seen & (inside > HIDDEN_SHARE * area(a))) | (~b_seen & (inside > HIDDEN_SHARE * area(b)))
        overlapping = (overlap(a, b) > COLOUR_OVERLAP) | (hidden & (inside > 0) & (a_seen | b_seen))
        intervals = _overlap_intervals(overlapping, detections.time)
        if not intervals:
            continue
        chain = pair_chain(detections, links, person, first, second)
        same_state = SameState(chain)
        rows = np.flatnonzero((person == first) | (person == second))
        rows = rows[np.isfinite(links.margin[rows])]
        rows = rows[np.isin(rival_dancers(links, person, rows), (first, second))]
        frame = detections.frame[rows]
        for start, stop in intervals:
            ends = np.searchsorted(chain.cuts, (start - 1, min(stop, len(detections.time) - 1)), "right")
            sure = same_state(int(ends[0]), int(ends[1]))
            inner = links.margin[rows[(frame >= start) & (frame <= stop)]]
            inner = inner[inner >= DOUBTFUL]  # the chain has the doubtful ones
            weakest = link_odds(inner.min(initial=1.0))
            out.append(PairCrossing(first, second, start, stop, _calibrated(sure * float(1 / (1 + np.exp(-weakest))))))
    return tuple(sorted(out, key=lambda m: (m.start, m.first, m.second)))


def _calibrated(chance: float) -> float:
    """A probability scaled as measured."""
    odds = np.log(max(chance, 1e-9)) - np.log(max(1 - chance, 1e-9))
    return float(1 / (1 + np.exp(-np.clip(ODDS_FACTOR * odds, -MOST_ODDS, MOST_ODDS))))


def _box_path(
    detections: Detections, box: NDArray[np.float32], rows: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(T, 4) a dancer's box, interpolated over gaps of up to ``LOST_AFTER`` seconds, else NaN; (T,) if detected."""
    rows = rows & np.isfinite(box).all(1)
    frame, time = detections.frame[rows], detections.time
    seen = np.zeros(len(time), bool)
    seen[frame] = True
    out = np.full((len(time), 4), np.nan, np.float32)
    if not len(frame):
        return out, seen
    for side in range(4):
        out[:, side] = np.interp(time, time[frame], box[rows, side], np.nan, np.nan)
    for k in np.flatnonzero(np.diff(time[frame]) > LOST_AFTER):
        out[frame[k] + 1 : frame[k + 1]] = np.nan
    return out, seen


def _overlap_intervals(overlapping: NDArray[np.bool_], time: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(start, stop) of intervals that are true, with pauses of up to ``PAUSE`` seconds."""
    intervals: list[tuple[int, int]] = []
    for start, stop in segments(overlapping).tolist():
        if intervals and time[start] - time[intervals[-1][1] - 1] <= PAUSE:
            intervals[-1] = (intervals[-1][0], stop)
        else:
            intervals.append((start, stop))
    return [(start, stop) for start, stop in intervals if stop - start >= LEAST_FRAMES]
