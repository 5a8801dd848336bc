"""When a foot stands: one rule for the footprints and steps of the report and for the contacts that files carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts.times import median_step
from dance3d.geometry.floor import lowest_part, resting_height
from dance3d.skeleton import CLEARANCE, H36M17
from dance3d.timeseries.segments import Segments, lasting

Floats = NDArray[np.float64]
_LOW, _SLOW = 0.07, 0.4
"""A foot stands where its ankle is at most so many metres above that of a standing one, and slower (metres per second)
than this; chosen by eye on real clips. A slide is no stand."""
_SMOOTH = 0.067  # seconds, standard deviation of the smoothing before speed is told; chosen
_ANKLES = H36M17.indices("left_ankle", "right_ankle")


def foot_stands(world: Floats, time: Floats) -> Segments:
    """Every stand of a foot: column 0 is the left one, 1 the right one.

    The floor is that on which this body mostly rests, wherever that of the room lies.

    Args:
        world: (T, 17, 3) metres, y up; NaN where missing.
        time: (T,) seconds.
    """
    floor = resting_height(lowest_part(world[..., 1]), time)
    ankles = world[:, _ANKLES]
    on = np.stack([_stands(ankles[:, side], time, floor) for side in (0, 1)], 1)
    return lasting(on, 1 / median_step(time, 1 / 30))


def _stands(ankle: Floats, time: Floats, floor: float) -> NDArray[np.bool_]:
    """(T,) whether an ankle is low and slow.

    Args:
        ankle: (T, 3).
        time: (T,) seconds.
        floor: height of the floor.
    """
    known = np.isfinite(ankle).all(1)
    if known.sum() < 2:
        return np.zeros(len(ankle), bool)
    rows = np.arange(len(ankle))
    filled = np.stack([np.interp(rows, rows[known], ankle[known, axis]) for axis in range(3)], 1)
    sigma = _SMOOTH / median_step(time, 1 / 30)
    speed = np.linalg.norm(np.gradient(gaussian_filter1d(filled, sigma, axis=0), time, axis=0), axis=1)
    return np.asarray(known & (filled[:, 1] - floor < CLEARANCE["left_ankle"] + _LOW) & (speed < _SLOW))
