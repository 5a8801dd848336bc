"""Identities over time, scored against the truth: IDF1, MOTA, identity switches, HOTA, and crossings held.

Strict: found and true bodies are matched frame by frame where they are alike enough, and nothing is aligned with the
truth but by the one global matching that a metric's definition has. What the detector misses counts as missed.

Sources: Ristani et al., Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking, 2016 (IDF1);
Bernardin & Stiefelhagen, Evaluating Multiple Object Tracking Performance: the CLEAR MOT Metrics, 2008; Luiten et al.,
HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking, 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dance3d.geometry.boxes import of_joints, overlap

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
LEAST = 0.5
"""Likeness from which a found body is a true one."""
ALPHAS = np.arange(1, 20) * 0.05
"""HOTA's levels of likeness."""
LOOK = 15
"""Rows beside a meeting by which a dancer's number before and after it is told."""
_EPSILON = 1e-4  # of HOTA's matching: more matches before better association before better place


@dataclass(frozen=True, eq=False)
class IdentifiedBodies:
    """Bodies in pictures, each with a number.

    Attributes:
        frame: (N,) rows of time, never falling.
        who: (N,) number of the person.
        xy: (N, J, 2) joints, pixels, NaN where missing.
    """

    frame: Whole
    who: Whole
    xy: NDArray[np.floating]


def joined(parts: Sequence[IdentifiedBodies]) -> IdentifiedBodies:
    """Clips one after the other, with separate persons in every clip.

    The truth and what was found must be joined in the same order of clips.
    """
    clip = np.repeat(np.arange(len(parts)), [len(part.frame) for part in parts])
    frame, who = (np.concatenate([getattr(part, name) for part in parts]) for name in ("frame", "who"))
    xy = np.concatenate([part.xy for part in parts])
    return IdentifiedBodies(clip * _CLIP + frame, clip * _CLIP + who, xy)


_CLIP = 10_000_000  # more than a clip has frames or persons


def by_iou(truth: IdentifiedBodies, found: IdentifiedBodies) -> Callable[[Whole, Whole], Array]:
    """Likeness by overlap of the joints' boxes."""
    one, other = of_joints(truth.xy), of_joints(found.xy)
    return lambda rows, columns: np.asarray(overlap(one[rows][:, None], other[columns][None]), np.float64)


