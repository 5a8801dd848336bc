"""Third pass: two dancers' identities after every doubtful moment, decided over the whole clip at once.

Between doubtful moments a pair of dancers is either as given or exchanged: a chain of two states. Colours speak for
the stretches between (against the means of all other stretches), the first pass's margins for the moments. The
likeliest chain is Viterbi's; how sure a meeting came out is the chain's own posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections
from dance3d.stages.keypoints.tracking.kalman_online import DOUBT, Links, link_odds
from dance3d.stages.keypoints.tracking.similarity import centres, colour_distance, sizes, unit
from dance3d.stages.keypoints.tracking.stitch import BY_COLOUR, ENOUGH, MUDDY

Int = NDArray[np.int64]
Float = NDArray[np.floating]
APART = 0.15  # seconds within which doubtful links are one moment
FAINT = 0.05  # difference of colours' distances that is light and noise: partners may dress alike
HIDDEN, TURNED = 0.1, 2.0  # seconds unseen after which motion is a guess; log odds that it then gives at most
ROUNDS = 6


@dataclass(frozen=True, eq=False)
class Chain:
    """A pair of dancers as stretches of time.

    Attributes:
        cuts: (S - 1,) first frame of every stretch but the first.
        odds: (S - 1,) log odds that the identities go on as given at a cut.
        colour: (S, 2, C) means of colour roots of the pair in a stretch, of length 1; 0 where unknown.
        weight: (S, 2) of these.
    """

    cuts: Int
    odds: Float
    colour: Float
    weight: Float


def untangle(detections: Detections, links: Links, who: Int) -> Int:
    """``who`` (N,) with the identities of pairs exchanged wherever the whole clip speaks for it."""
    who = who.copy()
    for first, second in meeting_pairs(links, who):
        chain = chained(detections, links, who, first, second)
        turned = _likeliest(chain)
        if not turned.any():
            continue
        rows = np.flatnonzero((who == first) | (who == second))
        swap = turned[np.searchsorted(chain.cuts, detections.frame[rows], "right")]
        who[rows[swap]] = first + second - who[rows[swap]]
    return who


def rivals(links: Links, who: Int, rows: Int) -> Int:
    """The dancer that each row's rival track was last, -1 for none."""
    order = np.argsort(links.track, kind="stable")  # rows within a track stay in order of time
    starts = np.searchsorted(links.track[order], np.arange(links.track.max(initial=-1) + 2))
    out = np.full(len(rows), -1)
    for i, row in enumerate(rows):
        if (rival := links.rival[row]) >= 0:
            own = order[starts[rival] : starts[rival + 1]]
            out[i] = who[own[max(np.searchsorted(own, row) - 1, 0)]]
    return out


def meeting_pairs(links: Links, who: Int) -> list[tuple[int, int]]:
    """Every two dancers between whom a link was doubtful, or of whom one was lost and found."""
    doubtful = np.flatnonzero((links.margin < DOUBT) & (who >= 0))
    other = rivals(links, who, doubtful)
    found = {(min(a, b), max(a, b)) for a, b in zip(who[doubtful].tolist(), other.tolist(), strict=True) if b >= 0}
    return sorted(pair for pair in found if pair[0] != pair[1])


def chained(detections: Detections, links: Links, who: Int, first: int, second: int) -> Chain:
    """The chain of two dancers as ``who`` has them now."""
    rows = np.flatnonzero((who == first) | (who == second))
    frame = detections.frame[rows]
    doubtful = rows[(links.margin[rows] < DOUBT)]
    doubtful = doubtful[np.isin(rivals(links, who, doubtful), (first, second))]
    moments = [(int(detections.frame[r]), float(link_odds(links.margin[r]))) for r in doubtful]
    for person in (first, second):
        own = rows[who[rows] == person]
        at = detections.frame[own]
        missed = np.diff(at, prepend=at[:1]) > 1  # few frames a second are no hiding
        unseen = own[missed & (np.diff(detections.time[at], prepend=np.inf) > HIDDEN)]
        unseen = unseen[np.isin(rivals(links, who, unseen), (first, second))]
        moments += [(int(detections.frame[r]), min(TURNED, float(link_odds(links.margin[r])))) for r in unseen]
    moments = sorted(moments + _found_again(detections, links, who, first, second))
    cuts: list[int] = []
    odds: list[float] = []
    last = -np.inf
    for at, value in moments:
        if detections.time[at] - last <= APART:
            odds[-1] = min(odds[-1], value)
        else:
            cuts, odds = [*cuts, at], [*odds, value]
        last = detections.time[at]
    stretch = np.searchsorted(np.array(cuts, np.int64), frame, "right")
    usable = np.isfinite(detections.colour[rows, 0])
    weight = np.where(links.clean[rows], 1.0, MUDDY) * usable
    total = np.zeros((len(cuts) + 1, 2, detections.colour.shape[1]))
    mass = np.zeros(total.shape[:2])
    side = (who[rows] == second).astype(int)
    np.add.at(total, (stretch, side), weight[:, None] * np.sqrt(np.nan_to_num(detections.colour[rows])))
    np.add.at(mass, (stretch, side), weight)
    return Chain(np.array(cuts, np.int64), np.array(odds), unit(total), np.minimum(mass / ENOUGH, 1))


