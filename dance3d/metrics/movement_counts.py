"""Counts of found and true movements by type, and the scores that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.movement_types import NAMES

Floats = NDArray[np.float64]


def parts_of(names: Sequence[str]) -> dict[str, list[int]]:
    """Columns of each part, of names ``part.label``, in the order in which the parts come."""
    out: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        out.setdefault(name.partition(".")[0], []).append(column)
    return out


def f1(hits: NDArray[np.number], found: NDArray[np.number], true: NDArray[np.number]) -> Floats:
    """F1, 2 hits / (found + true), of counts of any shape; NaN where nothing is true.

    Args:
        hits: frames or events that were found rightly.
        found: all that were found.
        true: all that there are.
    """
    return _share(2.0 * hits, found + true, true > 0)


def mean_over_parts(each: Floats, names: Sequence[str]) -> Floats:
    """Mean over parts of the mean over types, of (..., C) values; NaN types, and parts of only those, are left out."""
    parts = [_mean(each[..., columns]) for columns in parts_of(names).values()]
    return _mean(np.stack(parts, -1))


@dataclass(frozen=True, eq=False)
class MovementCounts:
    """Counts of frames or of events; tallies of takes add up.

    Attributes:
        hits: (C,) found and true.
        found: (C,) found.
        true: (C,) true.
        names: C names ``part.label``.
    """

    hits: NDArray[np.int64]
    found: NDArray[np.int64]
    true: NDArray[np.int64]
    names: tuple[str, ...] = NAMES

    def __post_init__(self) -> None:
        shapes = {np.shape(x) for x in (self.hits, self.found, self.true)}
        if shapes != {(len(self.names),)}:
            raise ValueError(f"a tally of {len(self.names)} names has counts of shapes {shapes}")

    @classmethod
    def of_frames(
        cls, found: NDArray[np.bool_], true: NDArray[np.bool_], names: Sequence[str] = NAMES
    ) -> MovementCounts:
        """Counts of frames.

        Args:
            found: (T, C) true where a movement was found.
            true: (T, C) true where it happens.
            names: of the C movements.

        Raises:
            ValueError: the shapes differ, or are not as many columns as names.
        """
        check_flags(found, true, names)
        return cls((found & true).sum(0), found.sum(0), true.sum(0), tuple(names))

    def __add__(self, other: MovementCounts) -> MovementCounts:
        if other.names != self.names:
            raise ValueError("tallies of different movements do not add up")
        return MovementCounts(self.hits + other.hits, self.found + other.found, self.true + other.true, self.names)

    @property
    def f1(self) -> Floats:
        """(C,) F1 of each type, NaN for those that did not occur; so are precision and recall."""
        return f1(self.hits, self.found, self.true)

    @property
    def precision(self) -> Floats:
        """(C,) share of what was found that is true; 0 where a type occurs and nothing was found."""
        return np.where(self.true > 0, _share(self.hits, np.maximum(self.found, 1), self.found >= 0), np.nan)

    @property
    def recall(self) -> Floats:
        """(C,) share of what is true that was found."""
        return _share(self.hits, self.true, self.true > 0)

    @property
    def macro_f1(self) -> float:
        """Mean over parts of the mean over types that occur; NaN where nothing occurred."""
        return float(mean_over_parts(self.f1, self.names))

    @property
    def micro_f1(self) -> float:
        """Mean over parts of the F1 of all types of a part together; NaN where nothing occurred."""
        return float(_mean(f1(*self._pooled())))

    def by_part(self) -> dict[str, dict[str, float]]:
        """Scores of every part of which something occurred.

        ``macro_f1``, ``micro_f1``, ``precision``, ``recall`` and ``support``. Precision and recall
        are means over the types that occur, ``support`` is how often something is true.
        """
        micro, support = f1(*self._pooled()), self._pooled()[2]
        out = {}
        for number, (part, columns) in enumerate(parts_of(self.names).items()):
            if support[number]:
                means = {
                    name: float(_mean(values[columns]))
                    for name, values in (("macro_f1", self.f1), ("precision", self.precision), ("recall", self.recall))
                }
                out[part] = {**means, "micro_f1": float(micro[number]), "support": float(support[number])}
        return out

    def figures(self, prefix: str = "") -> dict[str, float]:
        """``macro_f1``, ``micro_f1``, ``precision``, ``recall`` and ``<part>.macro_f1`` (0 where nothing occurred)."""
        parts = {f"{prefix}{part}.macro_f1": values["macro_f1"] for part, values in self.by_part().items()}
        over = {
            "macro_f1": self.macro_f1,
            "micro_f1": self.micro_f1,
            "precision": float(mean_over_parts(self.precision, self.names)),
            "recall": float(mean_over_parts(self.recall, self.names)),
        }
        return {f"{prefix}{name}": 0.0 if np.isnan(value) else value for name, value in over.items()} | parts

    def _pooled(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Hits, found and true (P,) by part, false alarms of types that do not occur included."""
        columns = parts_of(self.names).values()
        hits, found, true = (np.array([x[of].sum() for of in columns]) for x in (self.hits, self.found, self.true))
        return hits, found, true


