"""The genre in words and numbers: the answer, the answer over time, the evidence, and the votes of the dancers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dance3d.contracts import NONE, Dancer, Genre
from dance3d.movement_types import titled

COLOURS = 8
"""Of classes in the report; more classes begin again."""


@dataclass(frozen=True)
class StripSegment:
    """A segment of the strip: seconds, the answer there, its colour (-1 for none), and its probability."""

    start: float
    stop: float
    best: str
    colour: int
    prob: float


@dataclass(frozen=True)
class Reason:
    """A piece of evidence: the part and what it does, when, how far the probability falls without it, and its bar."""

    part: str
    what: str
    start: float
    stop: float
    fall: float
    share: float


@dataclass(frozen=True)
class GenreText:
    """What the report says of one dancer's genre.

    Attributes:
        best: the answer, which may be that it is none of the classes.
        like: the likeliest class.
        none: whether the answer is that it is none of them.
        sure: probability of the likeliest class, if it is one of them.
        known: 0..1, how likely it is that it is one of them.
        bars: class, its probability and its colour, likeliest first.
        strip: what stretches say, in order; empty for a single one.
        reasons: evidence, strongest first.
    """

    best: str
    like: str
    none: bool
    sure: float
    known: float
    bars: tuple[tuple[str, float, int], ...]
    strip: tuple[StripSegment, ...]
    reasons: tuple[Reason, ...]


def genre_text(genre: Genre) -> GenreText:
    """Everything that the report says of the genre of one dancer."""
    order = np.argsort(-genre.prob, kind="stable")
    strongest = max((e.weight for e in genre.evidence), default=0.0)
    reasons = []
    for piece in genre.evidence:
        part, _, what = titled(piece.movement).rpartition(": ")
        share = max(piece.weight, 0.0) / strongest if strongest > 0 else 0.0
        reasons.append(Reason(part, what, piece.start, piece.stop, piece.weight, share))
    return GenreText(
        best=genre.best,
        like=genre.likeliest,
        none=genre.best == NONE,
        sure=float(genre.prob.max()),
        known=genre.known,
        bars=tuple((genre.classes[i], float(genre.prob[i]), int(i) % COLOURS) for i in order),
        strip=_strip(genre),
        reasons=tuple(reasons),
    )


def _strip(genre: Genre) -> tuple[StripSegment, ...]:
    """The segments, which overlap, as segments that do not: the mean where several overlap; equal neighbours joined."""
    if not genre.segments:
        return ()
    starts, stops, known = (np.array([getattr(s, name) for s in genre.segments]) for name in ("start", "stop", "known"))
    prob = np.array([s.prob for s in genre.segments])
    found: list[StripSegment] = []
    for start, stop in pairwise(np.unique(np.concatenate([starts, stops]))):
        over = (starts <= start) & (stops >= stop)
        if not over.any():
            continue
        mean = prob[over].mean(0)
        one = known[over].mean() >= genre.least[0]
        index = int(mean.argmax())
        best, colour = (genre.classes[index], index % COLOURS) if one else (NONE, -1)
        sure = float(mean[index]) if one else float(1 - known[over].mean())
        before = found[-1] if found else None
        if before is not None and before.best == best and before.stop == start:
            long, more = before.stop - before.start, stop - start
            both = (before.prob * long + sure * more) / (long + more)
            found[-1] = StripSegment(before.start, float(stop), best, colour, both)
        else:
            found.append(StripSegment(float(start), float(stop), best, colour, sure))
    return tuple(found)


def clip_genre(dancers: Sequence[Dancer]) -> Genre | None:
    """The genre of the clip: mean over its dancers, each by ``Genre.weight``; none where nobody dances.

    Dancers whose classes differ, as those of an edited folder may, have none together.
    """
    genres = [dancer.genre for dancer in dancers]
    if not genres or any(one.classes != genres[0].classes for one in genres):
        return None
    weights = np.array([one.weight for one in genres])
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(genres), 1 / len(genres))
    prob = weights @ np.stack([one.prob for one in genres]).astype(float)
    known = float(np.clip(weights @ np.array([one.known for one in genres]), 0, 1))
    return Genre(prob=prob / prob.sum(), classes=genres[0].classes, known=known, least=genres[0].least)
