"""Second pass over the whole clip: which tracks are the same dancer, and which are nobody.

Agglomerative clustering with constraints: two tracks that exist together are different people; the others are joined,
likeliest first, as long as colours and the way from one's end to the other's beginning speak for it. In long clips
neighbours in time are joined first, block by block, so that time and memory grow as the clip does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from dance3d.contracts.detections import Detections
from dance3d.stages.keypoints.tracking.kalman_online import MEMORY, SPEED, Links
from dance3d.stages.keypoints.tracking.similarity import centres, colour_distance, sizes, unit
from dance3d.stages.keypoints.tracking.tracklets import pieces
from dance3d.timeseries.resampling import median_step

Int = NDArray[np.int64]
Float = NDArray[np.floating]
Ties = list[tuple[int, int, float]]  # rows of two tracks, and the log odds that these are one dancer's
BLOCK = 600  # tracks that are compared with each other; of more, neighbours in time are joined first
TOGETHER = 2  # frames that two tracks of one dancer may share, by mistake
SHARED = 0.02  # the same as a share of the shorter: a wrong piece in an hour proves nothing of the rest
LEAST = 0.5  # seconds that a dancer is seen at least, or half the clip
SCRAP = 3  # detections below which a track is not asked whose it is
DOUBTED = 0.3  # mean score of a body below which it is a thing
NEAR = 3.0  # seconds across which motion speaks
WITHIN = 0.3  # colours' distance at which they speak neither for one dancer nor for two
BY_COLOUR = 25.0  # log odds for each unit of distance
STRANGE = 8.0  # log odds that colours give at most for two: jackets are open in front
ENOUGH = 10  # detections that make a mean colour believed
TIP = 15  # clean looks at the end of a track that say how it looks there
MUDDY = 0.1  # weight of colours while bodies overlap
PLACE, SIZE = 0.5, 0.15  # doubt where a track ends and begins: longest bones, log of their length
TELLS = 6.0  # log odds that motion gives at most
PRIOR = 1.0  # log odds for one dancer rather than two, before anything is looked at
FORCED = -4.5  # log odds down to which tracks are joined where more dancers are found than there are
EAGER = -3.0  # the same where more are found than are ever seen at once


@dataclass(eq=False)
class _Tracks:
    """Ends and colours of tracks; the first axis is theirs."""

    rows: Int  # how many
    time: Float  # (n, 2) first and last
    at: Float  # (n, 2, 2)
    speed: Float  # (n, 2, 2) sizes a second
    size: Float  # (n, 2)
    colour: Float  # (n, C) sum of roots
    weight: Float  # (n,) of ``colour``
    ends: Float  # (n, 2, C) means of roots of the first and last clean looks, NaN where there is none


def stitch(detections: Detections, links: Links, people: int | None) -> Int:
    """(N,) dancer of every detection, numbers as they come; -1 for nobody."""
    track, sure_of = pieces(detections, links)
    count = np.bincount(track[track >= 0], minlength=1)
    first = np.unique(track, return_index=True)[1][-len(count) :]  # row of every piece
    ties = [(int(first[u]), int(first[v]), odds) for (u, v), odds in sure_of.items()]
    own = _longest(track, min(SCRAP, max(len(detections.time) // 2, 1)))
    n = int(own.max(initial=-1)) + 1
    if not n:
        return own
    while n > BLOCK:
        own, before = _blocks(detections, links, own, n, ties), n
        if (n := int(own.max()) + 1) > before // 2:  # hardly anything belongs together
            own = _longest(own, int(np.sort(np.bincount(own[own >= 0]))[-min(n, 4 * BLOCK)]))
            n = int(own.max()) + 1
            break
    most, down_to = (_at_once(detections, own), EAGER) if people is None else (people, FORCED)
    who = _joined(detections, links, own, n, most, down_to, ties)
    known = who >= 0
    seen = np.bincount(who[known])
    sure = np.bincount(who[known], detections.score[known].mean(1)) / np.maximum(seen, 1)
    good = (seen >= _least(detections)) & (sure >= DOUBTED)
    if people is not None and good.sum() > people:
        good[np.argsort(-seen * sure * good, kind="stable")[people:]] = False
    return _once(detections, np.where(known & good[who], who, -1), np.append(count, 0)[track])


def _longest(own: Int, least: int) -> Int:
    """Tracks of ``least`` detections or more, numbered anew from 0; the others are nobody."""
    count = np.bincount(own[own >= 0], minlength=1)
    kept = np.append(count >= least, False)  # -1 looks up the last
    return np.asarray(np.where(kept[own], np.cumsum(kept)[own] - 1, -1))


def _blocks(detections: Detections, links: Links, own: Int, n: int, ties: Ties) -> Int:
    """Tracks joined with their neighbours in time, ``BLOCK`` at once."""
    names, first = np.unique(own, return_index=True)
    rank = np.full(n + 1, -1)  # -1 looks up the last
    rank[names[names >= 0][np.argsort(first[names >= 0])]] = np.arange(n)
    place, out, count = rank[own], np.full(len(own), -1), 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        part = np.where((place >= start) & (place < stop), place - start, -1)
        who = _joined(detections, links, part, stop - start, stop - start, 0.0, ties)
        out[who >= 0] = who[who >= 0] + count
        count = int(out.max()) + 1
    return out


def _joined(detections: Detections, links: Links, own: Int, n: int, people: int, down_to: float, ties: Ties) -> Int:
    """(N,) cluster of each detection from 0, -1 for nobody."""
    tracks = _tracks(detections, links, own, n)
    motion, local = _motion(tracks, _diagonal(detections))
    for *rows, odds in ties:
        u, v = own[rows]
        if u >= 0 and v >= 0 and u != v:
            motion[u, v] = motion[v, u] = odds
    cluster = _join(tracks, _together(detections, own, n), people, down_to, motion, local)
    return np.asarray(np.where(own >= 0, cluster[own], -1))


def _once(detections: Detections, who: Int, length: Int) -> Int:
    """Nobody is twice in a frame: the detection of the longest track stays."""
    order = np.lexsort((-length, who, detections.frame))
    again = (np.diff(detections.frame[order]) == 0) & (np.diff(who[order]) == 0)
    who[order[1:][again]] = -1
    return who


def _least(detections: Detections) -> float:
    return min(LEAST / median_step(detections.time, 1.0), len(detections.time) / 2)


def _at_once(detections: Detections, own: Int) -> int:
    """How many people are seen at once, for as long as a dancer has to be."""
    per_frame = np.sort(np.bincount(detections.frame[own >= 0], minlength=1))[::-1]
    return int(per_frame[min(int(np.ceil(_least(detections))), len(per_frame)) - 1])


def _diagonal(detections: Detections) -> float:
    return float(np.hypot(*detections.size))


def _together(detections: Detections, own: Int, n: int) -> Int:
    """(n, n) frames in which two tracks exist."""
    rows = np.flatnonzero(own >= 0)
    there = coo_array((np.ones(len(rows), np.int32), (own[rows], detections.frame[rows])), (n, len(detections.time)))
    there = there.tocsr()
    return np.asarray((there @ there.T).toarray(), np.int64)


def _tracks(detections: Detections, links: Links, own: Int, n: int) -> _Tracks:
    order = np.flatnonzero(own >= 0)
    order = order[np.argsort(own[order], kind="stable")]
    starts = np.searchsorted(own[order], np.arange(n + 1))
    at, size = centres(detections.xy), sizes(detections)
    time = detections.time[detections.frame]
    ends = order[np.stack([starts[:-1], starts[1:] - 1], 1)]
    speed = np.zeros((n, 2, 2))
    scale = np.zeros((n, 2))
    colour, weight = np.zeros((n, detections.colour.shape[1])), np.zeros(n)
    tips = np.full((n, 2, colour.shape[1]), np.nan)
    for k in range(n):
        rows = order[starts[k] : starts[k + 1]]
        for end, some in enumerate((rows[:8], rows[-8:])):
            took = time[some[-1]] - time[some[0]]
            scale[k, end] = np.median(size[some])
            if took > 0:
                speed[k, end] = (at[some[-1]] - at[some[0]]) / max(took, 0.15) / scale[k, end]
        looked = rows[np.isfinite(detections.colour[rows, 0])]
        believed = np.where(links.clean[looked], 1.0, MUDDY)
        colour[k], weight[k] = believed @ np.sqrt(detections.colour[looked]), believed.sum()
        clean = looked[links.clean[looked]]
        for end, some in enumerate((clean[:TIP], clean[-TIP:])):
            if len(some) >= SCRAP:
                tips[k, end] = unit(np.sqrt(detections.colour[some]).sum(0))
    return _Tracks(np.diff(starts), time[ends], at[ends], speed, scale, colour, weight, tips)


def _motion(tracks: _Tracks, diagonal: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, n) log odds that one track goes on as the other, against anywhere in the picture; 0 where motion is mute.

    And (n, n) the distance of colours where the one ends and the other begins, 1 where that is not known: a dancer
    who has turned since the clip began looks as a moment ago.
    """
    n = len(tracks.rows)
    out, local = np.zeros((n, n), np.float32), np.ones((n, n), np.float32)
    for u in range(n):
        gap = tracks.time[:, 0] - tracks.time[u, 1]
        v = np.flatnonzero((gap > -0.1) & (gap <= NEAR) & (tracks.time[:, 1] > tracks.time[u, 1]))
        v = v[v != u]
        if not len(v):
            continue
        wait = np.maximum(gap[v], 1e-3)
        far = (MEMORY * (1 - np.exp(-wait / 2 / MEMORY)))[:, None]  # half the way from either end
        size = np.sqrt(tracks.size[u, 1] * tracks.size[v, 0])[:, None]
        off = (tracks.at[v, 0] - tracks.at[u, 1]) / size - far * (tracks.speed[u, 1] + tracks.speed[v, 0])
        spread = PLACE**2 + (SPEED * MEMORY) ** 2 * 2 * (wait / MEMORY - 1 + np.exp(-wait / MEMORY))
        room = (diagonal / size[:, 0]) ** 2 / 4
        grown = np.log(tracks.size[v, 0] / tracks.size[u, 1])
        odds = np.log(room / (2 * np.pi * spread)) - (off**2).sum(1) / (2 * spread)
        odds -= grown**2 / (2 * (SIZE**2 + 0.1 * wait))
        out[u, v] = out[v, u] = np.clip(odds, -TELLS, TELLS)
        apart = colour_distance(tracks.ends[u, 1], tracks.ends[v, 0])
        local[u, v] = local[v, u] = np.where(np.isnan(apart), 1, apart)
    return out, local