class Tracking:
    """Found bodies against true ones.

    Args:
        truth: of N true bodies; nobody twice in a frame.
        found: of M found bodies; nobody twice in a frame.
        least: likeness from which two bodies are one, for all but HOTA, which takes the mean over ``ALPHAS``.

    Raises:
        ValueError: a person twice in a frame.
    """

    def __init__(
        self,
        truth: IdentifiedBodies,
        found: IdentifiedBodies,
        least: float = LEAST,
    ) -> None:
        self.truth, self.found, self.least = truth, found, least
        self.names, self.true = np.unique(truth.who, return_inverse=True)
        self.guesses, self.guess = np.unique(found.who, return_inverse=True)
        for name, bodies in (("truth", truth), ("found", found)):
            if len(np.unique(np.stack([bodies.frame, bodies.who]), axis=1).T) < len(bodies.who):
                raise ValueError(f"{name}: a person is in a frame twice")
        like = by_iou(truth, found)
        self.frames: list[tuple[Whole, Whole, Array]] = []
        for frame in np.unique(truth.frame):
            rows = np.arange(*np.searchsorted(truth.frame, (frame, frame + 1)))
            columns = np.arange(*np.searchsorted(found.frame, (frame, frame + 1)))
            if len(columns):
                self.frames.append((rows, columns, like(rows, columns)))

    def matched(self) -> Whole:
        """(N,) row of the found body that each true one is, frame by frame without memory; -1 for missed."""
        out = np.full(len(self.true), -1)
        for rows, columns, like in self.frames:
            i, j = _assign(np.where(like >= self.least, 1 + like / len(rows), 0))
            out[rows[i]] = columns[j]
        return out

    def idf1(self) -> dict[str, float]:
        """``idf1``, ``idp``, ``idr`` (Ristani 2016, equations 1 to 3).

        Each true person is one found person or nobody, for the whole of time, so that the most rows agree.
        """
        both = np.zeros((len(self.names), len(self.guesses)))
        for rows, columns, like in self.frames:
            i, j = np.nonzero(like >= self.least)
            np.add.at(both, (self.true[rows[i]], self.guess[columns[j]]), 1)
        one, other = linear_sum_assignment(-both)
        right, true, found = both[one, other].sum(), len(self.true), len(self.guess)
        return {
            "idf1": float(2 * right / max(true + found, 1)),
            "idp": float(right / max(found, 1)),
            "idr": float(right / max(true, 1)),
        }

    def clear(self) -> dict[str, float]:
        """``mota``, ``switches``, ``recall``, ``precision`` (Bernardin & Stiefelhagen 2008, section 2).

        A pair of the frame before is kept while it is similar enough; the others are matched for most matches,
        then for most likeness. An identity switch is a true person with another found identity than when last found.
        """
        last = np.full(len(self.names), -1)
        before: dict[int, int] = {}
        switches = hits = 0
        ahead = -2
        for rows, columns, like in self.frames:
            true, guess = self.true[rows], self.guess[columns]
            frame, ahead = ahead, int(self.truth.frame[rows[0]])
            kept = np.array([[before.get(i) == j for j in guess] for i in true]) if ahead == frame + 1 else 0
            i, j = _assign(np.where(like >= self.least, 2 * len(rows) * kept + 1 + like / len(rows), 0))
            switches += int(((last[true[i]] >= 0) & (last[true[i]] != guess[j])).sum())
            last[true[i]] = guess[j]
            before = dict(zip(true[i].tolist(), guess[j].tolist(), strict=True))
            hits += len(i)
        true_count = max(len(self.true), 1)
        errors = len(self.true) - hits + len(self.guess) - hits + switches
        return {
            "mota": 1 - errors / true_count,
            "switches": float(switches),
            "recall": hits / true_count,
            "precision": hits / max(len(self.guess), 1),
        }

    def hota(self) -> dict[str, float]:
        """``hota``, ``deta``, ``assa``, means over ``ALPHAS`` (Luiten 2021, sections 5 and 6)."""
        near = [np.nonzero(like >= ALPHAS[0] - 1e-9) for *_, like in self.frames]
        rows = [rows[i] for (rows, *_), (i, _) in zip(self.frames, near, strict=True)]
        columns = [columns[j] for (_, columns, _), (_, j) in zip(self.frames, near, strict=True)]
        like = [like[at] for (*_, like), at in zip(self.frames, near, strict=True)]
        flat = [np.concatenate([np.zeros(0, kind), *v]) for v, kind in ((rows, int), (columns, int), (like, float))]
        each = np.array([self._hota(alpha, *flat) for alpha in ALPHAS - 1e-9])
        return dict(zip(("hota", "deta", "assa"), each.mean(0).tolist(), strict=True))

    def _hota(self, alpha: float, row: Whole, column: Whole, like: Array) -> tuple[float, float, float]:
        """HOTA, DetA and AssA at one level, of pairs (row, column) of true and found bodies of one frame."""
        some = like >= alpha
        row, column, like = row[some], column[some], like[some]
        size = (len(self.names), len(self.guesses))
        counts = np.bincount(self.true, minlength=size[0])[:, None] + np.bincount(self.guess, minlength=size[1])
        could, did = np.zeros(size), np.zeros(size)
        np.add.at(could, (self.true[row], self.guess[column]), 1)
        best = could / np.maximum(counts - could, 1)  # association, if all that could be matched were
        worth = 1 / _EPSILON + best[self.true[row], self.guess[column]] + _EPSILON * like
        chosen, frame = np.ones(len(row), bool), self.truth.frame[row]
        twice = (np.bincount(row)[row] > 1) | (np.bincount(column)[column] > 1)
        for crowded in np.unique(frame[twice]):  # elsewhere there is nothing to choose
            at = slice(*np.searchsorted(frame, (crowded, crowded + 1)))
            i, j = row[at] - row[at].min(), column[at] - column[at].min()
            table = np.zeros((i.max() + 1, j.max() + 1))
            table[i, j] = worth[at]
            taken = np.zeros(table.shape, bool)
            taken[_assign(table)] = True
            chosen[at] = taken[i, j]
        np.add.at(did, (self.true[row[chosen]], self.guess[column[chosen]]), 1)
        hits = did.sum()
        deta = hits / max(len(self.true) + len(self.guess) - hits, 1)
        assa = (did * did / np.maximum(counts - did, 1)).sum() / max(hits, 1)
        return float(np.sqrt(deta * assa)), float(deta), float(assa)

    def held(self, meetings: Sequence[tuple[int, int, int, int]]) -> Whole:
        """After which meetings both dancers have the numbers they had before.

        A dancer's number is the most frequent among the ``LOOK`` nearest rows in which the dancer was found, outside
        any meeting of that dancer and with none between them; the two must differ. Never found on one side: not held.

        Args:
            meetings: (first, second, start, stop): the true persons, the first row and the first after it.

        Returns:
            1 where held, 0 where not, -1 where a dancer has no true row before or none after.
        """
        number = np.append(self.guess, -1)[self.matched()]  # the last, of the missed, is nobody
        free: dict[int, tuple[Whole, Whole, Whole]] = {}
        for person in {who for meeting in meetings for who in meeting[:2]}:
            own = [meeting[2:] for meeting in meetings if person in meeting[:2]]
            rows = np.flatnonzero(self.truth.who == person)
            frame = self.truth.frame[rows]
            alone = np.all([(frame < start) | (frame >= stop) for start, stop in own], 0)
            stretch = np.sum([frame >= stop for _, stop in own], 0)
            free[person] = frame[alone], number[rows[alone]], stretch[alone]
        out = np.full(len(meetings), -1)
        for n, (first, second, start, stop) in enumerate(meetings):
            sides = [free[who] for who in (first, second)]
            if not all((frame < start).any() and (frame >= stop).any() for frame, *_ in sides):
                continue
            before = [_number(found[frame < start][::-1], part[frame < start][::-1]) for frame, found, part in sides]
            after = [_number(found[frame >= stop], part[frame >= stop]) for frame, found, part in sides]
            out[n] = before == after and -1 not in before and before[0] != before[1]
        return out

    def all(self) -> dict[str, float]:
        """Every figure but the meetings."""
        return self.idf1() | self.clear() | self.hota()


def _assign(worth: Array) -> tuple[Whole, Whole]:
    """Pairs of rows and columns of the greatest worth in all; those worth nothing are no pairs."""
    i, j = linear_sum_assignment(-worth)
    some = worth[i, j] > 0
    return i[some], j[some]


def _number(numbers: Whole, stretch: Whole) -> int:
    """The most frequent of the first ``LOOK`` numbers that are no -1, all of one stretch; -1 if there is none."""
    known = numbers >= 0
    numbers, stretch = numbers[known], stretch[known]
    return int(np.bincount(numbers[stretch == stretch[0]][:LOOK]).argmax()) if len(numbers) else -1
