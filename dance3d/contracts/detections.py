"""Bodies seen in single pictures, before anybody knows who is who; and the answer to who is who.

A clip's sightings are columns, not objects: two hours of eight dancers are a few hundred megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17

COLOURS = 64
"""Length of a sighting's colour histogram."""


@dataclass(frozen=True, eq=False)
class Sightings:
    """Every body seen in a clip, in order of frames.

    Attributes:
        frame: (N,) rows of ``time``, never falling; frames in which nobody is seen do not occur.
        xy: (N, 17, 2) float32 pixels of the full frame, in the inner skeleton; NaN where a joint was not seen.
        score: (N, 17) float32 0..1; 0 where ``xy`` is NaN.
        colour: (N, COLOURS) float32 histogram of what the body wears, sums to 1; NaN where nobody looked.
        time: (T,) float64 seconds of the clip's frames.
        size: (width, height) of the frame, pixels.
    """

    frame: NDArray[np.int64]
    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    colour: NDArray[np.float32]
    time: NDArray[np.float64]
    size: tuple[int, int]

    def __post_init__(self) -> None:
        n, joints = len(self.frame), len(H36M17.joints)
        for name, shape in (("xy", (n, joints, 2)), ("score", (n, joints)), ("colour", (n, COLOURS))):
            if getattr(self, name).shape != shape:
                raise ValueError(f"Sightings.{name} has shape {getattr(self, name).shape}, expected {shape}")
        if n and ((np.diff(self.frame) < 0).any() or self.frame[0] < 0 or self.frame[-1] >= len(self.time)):
            raise ValueError(f"Sightings.frame must never fall and lie in 0..{len(self.time) - 1}")

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Some of the sightings, in order."""
        return replace(self, frame=self.frame[rows], xy=self.xy[rows], score=self.score[rows], colour=self.colour[rows])

    def spans(self) -> NDArray[np.int64]:
        """(T + 1,): frame t's sightings are rows ``spans[t]:spans[t + 1]``."""
        return np.searchsorted(self.frame, np.arange(len(self.time) + 1))


@dataclass(frozen=True)
class Meeting:
    """Two dancers overlap in the picture for a while.

    Attributes:
        first, second: numbers of the dancers.
        start, stop: rows of ``Sightings.time``: from the first frame of overlap to the first frame after it.
        sure: 0..1, how much better the identities given afterwards fit than exchanged ones; 0.5 is a coin's throw.
    """

    first: int
    second: int
    start: int
    stop: int
    sure: float


@dataclass(frozen=True, eq=False)
class Identities:
    """Who is who.

    Attributes:
        person: (N,) number of the dancer of each sighting, from 1; 0 where it is nobody (a ghost, a second look).
        meetings: in order of time.
    """

    person: NDArray[np.int64]
    meetings: tuple[Meeting, ...] = ()
