"""The genre in words and numbers: the answer, the answer over time, the evidence, and the votes of the dancers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dance3d.contracts import Dancer, Genre, Segment
from dance3d.movement_types import titled

COLOURS = 8
"""Of classes in the report; more classes begin again."""


@dataclass(frozen=True)
class StripSegment:
    """A segment of the strip: seconds, the answer there in words, its colour (-1 for none), and how sure it is."""

    start: float
    stop: float
    text: str
    colour: int
    sure: float


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
        text: the answer in words: ``salsa``, ``like salsa`` or ``none of these``.
        grade: of the answer: ``named``, ``like`` or ``none``.
        sure: 0..1, how sure the answer is.
        likeliest: the class to which the evidence belongs.
        share: its probability, if it is one of the classes.
        bars: class, its probability and its colour, likeliest first.
        strip: what stretches say, in order; empty for a single one.
        reasons: evidence, strongest first.
    """

    text: str
    grade: str
    sure: float
    likeliest: str
    share: float
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
        text=genre.answer.text,
        grade=genre.answer.grade,
        sure=genre.answer.sure,
        likeliest=genre.likeliest,
        share=float(genre.prob.max()),
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
        answer = genre.at(Segment(float(start), float(stop), tuple(prob[over].mean(0)), float(known[over].mean())))
        colour = -1 if answer.grade == "none" else genre.classes.index(answer.name) % COLOURS
        before = found[-1] if found else None
        if before is not None and before.text == answer.text and before.stop == start:
            long, more = before.stop - before.start, stop - start
            both = (before.sure * long + answer.sure * more) / (long + more)
            found[-1] = StripSegment(before.start, float(stop), answer.text, colour, both)
        else:
            found.append(StripSegment(float(start), float(stop), answer.text, colour, answer.sure))
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