def _found_again(detections: Detections, links: Links, who: Int, first: int, second: int) -> list[tuple[int, float]]:
    """Frames where one of the pair comes back with a new track, and the log odds by place that it is itself."""
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
            better = (swaps - stays) / size[now] / (0.5 + wait)
            out.append((int(detections.frame[now]), float(np.clip(better, -3, 3))))
    return out


def evidence(chain: Chain, turned: NDArray[np.bool_]) -> Float:
    """(S,) log odds from colours that a stretch is as given, against the means of the others under ``turned``."""
    sides = np.stack([turned.astype(int), 1 - turned], 1)  # whose colours each of the pair's are
    colour, weight = chain.colour, chain.weight
    total = np.zeros((2, colour.shape[-1]))
    np.add.at(total, sides, weight[..., None] * colour)
    known = np.zeros(2)
    np.add.at(known, sides, weight)
    out = np.zeros(len(colour))
    rows = np.arange(len(colour))
    for k in range(2):
        means, left = np.tile(total, (len(colour), 1, 1)), np.tile(known, (len(colour), 1))
        for j in range(2):  # without the stretch's own
            means[rows, sides[:, j]] -= weight[:, j, None] * colour[:, j]
            left[rows, sides[:, j]] -= weight[:, j]
        far = colour_distance(colour[:, k, None], unit(np.maximum(means, 0)))
        believed = weight[:, k] * np.minimum(left.min(1), 1)
        nearer = far[:, 1 - k] - far[:, k]
        out += BY_COLOUR * believed * np.sign(nearer) * np.maximum(np.abs(nearer) - FAINT, 0)
    return out


def _likeliest(chain: Chain) -> NDArray[np.bool_]:
    """(S,) which stretches to exchange: from the chain as given and from its principal axis, the better end."""
    as_given = np.zeros(len(chain.weight), bool)
    if not len(chain.cuts):
        return as_given
    apart = (chain.colour[:, 0] - chain.colour[:, 1]) * chain.weight.min(1)[:, None]
    axis = np.linalg.svd(apart, full_matrices=False)[0][:, 0]
    ends = []
    for turned in (as_given, axis * axis[np.abs(axis).argmax()] < 0):
        for _ in range(ROUNDS):
            old, turned = turned, _viterbi(evidence(chain, turned), chain.odds)
            if (turned == old).all():
                break
        switches = np.diff(turned.astype(int)) != 0
        cost = (chain.odds * switches).sum() + (evidence(chain, turned) * turned).sum()
        cost -= np.abs(evidence(chain, turned)).sum()  # colours that agree within each dancer
        ends.append((cost, turned))
    best = min(ends, key=lambda end: end[0])[1]
    return ~best if best.mean() > 0.5 else best


def _viterbi(given: Float, odds: Float) -> NDArray[np.bool_]:
    """The likeliest states: ``given`` (S,) is lost by exchanging a stretch, ``odds`` (S - 1,) by a change."""
    cost, back = np.array([0.0, given[0]]), np.zeros((len(given), 2), int)
    for s in range(1, len(given)):
        step = cost[:, None] + odds[s - 1] * (1 - np.eye(2))
        back[s] = step.argmin(0)
        cost = step.min(0) + np.array([0.0, given[s]])
    path = [int(cost.argmin())]
    for s in range(len(given) - 1, 0, -1):
        path.append(int(back[s, path[-1]]))
    return np.array(path[::-1], bool)


class Agreement:
    """Probability that two stretches of a chain, as given, have the same state; by the sum-product rule."""

    def __init__(self, chain: Chain) -> None:
        given = evidence(chain, np.zeros(len(chain.weight), bool))
        self.local = np.exp(-np.stack([np.zeros_like(given), np.clip(given, -30, 30)], 1))
        off = np.exp(-chain.odds)
        self.change = np.stack([np.stack([np.ones_like(off), off], 1), np.stack([off, np.ones_like(off)], 1)], 1)
        self.ahead, self.behind = self.local.copy(), np.ones_like(self.local)
        for s in range(1, len(given)):
            self.ahead[s] *= (self.ahead[s - 1] / self.ahead[s - 1].sum()) @ self.change[s - 1]
        for s in range(len(given) - 1, 0, -1):
            self.behind[s - 1] = self.change[s - 1] @ (self.behind[s] * self.local[s])
            self.behind[s - 1] /= self.behind[s - 1].sum()

    def __call__(self, start: int, stop: int) -> float:
        """Of the stretches ``start`` and ``stop``."""
        if start == stop:
            return 1.0
        joint = np.diag(self.ahead[start] / self.ahead[start].sum())
        for s in range(start + 1, stop + 1):
            joint = joint @ self.change[s - 1] * self.local[s]
            joint /= joint.sum()
        joint = joint * self.behind[stop]
        return float(np.trace(joint) / joint.sum())
