"""Tracks cut wherever they may have gone from one dancer to another: what is left is surely one person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections
from dance3d.stages.keypoints.tracking.kalman_online import DOUBT, Links, link_odds
from dance3d.stages.keypoints.tracking.similarity import colour_distance

Int = NDArray[np.int64]
SHORT = 3  # detections: the least that a piece has
AWAY = 0.25  # seconds without a detection, after which it may be another's
REACH = 6  # detections before and after that are compared
CHANGED = 0.45  # distance of colours between these that may be another's
RIVAL = 1.6  # margin of a link above which nobody else was near: then a dancer turned, and looks different from behind


def pieces(detections: Detections, links: Links) -> tuple[Int, dict[tuple[int, int], float]]:
    """Cut tracks at doubtful links, after absences, and where the colours change.

    Returns:
        (N,) number of each detection's piece from 0, -1 for nobody; and for two pieces of one track that follow each
        other the log odds that they are one dancer's, where the link between them says more than place and motion.
    """
    order = np.argsort(links.track, kind="stable")
    order = order[links.track[order] >= 0]
    ends = np.flatnonzero(np.diff(links.track[order])) + 1
    out = np.full(len(links.track), -1)
    odds: dict[tuple[int, int], float] = {}
    count = 0
    for rows in np.split(order, ends) if len(order) else []:
        places = _cuts(detections, links, rows)
        for k, part in enumerate(np.split(rows, [place for place, _ in places])):
            out[part] = count
            if k and (value := places[k - 1][1]) is not None:
                odds[count - 1, count] = value
            count += 1
    return out, odds


def _cuts(detections: Detections, links: Links, rows: Int) -> list[tuple[int, float | None]]:
    """Places in a track before which to cut, and the log odds of the link there where they are known."""
    step = np.diff(detections.time[detections.frame[rows]], prepend=-np.inf)
    contested = np.flatnonzero((links.margin[rows] < RIVAL) | ~links.clean[rows])
    changed, away = _changes(detections, links, rows), step > AWAY
    for place in np.flatnonzero(changed | away):
        if (np.abs(contested - place) > REACH).all():
            changed[place] = away[place] = False
    found: list[tuple[int, float | None]] = []
    for place in np.flatnonzero((links.margin[rows] < DOUBT) | away | changed):
        around = slice(max(place - REACH, 0), place + REACH + 1) if changed[place] else slice(place, place + 1)
        value = None if away[place] else float(link_odds(links.margin[rows[around]].min()))
        if place < SHORT or len(rows) - place < SHORT:
            continue
        if found and place - found[-1][0] < SHORT:
            old = found[-1][1]
            found[-1] = (found[-1][0], value if old is None else old if value is None else min(old, value))
        else:
            found.append((int(place), value))
    return found


def _changes(detections: Detections, links: Links, rows: Int) -> NDArray[np.bool_]:
    """(n,) places in a track where the colours before and after differ most, and enough."""
    out = np.zeros(len(rows), bool)
    looked = np.flatnonzero(np.isfinite(detections.colour[rows, 0]) & links.clean[rows])
    if len(looked) < 2 * REACH:
        return out
    total = np.cumsum(np.sqrt(detections.colour[rows[looked]]), axis=0, dtype=float)
    total = np.concatenate([np.zeros_like(total[:1]), total])
    mean = total[REACH:] - total[:-REACH]
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    far = colour_distance(mean[:-REACH], mean[REACH:])
    padded = np.pad(far, REACH)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1).max(1)
    peaks = np.flatnonzero((far > CHANGED) & (far == highest)) + REACH
    out[looked[peaks]] = True
    return out
