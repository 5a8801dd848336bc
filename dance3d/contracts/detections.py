"""Detected bodies of a clip before tracking, and the identities that tracking gives them.

A clip's detections are columns, not objects: two hours of eight dancers are a few hundred megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import EXTREMITIES, H36M17

COLOURS = 64
"""Length of a detection's colour histogram."""


@dataclass(frozen=True, eq=False)
class Detections:
    """Every body detected in a clip, in order of frames.

    Attributes:
        frame: (N,) rows of ``time``, never falling; frames without a detection do not occur.
        xy: (N, 17, 2) float32 pixels of the full frame, joints of ``H36M17``; NaN where a joint was not detected.
        score: (N, 17) float32 0..1; 0 where ``xy`` is NaN.
        colour: (N, COLOURS) float32 histogram of the colours of the trunk, sums to 1; NaN where not computed.
        time: (T,) float64 seconds of the clip's frames.
        size: (width, height) of the frame, pixels.
        extremities: (N, 7, 2) float32 pixels, in the order of ``skeleton.EXTREMITIES``; NaN where one was not seen or
            not read in that frame; none where nobody looks for them.
    """

    frame: NDArray[np.int64]
    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    colour: NDArray[np.float32]
    time: NDArray[np.float64]
    size: tuple[int, int]
    extremities: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n, joints = len(self.frame), len(H36M17.joints)
        shapes = {"xy": (n, joints, 2), "score": (n, joints), "colour": (n, COLOURS)}
        if self.extremities is not None:
            shapes["extremities"] = (n, len(EXTREMITIES), 2)
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"Detections.{name} has shape {getattr(self, name).shape}, expected {shape}")
        if n and ((np.diff(self.frame) < 0).any() or self.frame[0] < 0 or self.frame[-1] >= len(self.time)):
            raise ValueError(f"Detections.frame must never fall and lie in 0..{len(self.time) - 1}")

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Some of the detections, in order."""
        columns = ("frame", "xy", "score", "colour", *(("extremities",) if self.extremities is not None else ()))
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def spans(self) -> NDArray[np.int64]:
        """(T + 1,): frame t's detections are rows ``spans[t]:spans[t + 1]``."""
        return np.searchsorted(self.frame, np.arange(len(self.time) + 1))


@dataclass(frozen=True)
class PairCrossing:
    """An interval in which two dancers overlap in the picture.

    Attributes:
        first, second: numbers of the dancers.
        start, stop: rows of ``Detections.time``: from the first frame of overlap to the first frame after it.
        sure: probability 0..1 that the identities after it are not swapped; 0.5 if either is as likely.
    """

    first: int
    second: int
    start: int
    stop: int
    sure: float


@dataclass(frozen=True, eq=False)
class Identities:
    """The dancer of every detection.

    Attributes:
        person: (N,) number of the dancer of each detection, from 1; 0 for no dancer (a false or double detection).
        crossings: in order of time.
    """

    person: NDArray[np.int64]
    crossings: tuple[PairCrossing, ...] = ()