class Difference(NamedTuple):
    """How much the second of two recognisers is better.

    Attributes:
        mean: second minus first, on all takes.
        low, high: ends of the 95% interval.
        better: share of the drawn sets of takes on which the second is better.
    """

    mean: float
    low: float
    high: float
    better: float


def f1_gain(
    first: Sequence[MovementCounts], second: Sequence[MovementCounts], draws: int = 2000, seed: int = 0
) -> Difference:
    """How much macro-F1 a second recogniser gains on the same takes, and how sure that is with so few takes.

    Args:
        first: a tally for each take, of one recogniser.
        second: of the other, in the same order.
        draws: sets of takes drawn with replacement.
        seed: of the draws.

    Raises:
        ValueError: not as many tallies of one as of the other, fewer than two, or of other truths or movements.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} takes; a comparison needs as many of both, two at least")
    for one, two in zip(first, second, strict=True):
        if one.names != first[0].names or two.names != first[0].names or (one.true != two.true).any():
            raise ValueError("a comparison needs the same movements and the same truth for both")
    takes = len(first)
    drawn = np.random.default_rng(seed).multinomial(takes, np.full(takes, 1 / takes), size=draws)
    weights = np.concatenate([np.ones((1, takes), int), drawn])  # the first is all takes, once
    macro = []
    for tallies in (first, second):
        sums = [weights @ np.stack([getattr(t, name) for t in tallies]) for name in ("hits", "found", "true")]
        macro.append(mean_over_parts(f1(*sums), first[0].names))
    mean, *gains = macro[1] - macro[0]
    low, high = np.nanquantile(gains, [0.025, 0.975]) if np.isfinite(gains).any() else (np.nan, np.nan)
    return Difference(float(mean), float(low), float(high), float(np.mean(np.asarray(gains) > 0)))


def check_flags(found: NDArray[np.generic], true: NDArray[np.generic], names: Sequence[str]) -> None:
    """Check that found and true flags fit each other and the names.

    Args:
        found: (T, C).
        true: (T, C).
        names: C of them.

    Raises:
        ValueError: they are not.
    """
    if found.shape != true.shape or found.ndim != 2 or found.shape[1] != len(names):
        raise ValueError(f"found and true have shapes {found.shape} and {true.shape}, expected (T, {len(names)}) twice")


def _share(part: NDArray[np.number], whole: NDArray[np.number], valid: NDArray[np.bool_]) -> Floats:
    out = np.full(np.shape(part), np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=valid & (np.asarray(whole) > 0)), np.float64)


def _mean(values: Floats) -> Floats:
    """Mean over the last axis of what is not NaN; NaN where nothing is."""
    known = np.isfinite(values)
    return _share(np.where(known, values, 0.0).sum(-1), known.sum(-1), np.asarray(known.any(-1)))
