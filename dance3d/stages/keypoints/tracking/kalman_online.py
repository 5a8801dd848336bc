"""First pass, frame by frame: Kalman filters and one Hungarian assignment per frame (METHODS 1.4, SORT).

The cost of a match combines joints, boxes and colours. Doubtful links are not final: every link keeps the margin by
which it beat the next best, and the later passes use the whole clip. Constants without a source are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dance3d.contracts.detections import Detections
from dance3d.geometry import boxes
from dance3d.geometry.boxes import overlap
from dance3d.stages.keypoints.tracking.active_tracks import (
    POSITION_NOISE,
    ActiveTracks,
    DetectionFeatures,
    new_tracks,
    update_tracks,
)
from dance3d.stages.keypoints.tracking.similarity import centres, colour_distance, oks, sizes

Int = NDArray[np.int64]
Float = NDArray[np.floating]
COLOUR_OVERLAP = 0.2
"""Overlap with another body above which a body's colours are not used (METHODS 1.4)."""
DUPLICATE = 0.6  # OKS of two bodies in one frame above which one may be a double detection of the other
SURE_DUPLICATE = 0.9  # OKS above which it is one, whatever the tracks were before
COLOUR_SAME = 0.35  # distance of colours above which two bodies are two people
LOST_AFTER = 1.0  # seconds without a detection after which a track ends
GATE = 4.0  # standard deviations of the prediction beyond which no match is possible
MOST_COST = 1.6  # cost above which there is no match
SIZE_RATIO = 1.8  # ratio of sizes above which no match is possible
BOX_WEIGHT, COLOUR_WEIGHT = 0.4, 0.8  # weights in the cost, where joints have 1
UNKNOWN_COLOUR = 0.4  # distance of colours where one of them is not known
BEFORE = 0.8  # share of ``DUPLICATE`` that two tracks' OKS must have reached before for both to be kept

DOUBTFUL = 0.3
"""Margin of a link below which it may be wrong."""
# log odds of a link by its margin, measured on 45 000 links, of which 40 were wrong
ODDS_BASE, ODDS_SLOPE, MOST_ODDS = 1.5, 14.0, 8.0


@dataclass(eq=False)
class Links:
    """The links of the first pass, one row per detection.

    Attributes:
        track: (N,) number of the track from 0; -1 for double detections and for those without a joint.
        margin: (N,) by how much the cost would rise if the track were swapped with the best other; inf without another.
        rival: (N,) that other track; -1 without.
        clean: (N,) true where no other body overlaps this one.
    """

    track: Int
    margin: NDArray[np.float32]
    rival: Int
    clean: NDArray[np.bool_]


def link_odds(margin: Float) -> Float:
    """Log odds that a link with this margin is right."""
    return np.asarray(np.clip(ODDS_BASE + ODDS_SLOPE * margin, -MOST_ODDS, MOST_ODDS))


def pairs_in_frames(frame: Int, most: int) -> list[tuple[Int, Int]]:
    """Every two rows of one frame, by their distance in rows."""
    out = []
    for step in range(1, most):
        first = np.flatnonzero(frame[step:] == frame[:-step])
        if len(first) == 0:
            break
        out.append((first, first + step))
    return out


def largest_overlaps(detections: Detections, box: Float) -> NDArray[np.float32]:
    """(N,) largest overlap of each body with another of its frame, 0..1."""
    most = np.zeros(len(detections), np.float32)
    for a, b in pairs_in_frames(detections.frame, len(detections)):
        both = overlap(box[a], box[b])
        np.maximum.at(most, a, both)
        np.maximum.at(most, b, both)
    return most


def link(detections: Detections) -> Links:
    """Link detections from frame to frame."""
    box = boxes.of_joints(detections.xy).astype(np.float32)
    crowded = largest_overlaps(detections, box)
    features = DetectionFeatures(centres(detections.xy), sizes(detections), box, crowded <= COLOUR_OVERLAP)
    n = len(detections)
    out = Links(np.full(n, -1), np.full(n, np.inf, np.float32), np.full(n, -1), features.clean)
    active, count, now = ActiveTracks(), 0, 0.0
    spans, there = detections.spans(), np.asarray(np.isfinite(features.at).all(1))
    for t in np.unique(detections.frame[there]):
        rows = np.arange(spans[t], spans[t + 1])
        rows = rows[there[rows]]
        step, now = float(detections.time[t]) - now, float(detections.time[t])
        if (ended := now - active.last > LOST_AFTER).any():
            active.keep(~ended)
        if len(active.name):
            active.predict(step)
        cost = _costs(active, detections, features, rows)
        own = _assign(cost)
        new = _drop_duplicates(active, detections, features, rows, own, cost)
        _margins(out, active, rows, own, cost)
        known = own >= 0
        update_tracks(active, detections, features, rows[known], own[known], now)
        out.track[rows[known]] = active.name[own[known]]
        started = rows[new]
        if len(started):
            out.track[started] = np.arange(count, count + len(started))
            active.add(new_tracks(detections, features, started, out.track[started], now))
            count += len(started)
    return out


