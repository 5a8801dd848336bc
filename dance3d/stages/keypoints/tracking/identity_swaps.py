"""Third pass: identity swaps of two dancers, decided for all doubtful links of the clip together.

Between doubtful links the identities of a pair are either as given or swapped: a Markov chain of two states. Colours
give the odds of a segment (compared with the means of all other segments), the first pass's margins those of a change.
The most likely states come from the Viterbi algorithm, the confidence of a crossing from the chain's posterior. The
constants are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections
from dance3d.stages.keypoints.tracking.kalman_online import DOUBTFUL, Links, link_odds
from dance3d.stages.keypoints.tracking.similarity import centres, colour_distance, normalized, sizes
from dance3d.stages.keypoints.tracking.stitch import COLOUR_ODDS, ENOUGH_COLOURS, OVERLAPPED_WEIGHT

Int = NDArray[np.int64]
Float = NDArray[np.floating]
MERGE_WITHIN = 0.15  # seconds within which doubtful links are one cut
# differences of colour distances below this are ignored: light and noise, or partners in like clothes
LEAST_DIFFERENCE = 0.05
# seconds without a detection after which motion tells little; most log odds that it then gives
GAP, GAP_ODDS = 0.1, 2.0
MOST_ROUNDS = 6
HALF_ODDS, RESTART_ODDS = 0.5, 3.0  # of a new track: seconds of gap that halve its log odds, and the most
BOUND = 30  # of log odds, so that their exponentials stay finite


@dataclass(frozen=True, eq=False)
class PairChain:
    """The segments of a pair of dancers between doubtful links.

    Attributes:
        cuts: (S - 1,) first frame of every segment but the first.
        odds: (S - 1,) log odds that the identities go on as given at a cut.
        colour: (S, 2, C) mean square roots of the pair's colour histograms in a segment, of length 1; 0 where unknown.
        weight: (S, 2) 0..1 of these.
    """

    cuts: Int
    odds: Float
    colour: Float
    weight: Float


def correct_swaps(detections: Detections, links: Links, who: Int) -> Int:
    """Swap the identities of pairs wherever that is more likely over the whole clip.

    Args:
        detections: of the clip.
        links: of the first pass.
        who: (N,) dancer of each detection, -1 for none.

    Returns:
        ``who`` corrected.
    """
    who = who.copy()
    for first, second in doubtful_pairs(links, who):
        chain = pair_chain(detections, links, who, first, second)
        swapped = _most_likely_swaps(chain)
        if not swapped.any():
            continue
        rows = np.flatnonzero((who == first) | (who == second))
        swap = swapped[np.searchsorted(chain.cuts, detections.frame[rows], "right")]
        who[rows[swap]] = first + second - who[rows[swap]]
    return who


def rival_dancers(links: Links, who: Int, rows: Int) -> Int:
    """The dancers with whom links may have been swapped.

    Args:
        links: of the first pass.
        who: (N,) dancer of each detection, -1 for none.
        rows: (R,) numbers of detections.

    Returns:
        (R,) the dancer of the rival track's detection before each row, -1 for none.
    """
    order = np.argsort(links.track, kind="stable")  # rows within a track stay in order of time
    starts = np.searchsorted(links.track[order], np.arange(links.track.max(initial=-1) + 2))
    out = np.full(len(rows), -1)
    for i, row in enumerate(rows):
        if (rival := links.rival[row]) >= 0:
            own = order[starts[rival] : starts[rival + 1]]
            out[i] = who[own[max(np.searchsorted(own, row) - 1, 0)]]
    return out


def doubtful_pairs(links: Links, who: Int) -> list[tuple[int, int]]:
    """Every two dancers between whom a link was doubtful."""
    doubtful = np.flatnonzero((links.margin < DOUBTFUL) & (who >= 0))
    other = rival_dancers(links, who, doubtful)
    found = {(min(a, b), max(a, b)) for a, b in zip(who[doubtful].tolist(), other.tolist(), strict=True) if b >= 0}
    return sorted(pair for pair in found if pair[0] != pair[1])


def pair_chain(detections: Detections, links: Links, who: Int, first: int, second: int) -> PairChain:
    """The chain of two dancers.

    Args:
        detections: of the clip.
        links: of the first pass.
        who: (N,) dancer of each detection, -1 for none.
        first: number of one dancer.
        second: number of the other.
    """
    rows = np.flatnonzero((who == first) | (who == second))
    frame = detections.frame[rows]
    doubtful = rows[(links.margin[rows] < DOUBTFUL)]
    doubtful = doubtful[np.isin(rival_dancers(links, who, doubtful), (first, second))]
    places = [(int(detections.frame[r]), float(link_odds(links.margin[r]))) for r in doubtful]
    for person in (first, second):
        own = rows[who[rows] == person]
        at = detections.frame[own]
        missed = np.diff(at, prepend=at[:1]) > 1  # a low frame rate is not a gap
        unseen = own[missed & (np.diff(detections.time[at], prepend=np.inf) > GAP)]
        unseen = unseen[np.isin(rival_dancers(links, who, unseen), (first, second))]
        places += [(int(detections.frame[r]), min(GAP_ODDS, float(link_odds(links.margin[r])))) for r in unseen]
    places = sorted(places + _restarts(detections, links, who, first, second))
    cuts: list[int] = []
    odds: list[float] = []
    last = -np.inf
    for at, value in places:
        if detections.time[at] - last <= MERGE_WITHIN:
            odds[-1] = min(odds[-1], value)
        else:
            cuts, odds = [*cuts, at], [*odds, value]
        last = detections.time[at]
    segment = np.searchsorted(np.array(cuts, np.int64), frame, "right")
    usable = np.isfinite(detections.colour[rows, 0])
    weight = np.where(links.clean[rows], 1.0, OVERLAPPED_WEIGHT) * usable
    total = np.zeros((len(cuts) + 1, 2, detections.colour.shape[1]))
    mass = np.zeros(total.shape[:2])
    side = (who[rows] == second).astype(int)
    np.add.at(total, (segment, side), weight[:, None] * np.sqrt(np.nan_to_num(detections.colour[rows])))
    np.add.at(mass, (segment, side), weight)
    return PairChain(np.array(cuts, np.int64), np.array(odds), normalized(total), np.minimum(mass / ENOUGH_COLOURS, 1))


def _restarts(detections: Detections, links: Links, who: Int, first: int, second: int) -> list[tuple[int, float]]:
    """Frames where one of the pair continues with a new track, and by position the log odds that it is the same."""
    at, size, time = centres(detections.xy), sizes(detections), detections.time[detections.frame]
    out = []
    both = {p: np.flatnonzero(who == p) for p in (first, second)}
    for p, q in ((first, second), (second, first)):
        own, other = both[p], both[q]
        for i in np.flatnonzero(np.diff(links.track[own]) != 0) + 1:
            now, before = own[i], own[i - 1]
            later = other[min(np.searchsorted(other, now), len(other) - 1)]
            earlier = other[max(np.searchsorted(other, before) - 1, 0)]
            stays = np.linalg.norm(at[now] - at[before]) + np.linalg.norm(at[later] - at[earlier])
            swaps = np.linalg.norm(at[now] - at[earlier]) + np.linalg.norm(at[later] - at[before])
            wait = max(time[now] - time[before], 0.0)
            better = (swaps - stays) / size[now] / (HALF_ODDS + wait)
            out.append((int(detections.frame[now]), float(np.clip(better, -RESTART_ODDS, RESTART_ODDS))))
    return out


def colour_odds(chain: PairChain, swapped: NDArray[np.bool_]) -> Float:
    """(S,) log odds by colour that a segment is as given, compared with the others as ``swapped`` (S,) has them."""
    sides = np.stack([swapped.astype(int), 1 - swapped], 1)  # the dancer whose colours each of the pair has
    colour, weight = chain.colour, chain.weight
    total = np.zeros((2, colour.shape[-1]))
    np.add.at(total, sides, weight[..., None] * colour)
    known = np.zeros(2)
    np.add.at(known, sides, weight)
    out = np.zeros(len(colour))
    rows = np.arange(len(colour))
    for k in range(2):
        means, left = np.tile(total, (len(colour), 1, 1)), np.tile(known, (len(colour), 1))
        for j in range(2):  # without the segment's own
            means[rows, sides[:, j]] -= weight[:, j, None] * colour[:, j]
            left[rows, sides[:, j]] -= weight[:, j]
        far = colour_distance(colour[:, k, None], normalized(np.maximum(means, 0)))
        believed = weight[:, k] * np.minimum(left.min(1), 1)
        nearer = far[:, 1 - k] - far[:, k]
        out += COLOUR_ODDS * believed * np.sign(nearer) * np.maximum(np.abs(nearer) - LEAST_DIFFERENCE, 0)
    return out


def _most_likely_swaps(chain: PairChain) -> NDArray[np.bool_]:
    """(S,) segments to swap: the better of two starts, the chain as given and the colours' principal axis."""
    as_given = np.zeros(len(chain.weight), bool)
    if not len(chain.cuts):
        return as_given
    apart = (chain.colour[:, 0] - chain.colour[:, 1]) * chain.weight.min(1)[:, None]
    axis = np.linalg.svd(apart, full_matrices=False)[0][:, 0]
    ends = []
    for swapped in (as_given, axis * axis[np.abs(axis).argmax()] < 0):
        for _ in range(MOST_ROUNDS):
            old, swapped = swapped, _viterbi(colour_odds(chain, swapped), chain.odds)
            if (swapped == old).all():
                break
        switches = np.diff(swapped.astype(int)) != 0
        cost = (chain.odds * switches).sum() + (colour_odds(chain, swapped) * swapped).sum()
        cost -= np.abs(colour_odds(chain, swapped)).sum()  # so that colours that agree within each dancer cost least
        ends.append((cost, swapped))
    best = min(ends, key=lambda end: end[0])[1]
    return ~best if best.mean() > 0.5 else best


