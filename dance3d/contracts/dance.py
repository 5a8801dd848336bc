"""Movements and genre of a dancer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np

from dance3d.contracts.arrays import Flags, Float, Time
from dance3d.contracts.checks import Track, check, check_track
from dance3d.contracts.names import NONE, NOT_A_DANCE
from dance3d.contracts.rhythm import Rhythm
from dance3d.movement_types import MOVEMENTS, NAMES, WORDS, Word, own_word

KNOWN = 0.5
"""Probability of being any of the classes below which a dance is none, where a file has no thresholds of its own."""
Kind = TypeVar("Kind")
_TYPES_OF_WORDS = [[NAMES.index(name) for name in word.types] for word in WORDS]


def _all(kind: type[Kind], found: Iterable[Any]) -> tuple[Kind, ...]:
    """Dataclasses, some of which may still be mappings, as a file has them."""
    return tuple(one if isinstance(one, kind) else kind(**one) for one in found)


@dataclass(frozen=True, eq=False)
class Movements(Track):
    """Movements of every body part, frame by frame.

    Attributes:
        prob: (T, 154) 0..1 in the order of ``movement_types.MOVEMENTS``; NaN where the person is missing.
        time: (T,) seconds.
        start, person: as in ``Keypoints2D``.
        own: (T, U) 0..1, movement types that a user added; NaN where the person is missing; none if there are none.
        own_names: U names, ``part.label`` as those of the vocabulary, none of which they repeat.
        rhythm: of the whole body, or none where it was not computed.
        least: (154,) probability from which each movement counts as made; 0.5 for all if none. Own ones count from 0.5.
        words: (T, W) 0..1 in the order of ``movement_types.WORDS``; NaN where the person is missing. None where nothing
            looked for words: they are then made where one of their types is.
        words_least: (W,) probability from which each word counts as made; 0.5 for all if none.
        trusted: (154,) which types are right often enough to be shown (on validation takes); all if none.
    """

    prob: Float
    time: Time
    start: int = 0
    person: int = 1
    own: Float | None = None
    own_names: tuple[str, ...] = ()
    rhythm: Rhythm | None = None
    least: Float | None = None
    words: Float | None = None
    words_least: Float | None = None
    trusted: Flags | None = None

    def __post_init__(self) -> None:
        frames = check_track(self)
        object.__setattr__(self, "own_names", tuple(str(name) for name in self.own_names))
        if isinstance(self.rhythm, dict):
            object.__setattr__(self, "rhythm", Rhythm(**self.rhythm))
        if len({*NAMES, *self.own_names}) != len(NAMES) + len(self.own_names):
            raise ValueError(f"Movements.own_names repeat a name: {', '.join(self.own_names)}")
        if (self.own is None) != (not self.own_names):
            raise ValueError(f"Movements.own and own_names {self.own_names} go together")
        for name, width in (("prob", len(MOVEMENTS)), ("own", len(self.own_names)), ("words", len(WORDS))):
            if getattr(self, name) is None:
                continue
            check(self, name, (frames, width), np.float32)
            if np.nanmin(getattr(self, name), initial=0) < 0 or np.nanmax(getattr(self, name), initial=1) > 1:
                raise ValueError(f"Movements.{name} leaves 0..1")
        if self.least is not None:
            check(self, "least", (len(MOVEMENTS),), np.float32, finite=True)
        if self.words_least is not None:
            check(self, "words_least", (len(WORDS),), np.float32, finite=True)
        if self.trusted is not None:
            check(self, "trusted", (len(MOVEMENTS),), np.bool_)
        if self.words is None and self.words_least is not None:
            raise ValueError("Movements.words_least are of words, which are not there")

    @property
    def made(self) -> Flags:
        """(T, 154 + U) whether each movement is made; false where the person is missing."""
        least = np.full(len(self.names), 0.5, np.float32)
        if self.least is not None:
            least[: len(MOVEMENTS)] = self.least
        return np.asarray(np.nan_to_num(self.every) >= least)

    @property
    def names(self) -> tuple[str, ...]:
        """All 154 + U names."""
        return NAMES + self.own_names

    @property
    def every(self) -> Float:
        """(T, 154 + U) probabilities, as ``names``."""
        return self.prob if self.own is None else np.concatenate([self.prob, self.own], 1)

    @property
    def words_prob(self) -> Float:
        """(T, W) probability of each word; where nothing looked for words, of its strongest type, 0.5 at ``least``."""
        if self.words is not None:
            return self.words
        least = np.full(len(NAMES), 0.5) if self.least is None else np.clip(self.least.astype(float), 1e-6, 1 - 1e-6)
        level = np.where(self.prob < least, self.prob / least, 1 + (self.prob - least) / (1 - least)) / 2
        words = np.stack([level[:, columns].max(1, initial=0) for columns in _TYPES_OF_WORDS], 1)
        words[np.isnan(self.prob).all(1)] = np.nan
        return words.astype(np.float32)

    @property
    def words_made(self) -> Flags:
        """(T, W) whether each word is made; false where the person is missing."""
        if self.words is None:
            return np.stack([self.made[:, columns].any(1) for columns in _TYPES_OF_WORDS], 1)
        return np.asarray(np.nan_to_num(self.words) >= (0.5 if self.words_least is None else self.words_least))

    @property
    def every_word(self) -> tuple[Word, ...]:
        """W + U words: a user's own types are words too."""
        return (*WORDS, *map(own_word, self.own_names))

    @property
    def shown(self) -> Flags:
        """(154 + U,) which types may be shown: the trusted ones and all of a user's."""
        trusted = np.ones(len(NAMES), bool) if self.trusted is None else self.trusted
        return np.concatenate([trusted, np.ones(len(self.own_names), bool)])


