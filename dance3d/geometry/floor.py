"""The height of the floor, from a body that rests on it: nobody floats for longer than a leap lasts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_opening

from dance3d.contracts.times import median_step
from dance3d.skeleton import CLEARANCE, H36M17

Floats = NDArray[np.float64]
LONGEST_FLIGHT = 0.9
"""Seconds: a jump of a metre."""
_RESTS, _CLEARANCE = H36M17.indices(*CLEARANCE), np.array(list(CLEARANCE.values()))


def lowest_part(heights: Floats) -> Floats:
    """(T,) height of the underside of the body's lowest part, from heights (T, 17) of joints; NaN where one is NaN."""
    return np.asarray((heights[:, _RESTS] - _CLEARANCE).min(1), np.float64)


def resting_height(lowest: Floats, time: Floats) -> float:
    """Height of the floor: where the lowest part of a body mostly rests.

    A leap, a rise shorter than ``LONGEST_FLIGHT``, is left out. Then the median over frames counts, not the lowest
    frames: an estimated body that bows may sink, and must not leave the standing one in the air.

    Args:
        lowest: (T,) of ``lowest_part``, metres; NaN where the dancer is missing.
        time: (T,) seconds, increasing.

    Returns:
        Metres; NaN if the dancer is missing throughout.
    """
    known = np.isfinite(lowest)
    if not known.any():
        return float("nan")
    frames = max(round(LONGEST_FLIGHT / median_step(time, 1 / 30)), 1)
    return float(np.median(grey_opening(lowest[known], size=frames, mode="nearest")))


def common_floor(bodies: Sequence[tuple[Floats, Floats]]) -> float:
    """Height of the floor under several bodies, each with its frames: the middle one, of two equal ones the lower.

    Args:
        bodies: ``lowest`` and ``time`` of ``resting_height`` of every dancer.

    Returns:
        Metres; NaN if nobody is ever seen.
    """
    floors = np.array([resting_height(*body) for body in bodies])
    frames = np.array([np.isfinite(lowest).sum() for lowest, _ in bodies], int)
    each = np.repeat(floors, frames)
    return float(np.quantile(each, 0.5, method="lower")) if len(each) else float("nan")
