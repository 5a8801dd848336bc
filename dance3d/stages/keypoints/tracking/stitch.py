"""Second pass over the whole clip: which tracklets are of the same dancer, and which of nobody.

Agglomerative clustering with constraints: two tracklets in the same frames are different people; the others are joined,
most likely first, as long as colours and the motion from the end of one to the start of the other make it likely. In
long clips neighbours in time are joined first, block by block, so that time and memory grow linearly. The constants
are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from dance3d.contracts.detections import Detections
from dance3d.contracts.times import median_step
from dance3d.stages.keypoints.tracking.active_tracks import SPEED, SPEED_MEMORY
from dance3d.stages.keypoints.tracking.kalman_online import Links
from dance3d.stages.keypoints.tracking.similarity import centres, colour_distance, normalized, sizes
from dance3d.stages.keypoints.tracking.tracklets import cut_tracklets

Int = NDArray[np.int64]
Float = NDArray[np.floating]
KnownOdds = list[tuple[int, int, float]]  # rows of two tracklets, and the log odds that they are of one dancer
BLOCK = 600  # tracklets that are compared with each other; of more, neighbours in time are joined first
MOST_SHARED = 2  # frames that two tracklets of one dancer may share, by mistakes
SHARED_SHARE = 0.02  # the same as a share of the shorter one: a short mistake within an hour does not separate the rest
LEAST_SECONDS = 0.5  # seconds in which a dancer is detected at least, or half the clip
LEAST_DETECTIONS = 3  # detections: shorter tracklets are of nobody
LEAST_SCORE = 0.3  # mean score below which a body is a false detection
MOTION_SECONDS = 3.0  # seconds: across longer gaps motion is not used
NEUTRAL_COLOUR = 0.3  # distance of colours that makes neither one dancer nor two likelier
COLOUR_ODDS = 25.0  # log odds for each unit of distance of colours
MOST_AGAINST = 8.0  # most log odds of colours against one dancer: a jacket may be open in front
ENOUGH_COLOURS = 10  # detections from which on a mean colour has full weight
END_COLOURS = 15  # detections without overlap that give the colours at an end of a tracklet
OVERLAPPED_WEIGHT = 0.1  # weight of colours while bodies overlap
# standard deviations at the ends of tracklets: position in longest bones, log of the size
POSITION_SPREAD, SIZE_SPREAD = 0.5, 0.15
SIZE_GROWTH = 0.1  # growth of the variance of the log size, per second of the gap
# detections of an end; seconds that they span at least; seconds by which two ends may overlap
ENDS, LEAST_TIME, OVERLAP = 8, 0.15, 0.1
MOST_MOTION = 6.0  # most log odds of motion
PRIOR = 1.0  # prior log odds of one dancer rather than two
FORCED_ODDS = -4.5  # least log odds for joining while there are more dancers than ``people``
# The same while there are more than are ever detected at once, of tracks one after the other. Those that are detected
# in turns are joined as if it were told: a further dancer who is seen only while another is not is unlikely.
EAGER_ODDS = -3.0


@dataclass(eq=False)
class _Tracklets:
    """Ends and colours of tracklets; the first axis is the tracklet."""

    rows: Int  # number of detections
    time: Float  # (n, 2) first and last, seconds
    at: Float  # (n, 2, 2) positions, pixels
    speed: Float  # (n, 2, 2) sizes per second
    size: Float  # (n, 2) pixels
    colour: Float  # (n, C) sum of square roots of histograms
    weight: Float  # (n,) of ``colour``
    ends: Float  # (n, 2, C) the same, normalized, of the first and last without overlap; NaN where there is none


def stitch(detections: Detections, links: Links, people: int | None) -> Int:
    """Join tracklets into dancers.

    Args:
        detections: of the clip.
        links: of the first pass.
        people: number of dancers, where it is known: tracks are joined more readily while there are more.

    Returns:
        (N,) dancer of every detection, in no order; -1 for nobody.
    """
    track, known_odds = cut_tracklets(detections, links)
    count = np.bincount(track[track >= 0], minlength=1)
    first = np.unique(track, return_index=True)[1][-len(count) :]  # row of every tracklet
    known = [(int(first[u]), int(first[v]), odds) for (u, v), odds in known_odds.items()]
    tracklet = _keep_long(track, min(LEAST_DETECTIONS, max(len(detections.time) // 2, 1)))
    n = int(tracklet.max(initial=-1)) + 1
    if not n:
        return tracklet
    while n > BLOCK:
        tracklet, before = _join_blocks(detections, links, tracklet, n, known), n
        if (n := int(tracklet.max()) + 1) > before // 2:  # hardly any tracklets were joined
            tracklet = _keep_long(tracklet, int(np.sort(np.bincount(tracklet[tracklet >= 0]))[-min(n, 4 * BLOCK)]))
            n = int(tracklet.max()) + 1
            break
    people_at_most, least_odds = (
        (_people_at_once(detections, tracklet), EAGER_ODDS) if people is None else (people, FORCED_ODDS)
    )
    dancer = _joined_detections(detections, links, tracklet, n, people_at_most, least_odds, known)
    assigned = dancer >= 0
    seen = np.bincount(dancer[assigned])
    sure = np.bincount(dancer[assigned], detections.score[assigned].mean(1)) / np.maximum(seen, 1)
    good = (seen >= _least_frames(detections)) & (sure >= LEAST_SCORE)
    return _one_per_frame(detections, np.where(assigned & good[dancer], dancer, -1), np.append(count, 0)[track])


def _keep_long(tracklet: Int, least: int) -> Int:
    """Tracklets of ``least`` detections or more, renumbered from 0; the others become -1."""
    count = np.bincount(tracklet[tracklet >= 0], minlength=1)
    kept = np.append(count >= least, False)  # -1 looks up the last
    return np.asarray(np.where(kept[tracklet], np.cumsum(kept)[tracklet] - 1, -1))


def _join_blocks(detections: Detections, links: Links, tracklet: Int, n: int, known: KnownOdds) -> Int:
    """Tracklets joined with their neighbours in time, ``BLOCK`` at a time."""
    names, first = np.unique(tracklet, return_index=True)
    rank = np.full(n + 1, -1)  # -1 looks up the last
    rank[names[names >= 0][np.argsort(first[names >= 0])]] = np.arange(n)
    place, out, count = rank[tracklet], np.full(len(tracklet), -1), 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        part = np.where((place >= start) & (place < stop), place - start, -1)
        dancer = _joined_detections(detections, links, part, stop - start, stop - start, 0.0, known)
        out[dancer >= 0] = dancer[dancer >= 0] + count
        count = int(out.max()) + 1
    return out


def _joined_detections(
    detections: Detections, links: Links, tracklet: Int, n: int, people: int, least_odds: float, known: KnownOdds
) -> Int:
    """(N,) cluster of each detection from 0, -1 for nobody."""
    tracklets = _tracklets(detections, links, tracklet, n)
    motion, local = _motion(tracklets, _diagonal(detections))
    for *rows, odds in known:
        u, v = tracklet[rows]
        if u >= 0 and v >= 0 and u != v:
            motion[u, v] = motion[v, u] = odds
    cluster = _cluster(tracklets, _shared_frames(detections, tracklet, n), people, least_odds, motion, local)
    return np.asarray(np.where(tracklet >= 0, cluster[tracklet], -1))


def _one_per_frame(detections: Detections, dancer: Int, length: Int) -> Int:
    """Every dancer once per frame: the detection of the longest tracklet stays."""
    order = np.lexsort((-length, dancer, detections.frame))
    again = (np.diff(detections.frame[order]) == 0) & (np.diff(dancer[order]) == 0)
    dancer[order[1:][again]] = -1
    return dancer


def _least_frames(detections: Detections) -> float:
    return min(LEAST_SECONDS / median_step(detections.time, 1.0), len(detections.time) / 2)


def _people_at_once(detections: Detections, tracklet: Int) -> int:
    """How many people are detected at once for ``_least_frames``."""
    per_frame = np.sort(np.bincount(detections.frame[tracklet >= 0], minlength=1))[::-1]
    return int(per_frame[min(int(np.ceil(_least_frames(detections))), len(per_frame)) - 1])


def _diagonal(detections: Detections) -> float:
    return float(np.hypot(*detections.size))


def _shared_frames(detections: Detections, tracklet: Int, n: int) -> Int:
    """(n, n) number of frames in which both tracklets have a detection."""
    rows = np.flatnonzero(tracklet >= 0)
    there = coo_array(
        (np.ones(len(rows), np.int32), (tracklet[rows], detections.frame[rows])), (n, len(detections.time))
    )
    there = there.tocsr()
    return np.asarray((there @ there.T).toarray(), np.int64)


def _tracklets(detections: Detections, links: Links, tracklet: Int, n: int) -> _Tracklets:
    order = np.flatnonzero(tracklet >= 0)
    order = order[np.argsort(tracklet[order], kind="stable")]
    starts = np.searchsorted(tracklet[order], np.arange(n + 1))
    at, size = centres(detections.xy), sizes(detections)
    time = detections.time[detections.frame]
    ends = order[np.stack([starts[:-1], starts[1:] - 1], 1)]
    speed = np.zeros((n, 2, 2))
    scale = np.zeros((n, 2))
    colour, weight = np.zeros((n, detections.colour.shape[1])), np.zeros(n)
    end_colours = np.full((n, 2, colour.shape[1]), np.nan)
    for k in range(n):
        rows = order[starts[k] : starts[k + 1]]
        for end, some in enumerate((rows[:ENDS], rows[-ENDS:])):
            took = time[some[-1]] - time[some[0]]
            scale[k, end] = np.median(size[some])
            if took > 0:
                speed[k, end] = (at[some[-1]] - at[some[0]]) / max(took, LEAST_TIME) / scale[k, end]
        coloured = rows[np.isfinite(detections.colour[rows, 0])]
        weights = np.where(links.clean[coloured], 1.0, OVERLAPPED_WEIGHT)
        colour[k], weight[k] = weights @ np.sqrt(detections.colour[coloured]), weights.sum()
        clean = coloured[links.clean[coloured]]
        for end, some in enumerate((clean[:END_COLOURS], clean[-END_COLOURS:])):
            if len(some) >= LEAST_DETECTIONS:
                end_colours[k, end] = normalized(np.sqrt(detections.colour[some]).sum(0))
    return _Tracklets(np.diff(starts), time[ends], at[ends], speed, scale, colour, weight, end_colours)


def _motion(tracklets: _Tracklets, diagonal: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, n) log odds by motion that one tracklet continues as the other; 0 where the gap is too long.

    And (n, n) the distance of colours between the end of one and the start of the other, 1 where not known: a dancer
    who has turned has the colours of a moment ago rather than those of the whole clip.
    """
    n = len(tracklets.rows)
    out, local = np.zeros((n, n), np.float32), np.ones((n, n), np.float32)
    for u in range(n):
        gap = tracklets.time[:, 0] - tracklets.time[u, 1]
        v = np.flatnonzero((gap > -OVERLAP) & (gap <= MOTION_SECONDS) & (tracklets.time[:, 1] > tracklets.time[u, 1]))
        v = v[v != u]
        if not len(v):
            continue
        wait = np.maximum(gap[v], 1e-3)
        far = (SPEED_MEMORY * (1 - np.exp(-wait / 2 / SPEED_MEMORY)))[:, None]  # half of the gap from either end
        size = np.sqrt(tracklets.size[u, 1] * tracklets.size[v, 0])[:, None]
        off = (tracklets.at[v, 0] - tracklets.at[u, 1]) / size - far * (tracklets.speed[u, 1] + tracklets.speed[v, 0])
        spread = POSITION_SPREAD**2 + (SPEED * SPEED_MEMORY) ** 2 * 2 * (
            wait / SPEED_MEMORY - 1 + np.exp(-wait / SPEED_MEMORY)
        )
        room = (diagonal / size[:, 0]) ** 2 / 4
        size_change = np.log(tracklets.size[v, 0] / tracklets.size[u, 1])
        odds = np.log(room / (2 * np.pi * spread)) - (off**2).sum(1) / (2 * spread)
        odds -= size_change**2 / (2 * (SIZE_SPREAD**2 + SIZE_GROWTH * wait))
        out[u, v] = out[v, u] = np.clip(odds, -MOST_MOTION, MOST_MOTION)
        apart = colour_distance(tracklets.ends[u, 1], tracklets.ends[v, 0])
        local[u, v] = local[v, u] = np.where(np.isnan(apart), 1, apart)
    return out, local