def _join(tracks: _Tracks, together: Int, people: int, down_to: float, motion: Float, local: Float) -> Int:
    """(n,) cluster of each track from 0; while there are more than ``people``, less likely ones are joined too."""
    n = len(tracks.rows)
    best, worst = np.maximum(motion, 0), np.minimum(motion, 0)
    colour, weight, rows = tracks.colour.copy(), tracks.weight.copy(), tracks.rows.copy()
    together, local = np.where(together > TOGETHER, together, 0), local.copy()
    owner, alive = np.arange(n), np.ones(n, bool)

    def odds(k: int) -> Float:
        mean = unit(colour)
        far = np.minimum(colour_distance(mean[k], mean), local[k])
        believed = np.minimum(np.minimum(weight, weight[k]) / ENOUGH, 1)
        tint = np.maximum(BY_COLOUR * believed * (WITHIN - far), -STRANGE)
        out = np.asarray(PRIOR + best[k] + worst[k] + tint)
        out[(together[k] > SHARED * np.minimum(rows, rows[k])) | ~alive] = -np.inf
        out[k] = -np.inf
        return out

    score = np.stack([odds(k) for k in range(n)])
    top = score.max(1)
    while True:
        a = int(top.argmax())
        if top[a] <= (down_to if alive.sum() > people else 0):
            break
        b = int(score[a].argmax())
        colour[a] += colour[b]
        weight[a] += weight[b]
        rows[a] += rows[b]
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
