"""When two dancers overlap in the picture, and how sure their identities are afterwards."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections, PairCrossing
from dance3d.geometry import boxes
from dance3d.geometry.boxes import area, overlap, shared
from dance3d.stages.keypoints.tracking.identity_swaps import Agreement, chained, rivals
from dance3d.stages.keypoints.tracking.kalman_online import DOUBT, FREEZE, LOST, Links, link_odds
from dance3d.timeseries.segments import segments

Int = NDArray[np.int64]
HIDDEN = 0.5  # share of the box of a dancer who is not seen that lies in another's
PAUSE = 0.2  # seconds without overlap that end a crossing
LEAST = 2  # frames
TEMPER, SUREST = 0.8, 4.0
"""Share of the log odds that is believed, and the most: what speaks is not independent. Measured on 744 crossings of
couples, some without colours or with few frames a second: of those said to be right to 0.82 (0.98) 0.81 (0.97) were."""


def find_crossings(detections: Detections, links: Links, person: Int) -> tuple[PairCrossing, ...]:
    """Every overlap of two dancers; one who is not seen is where the way between the detections around leads."""
    box = boxes.of_joints(detections.xy).astype(np.float32)
    where = {int(p): _place(detections, box, person == p) for p in np.unique(person[person > 0])}
    out = []
    for first, second in combinations(where, 2):
        (a, a_seen), (b, b_seen) = where[first], where[second]
        inside = shared(a, b)
        gone = (~a_seen & (inside > HIDDEN * area(a))) | (~b_seen & (inside > HIDDEN * area(b)))
        both = (overlap(a, b) > FREEZE) | (gone & (inside > 0) & (a_seen | b_seen))
        runs = _runs(both, detections.time)
        if not runs:
            continue
        chain = chained(detections, links, person, first, second)
        same = Agreement(chain)
        rows = np.flatnonzero((person == first) | (person == second))
        rows = rows[np.isfinite(links.margin[rows])]
        rows = rows[np.isin(rivals(links, person, rows), (first, second))]
        frame = detections.frame[rows]
        for start, stop in runs:
            ends = np.searchsorted(chain.cuts, (start - 1, min(stop, len(detections.time) - 1)), "right")
            sure = same(int(ends[0]), int(ends[1]))
            inner = links.margin[rows[(frame >= start) & (frame <= stop)]]
            inner = inner[inner >= DOUBT]  # the doubtful ones are the chain's
            weakest = link_odds(inner.min(initial=1.0))
            out.append(PairCrossing(first, second, start, stop, _honest(sure * float(1 / (1 + np.exp(-weakest))))))
    return tuple(sorted(out, key=lambda m: (m.start, m.first, m.second)))


def _honest(chance: float) -> float:
    """A chance as it is met with."""
    odds = np.log(max(chance, 1e-9)) - np.log(max(1 - chance, 1e-9))
    return float(1 / (1 + np.exp(-np.clip(TEMPER * odds, -SUREST, SUREST))))


def _place(
    detections: Detections, box: NDArray[np.float32], rows: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(T, 4) a dancer's box, on straight lines across absences of up to ``LOST`` seconds, NaN elsewhere; (T,) seen."""
    rows = rows & np.isfinite(box).all(1)
    frame, time = detections.frame[rows], detections.time
    seen = np.zeros(len(time), bool)
    seen[frame] = True
    out = np.full((len(time), 4), np.nan, np.float32)
    if not len(frame):
        return out, seen
    for side in range(4):
        out[:, side] = np.interp(time, time[frame], box[rows, side], np.nan, np.nan)
    for k in np.flatnonzero(np.diff(time[frame]) > LOST):
        out[frame[k] + 1 : frame[k + 1]] = np.nan
    return out, seen


def _runs(both: NDArray[np.bool_], time: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(start, stop) of stretches that are true, with pauses of up to ``PAUSE`` seconds."""
    runs: list[tuple[int, int]] = []
    for start, stop in segments(both).tolist():
        if runs and time[start] - time[runs[-1][1] - 1] <= PAUSE:
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    return [(start, stop) for start, stop in runs if stop - start >= LEAST]