def _cluster(tracklets: _Tracklets, together: Int, people: int, least_odds: float, motion: Float, local: Float) -> Int:
    """(n,) cluster of each tracklet from 0; while there are more than ``people``, less likely ones are joined too."""
    n = len(tracklets.rows)
    best, worst = np.maximum(motion, 0), np.minimum(motion, 0)
    time = tracklets.time.copy()
    colour, weight, rows = tracklets.colour.copy(), tracklets.weight.copy(), tracklets.rows.copy()
    together, local = np.where(together > MOST_SHARED, together, 0), local.copy()
    owner, alive = np.arange(n), np.ones(n, bool)

    def odds(k: int) -> Float:
        mean = normalized(colour)
        far = np.minimum(colour_distance(mean[k], mean), local[k])
        weights = np.minimum(np.minimum(weight, weight[k]) / ENOUGH_COLOURS, 1)
        by_colour = np.maximum(COLOUR_ODDS * weights * (NEUTRAL_COLOUR - far), -MOST_AGAINST)
        out = np.asarray(PRIOR + best[k] + worst[k] + by_colour)
        out[(together[k] > SHARED_SHARE * np.minimum(rows, rows[k])) | ~alive] = -np.inf
        out[k] = -np.inf
        return out

    score = np.stack([odds(k) for k in range(n)])
    top = score.max(1)
    while True:
        a = int(top.argmax())
        b = int(score[a].argmax())
        in_turns = min(time[a, 1], time[b, 1]) - max(time[a, 0], time[b, 0]) > OVERLAP
        if top[a] <= (0 if alive.sum() <= people else FORCED_ODDS if in_turns else least_odds):
            break
        colour[a] += colour[b]
        weight[a] += weight[b]
        rows[a] += rows[b]
        time[a] = min(time[a, 0], time[b, 0]), max(time[a, 1], time[b, 1])
        together[a] += together[b]
        together[:, a] = together[a]
        best[a] = np.maximum(best[a], best[b])
        worst[a] = np.minimum(worst[a], worst[b])
        local[a] = np.minimum(local[a], local[b])
        best[:, a], worst[:, a], local[:, a] = best[a], worst[a], local[a]
        owner[owner == b], alive[b] = a, False
        score[b], score[:, b] = -np.inf, -np.inf
        score[a] = odds(a)
        score[:, a] = score[a]
        top = score.max(1)
    return np.unique(owner, return_inverse=True)[1]