@dataclass(frozen=True)
class Evidence:
    """One movement that is evidence for the genre: its removal lowers the probability by ``weight``."""

    movement: str
    start: float
    stop: float
    weight: float


@dataclass(frozen=True)
class Segment:
    """The genre of one segment of a clip: as ``Genre``, from ``start`` to ``stop`` seconds."""

    start: float
    stop: float
    prob: tuple[float, ...]
    known: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "prob", tuple(float(p) for p in self.prob))


@dataclass(frozen=True)
class GenreAnswer:
    """What is said of a dance, in one of three grades.

    Attributes:
        grade: ``named``: it is this class; ``like``: of the classes it is most like this one, but not surely it;
            ``none``: it is none of them.
        name: of the class; ``NONE`` where it is none.
        sure: 0..1, the probability that the class is right, or that it is none.
    """

    grade: Literal["named", "like", "none"]
    name: str
    sure: float

    @property
    def text(self) -> str:
        """In words: ``salsa``, ``like salsa`` or ``none of these``."""
        if self.grade != "like":
            return self.name
        return f"probably {NOT_A_DANCE}" if self.name == NOT_A_DANCE else f"like {self.name}"


@dataclass(frozen=True, eq=False)
class Genre:
    """The genre of one dancer.

    Attributes:
        prob: (G,) sums to 1: which class, if it is one of them.
        classes: G names, as ``prob``.
        evidence: which movements, when (seconds), strongest first, for the likeliest class.
        person: as in ``Keypoints2D``.
        known: 0..1, how likely it is that the dance is one of the classes at all.
        weight: 0..1, weight of this dancer's vote among the dancers of the clip.
        segments: the genre of segments of the clip, in order.
        least: thresholds of the answer, which belong to the classifier: ``known`` from which the dance is like one of
            the classes, and ``sure`` from which it is named. The default names whatever is known, as files without
            thresholds mean it.
    """

    prob: Float
    classes: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    person: int = 1
    known: float = 1.0
    weight: float = 1.0
    segments: tuple[Segment, ...] = ()
    least: tuple[float, float] = (KNOWN, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "least", tuple(float(value) for value in self.least))
        object.__setattr__(self, "classes", tuple(str(name) for name in self.classes))
        object.__setattr__(self, "evidence", _all(Evidence, self.evidence))
        object.__setattr__(self, "segments", _all(Segment, self.segments))
        check(self, "prob", (len(self.classes),), np.float32, finite=True)
        if self.prob.min() < 0 or abs(float(self.prob.sum()) - 1) > 1e-3:
            raise ValueError(f"Genre.prob sums to {self.prob.sum():.4f}, expected 1")
        if len(self.least) != 2 or not all(0 <= value <= 1 for value in self.least):
            raise ValueError(f"Genre.least is {self.least}, expected two values in 0..1")
        if not (0 <= self.known <= 1 and 0 <= self.weight <= 1):
            raise ValueError(f"Genre has known {self.known} and weight {self.weight}, expected 0..1")
        if any(len(one.prob) != len(self.classes) for one in self.segments):
            raise ValueError(f"Genre.segments name other classes than the {len(self.classes)} of prob")

    @property
    def likeliest(self) -> str:
        """Name of the likeliest class."""
        return self.classes[int(np.argmax(self.prob))]

    @property
    def sure(self) -> float:
        """How likely the likeliest class is, with all that it may be none of them."""
        return float(self.known * self.prob.max())

    @property
    def answer(self) -> GenreAnswer:
        """What is said of the dance: its class, which class it is like, or that it is none of them."""
        like, named = self.least
        if self.known < like:
            return GenreAnswer("none", NONE, 1 - self.known)
        return GenreAnswer("named" if self.sure >= named else "like", self.likeliest, self.sure)

    @property
    def best(self) -> str:
        """Name of the answer: the likeliest class, named or like it, or that it is none of them."""
        return self.answer.name

    def at(self, segment: Segment) -> GenreAnswer:
        """The answer for one segment alone."""
        return replace(self, prob=np.array(segment.prob), known=segment.known, evidence=(), segments=()).answer
