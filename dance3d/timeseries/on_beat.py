"""The beats of a body against those of the music: early or late, how steadily, and how many are on it.

Offsets are angles on a circle: a rest half a beat late is half a beat early as well. Where the body rests several times
a beat, the beats are divided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Rhythm

Array = NDArray[np.float64]
DIVISIONS = (1, 2, 3, 4)
"""Into how many parts a beat may be divided by a body that rests more often than the music beats."""
SHORTEST = 0.2
"""Seconds of the shortest part: bodies have no two beats closer than 0.22 s (``stages.motion.rhythm.tempo``)."""
CHANCE = 0.002
"""Chosen: rests all over the beat that would look as steady less often than this keep it; of 4 tries, one in 100."""
FEWEST = 4
"""Chosen: rests below which nothing is said."""
NEAR, NEAR_SHARE = 0.07, 0.175
"""A rest is on the beat within 70 ms and 17.5 % of the part (Davies, Degara & Plumbley, Evaluation methods for musical
audio beat tracking algorithms, 2009)."""
OFF_BEAT = 0.35
"""Chosen: share of the part from which a rest lies between two beats, rather than early or late."""


@dataclass(frozen=True)
class OnBeat:
    """The body's beats against the music's.

    Attributes:
        beats: (N,) seconds of the body's beats within the music, in order.
        nearest: (N,) seconds of the beat, or part of one, that each belongs to.
        division: parts of a beat that the body keeps to: 1, or more where it rests oftener.
        part: seconds that such a part lasts.
        every: the body's usual time from rest to rest, in beats of the music.
        late: seconds that the body usually rests after the beat, median; below zero before it.
        spread: seconds, half the width of the middle 68 % of the offsets: one standard deviation, if they are normal.
        share: of the body's beats that are on the beat.
        steady: whether the body keeps to the beat at all; else nothing but ``share`` means anything.
    """

    beats: tuple[float, ...] = ()
    nearest: tuple[float, ...] = ()
    division: int = 1
    part: float = 1.0
    every: float = 0.0
    late: float = 0.0
    spread: float = 0.0
    share: float = 0.0
    steady: bool = False

    @property
    def between(self) -> bool:
        """Whether the body rests between the beats rather than on them."""
        return abs(self.late) > OFF_BEAT * self.part

    @property
    def near(self) -> float:
        """Seconds from the beat within which the body is on it."""
        return min(NEAR, NEAR_SHARE * self.part)

    @property
    def chance(self) -> float:
        """The share of a body that rests at any time."""
        return 2 * self.near / self.part

    @property
    def offsets(self) -> tuple[float, ...]:
        """(N,) seconds that each beat of the body comes late."""
        return tuple(beat - near for beat, near in zip(self.beats, self.nearest, strict=True))


def on_beat(rhythm: Rhythm | None) -> OnBeat | None:
    """How a body keeps to the music; none where no music with a steady beat was heard."""
    if rhythm is None or rhythm.music is None or len(rhythm.music.beats) < 2:
        return None
    music, body = np.array(rhythm.music.beats), np.array(rhythm.beats)
    period = float(np.median(np.diff(music)))
    body = body[(body >= music[0] - period / 2) & (body <= music[-1] + period / 2)]
    if not len(body):
        return OnBeat()
    phase = _phase(body, music)
    for division in (parts for parts in DIVISIONS if parts == 1 or period / parts >= SHORTEST):
        found = _against(body, phase, music, division)
        if found.steady:
            return found
    return _against(body, phase, music, 1)


def _phase(body: Array, music: Array) -> Array:
    """(N,) beats of the music that have passed at each beat of the body, with parts; beyond the ends it goes on."""
    steps = np.diff(music)
    longer = np.concatenate([[music[0] - steps[0]], music, [music[-1] + steps[-1]]])
    return np.asarray(np.interp(body, longer, np.arange(-1.0, len(music) + 1)))


def _against(body: Array, phase: Array, music: Array, division: int) -> OnBeat:
    """The figures for beats divided into so many parts."""
    turns = np.exp(2j * np.pi * division * phase)
    middle = turns.mean()
    # Rayleigh's test: of N chance directions the mean is at least so long with a probability of exp(-N R²)
    steady = len(body) >= FEWEST and np.exp(-len(body) * abs(middle) ** 2) < CHANCE
    usual = np.angle(middle) / (2 * np.pi * division) if steady else 0.0  # beats
    place = np.round((phase - usual) * division) / division
    longer = np.concatenate([[2 * music[0] - music[1]], music, [2 * music[-1] - music[-2]]])
    nearest = np.interp(place, np.arange(-1.0, len(music) + 1), longer)
    late = body - nearest
    part = float(np.median(np.diff(music))) / division
    low, high = np.percentile(late, [16, 84])
    return OnBeat(
        beats=tuple(body.tolist()),
        nearest=tuple(nearest.tolist()),
        division=division,
        part=part,
        every=float(np.median(np.diff(phase))) if len(body) > 1 else 0.0,
        late=float(np.median(late)),
        spread=float(high - low) / 2,
        share=float((np.abs(late) <= min(NEAR, NEAR_SHARE * part)).mean()),
        steady=bool(steady),
    )