def _costs(active: ActiveTracks, detections: Detections, features: DetectionFeatures, rows: Int) -> Float:
    """(K, M) cost of matching track k with detection m; inf where no match is possible."""
    if not len(active.name):
        return np.zeros((0, len(rows)))
    xy, score, size = detections.xy[rows], detections.score[rows], active.size[:, None]
    deviation = np.sqrt(active.variance[:, 0])[:, None]
    apart = np.linalg.norm(active.at[:, None] - features.at[rows][None], axis=-1) / size
    poses = active.pose + active.at[:, None]
    like = oks(poses[:, None], xy[None], active.score[:, None] * score[None], size, deviation)
    boxes = overlap((active.box + np.tile(active.at, 2))[:, None], features.box[rows][None])
    tint = colour_distance(active.colour[:, None], np.sqrt(detections.colour[rows])[None])
    tint = np.where(np.isfinite(tint), tint, UNKNOWN_COLOUR)
    cost = (1 - like) + BOX_WEIGHT * (1 - boxes) + COLOUR_WEIGHT * tint
    larger = np.abs(np.log(features.size[rows][None] / size))
    possible = (
        (apart <= GATE * np.hypot(deviation, POSITION_NOISE)) & (larger <= np.log(SIZE_RATIO)) & (cost <= MOST_COST)
    )
    return np.asarray(np.where(possible, cost, np.inf))


def _assign(cost: Float) -> Int:
    """(M,) the track of each detection, -1 for none: as many matches as possible, then at the lowest cost."""
    own = np.full(cost.shape[1], -1)
    if cost.size:
        k, m = linear_sum_assignment(np.where(np.isfinite(cost), cost, 2 * MOST_COST))
        good = np.isfinite(cost[k, m])
        own[m[good]] = k[good]
    return own


def _drop_duplicates(
    active: ActiveTracks, detections: Detections, features: DetectionFeatures, rows: Int, own: Int, cost: Float
) -> NDArray[np.bool_]:
    """(M,) true for detections that start a track. Double detections lose their track in ``own`` and start none."""
    new = own < 0
    if len(rows) < 2:
        return new
    xy, score = detections.xy[rows], detections.score[rows]
    size = features.size[rows]
    like = oks(xy[:, None], xy[None], np.minimum(score[:, None], score[None]), np.maximum(size[:, None], size[None]))
    for a, b in np.argwhere(np.triu(like > DUPLICATE, 1)):
        tint = colour_distance(*np.sqrt(detections.colour[rows[[a, b]]]))
        both = own[a] >= 0 and own[b] >= 0
        if like[a, b] <= SURE_DUPLICATE and (
            tint > COLOUR_SAME or (both and _were_duplicates(active, int(own[a]), int(own[b])))
        ):
            continue
        fit = [cost[own[i], i] if own[i] >= 0 else np.inf for i in (a, b)]
        worse = b if (fit[0], -score[a].mean()) <= (fit[1], -score[b].mean()) else a
        own[worse], new[worse] = -1, False
    return new


def _were_duplicates(active: ActiveTracks, a: int, b: int) -> bool:
    """Whether two tracks were nearly as similar before this frame."""
    poses = active.pose[[a, b]] + active.at[[a, b], None]
    weight = np.minimum(active.score[a], active.score[b])
    return bool(oks(poses[0], poses[1], weight, np.asarray(active.size[[a, b]].max())) > BEFORE * DUPLICATE)


def _margins(out: Links, active: ActiveTracks, rows: Int, own: Int, cost: Float) -> None:
    """Set by how much the cost would rise if a detection's track were swapped with another's."""
    if len(active.name) < 2:
        return
    dear = np.where(np.isfinite(cost), cost, 2 * MOST_COST)
    detection = np.full(len(active.name), -1)
    detection[own[own >= 0]] = np.flatnonzero(own >= 0)
    for m in np.flatnonzero(own >= 0):
        k = own[m]
        other = dear[:, m] - dear[k, m]
        busy = detection >= 0
        other[busy] += dear[k, detection[busy]] - dear[busy, detection[busy]]
        other[k] = np.inf
        rival = int(other.argmin())
        out.margin[rows[m]], out.rival[rows[m]] = other[rival], active.name[rival]
