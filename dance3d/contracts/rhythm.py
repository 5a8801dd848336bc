"""The rhythm of a body, and the beat of the music that it is danced to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Repeat:
    """What is danced from ``start`` to ``stop`` (seconds) comes again ``later`` seconds after, as like as ``alike``.

    ``alike`` is 1 for the same motion and 0 for a motion without likeness.
    """

    start: float
    stop: float
    later: float
    alike: float


@dataclass(frozen=True)
class Music:
    """The beat of a clip's sound.

    Attributes:
        tempo: beats per minute; 0 where the sound has none.
        sure: 0..1, how regular it is.
        beats: seconds on the clock of the pictures, in order; none where the sound has no steady beat.
        note: why nothing is known of the sound, one phrase; empty where it was heard.
    """

    tempo: float = 0.0
    sure: float = 0.0
    beats: tuple[float, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "beats", tuple(float(beat) for beat in self.beats))
        _check_tempo(self)


@dataclass(frozen=True)
class Rhythm:
    """The rhythm of the body, from its motion alone.

    Attributes:
        tempo: beats per minute; 0 where the motion has none.
        sure: 0..1, how regular it is.
        beats: seconds of the kinematic beats, in order: where the body comes to rest between movements.
        repeats: phrases that are danced again, the longest first.
        music: that it is danced to; none without sound, and where nobody listened.
    """

    tempo: float = 0.0
    sure: float = 0.0
    beats: tuple[float, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    music: Music | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "beats", tuple(float(beat) for beat in self.beats))
        object.__setattr__(
            self, "repeats", tuple(one if isinstance(one, Repeat) else Repeat(**one) for one in self.repeats)
        )
        if isinstance(self.music, dict):
            object.__setattr__(self, "music", Music(**self.music))
        _check_tempo(self)


def _check_tempo(of: Music | Rhythm) -> None:
    if not (np.isfinite(of.tempo) and of.tempo >= 0 and 0 <= of.sure <= 1):
        raise ValueError(f"{type(of).__name__} has tempo {of.tempo} and sure {of.sure}, expected 0 or more and 0..1")
