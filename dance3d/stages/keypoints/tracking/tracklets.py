"""Tracklets: tracks cut wherever they may have passed from one dancer to another, so that each is one person.

The constants are chosen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections
from dance3d.stages.keypoints.tracking.kalman_online import DOUBTFUL, Links, link_odds
from dance3d.stages.keypoints.tracking.similarity import colour_distance

Int = NDArray[np.int64]
LEAST_LENGTH = 3  # detections: shortest tracklet
LONGEST_GAP = 0.25  # seconds without a detection, after which the track may be another person's
WINDOW = 6  # detections before and after a place whose colours are compared
COLOUR_CHANGE = 0.45  # distance of these colours above which it may be another person
SAFE_MARGIN = 1.6  # margin of a link above which nobody else was near: the dancer turned, and has other colours behind


def cut_tracklets(detections: Detections, links: Links) -> tuple[Int, dict[tuple[int, int], float]]:
    """Cut tracks at doubtful links, after absences, and where the colours change.

    Args:
        detections: of the clip.
        links: of the first pass.

    Returns:
        (N,) tracklet of each detection from 0, -1 for none; and for two consecutive tracklets of one track the log odds
        that they are of one dancer, where the link between them tells more than position and motion.
    """
    order = np.argsort(links.track, kind="stable")
    order = order[links.track[order] >= 0]
    ends = np.flatnonzero(np.diff(links.track[order])) + 1
    out = np.full(len(links.track), -1)
    odds: dict[tuple[int, int], float] = {}
    count = 0
    for rows in np.split(order, ends) if len(order) else []:
        places = _cut_places(detections, links, rows)
        for k, part in enumerate(np.split(rows, [place for place, _ in places])):
            out[part] = count
            if k and (value := places[k - 1][1]) is not None:
                odds[count - 1, count] = value
            count += 1
    return out, odds


def _cut_places(detections: Detections, links: Links, rows: Int) -> list[tuple[int, float | None]]:
    """Rows of a track before which to cut, and the log odds of the link there, or none after a gap."""
    step = np.diff(detections.time[detections.frame[rows]], prepend=-np.inf)
    uncertain = np.flatnonzero((links.margin[rows] < SAFE_MARGIN) | ~links.clean[rows])
    changed, gap = _colour_changes(detections, links, rows), step > LONGEST_GAP
    for place in np.flatnonzero(changed | gap):
        if (np.abs(uncertain - place) > WINDOW).all():
            changed[place] = gap[place] = False
    found: list[tuple[int, float | None]] = []
    for place in np.flatnonzero((links.margin[rows] < DOUBTFUL) | gap | changed):
        around = slice(max(place - WINDOW, 0), place + WINDOW + 1) if changed[place] else slice(place, place + 1)
        value = None if gap[place] else float(link_odds(links.margin[rows[around]].min()))
        if place < LEAST_LENGTH or len(rows) - place < LEAST_LENGTH:
            continue
        if found and place - found[-1][0] < LEAST_LENGTH:
            old = found[-1][1]
            found[-1] = (found[-1][0], value if old is None else old if value is None else min(old, value))
        else:
            found.append((int(place), value))
    return found


def _colour_changes(detections: Detections, links: Links, rows: Int) -> NDArray[np.bool_]:
    """(n,) true where the colours before and after differ by more than ``COLOUR_CHANGE``, at the local maximum."""
    out = np.zeros(len(rows), bool)
    coloured = np.flatnonzero(np.isfinite(detections.colour[rows, 0]) & links.clean[rows])
    if len(coloured) < 2 * WINDOW:
        return out
    total = np.cumsum(np.sqrt(detections.colour[rows[coloured]]), axis=0, dtype=float)
    total = np.concatenate([np.zeros_like(total[:1]), total])
    mean = total[WINDOW:] - total[:-WINDOW]
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    far = colour_distance(mean[:-WINDOW], mean[WINDOW:])
    padded = np.pad(far, WINDOW)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * WINDOW + 1).max(1)
    peaks = np.flatnonzero((far > COLOUR_CHANGE) & (far == highest)) + WINDOW
    out[coloured[peaks]] = True
    return out