def _viterbi(swap_cost: Float, odds: Float) -> NDArray[np.bool_]:
    """Most likely states (Viterbi), by the costs of swapping a segment (S,) and of a change (S - 1,)."""
    cost, back = np.array([0.0, swap_cost[0]]), np.zeros((len(swap_cost), 2), int)
    for s in range(1, len(swap_cost)):
        step = cost[:, None] + odds[s - 1] * (1 - np.eye(2))
        back[s] = step.argmin(0)
        cost = step.min(0) + np.array([0.0, swap_cost[s]])
    path = [int(cost.argmin())]
    for s in range(len(swap_cost) - 1, 0, -1):
        path.append(int(back[s, path[-1]]))
    return np.array(path[::-1], bool)


class SameState:
    """Probability that two segments of a chain, as given, have the same state, by the sum-product algorithm."""

    def __init__(self, chain: PairChain) -> None:
        swap_cost = colour_odds(chain, np.zeros(len(chain.weight), bool))
        self.local = np.exp(-np.stack([np.zeros_like(swap_cost), np.clip(swap_cost, -BOUND, BOUND)], 1))
        off = np.exp(-chain.odds)
        self.change = np.stack([np.stack([np.ones_like(off), off], 1), np.stack([off, np.ones_like(off)], 1)], 1)
        self.forward, self.backward = self.local.copy(), np.ones_like(self.local)
        for s in range(1, len(swap_cost)):
            self.forward[s] *= (self.forward[s - 1] / self.forward[s - 1].sum()) @ self.change[s - 1]
        for s in range(len(swap_cost) - 1, 0, -1):
            self.backward[s - 1] = self.change[s - 1] @ (self.backward[s] * self.local[s])
            self.backward[s - 1] /= self.backward[s - 1].sum()

    def __call__(self, start: int, stop: int) -> float:
        """For the segments ``start`` and ``stop``."""
        if start == stop:
            return 1.0
        joint = np.diag(self.forward[start] / self.forward[start].sum())
        for s in range(start + 1, stop + 1):
            joint = joint @ self.change[s - 1] * self.local[s]
            joint /= joint.sum()
        joint = joint * self.backward[stop]
        return float(np.trace(joint) / joint.sum())
