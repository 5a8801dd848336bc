"""When feet stand on the floor, for programs that keep them there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import hysteresis
from dance3d.timeseries.segments import segments

Array = NDArray[np.float64]
# As the metric of foot skate has it: lower and slower than this begins a stand, 1.3 times one of the two ends it.
# In body scales, the length of trunk and leg, and body scales per second.
_LOW, _SLOW, _KEEPS = 0.04, 0.35, 1.3
_LEAST = 0.1  # seconds, chosen: a shorter touch is not told


def foot_contacts(world: Array, time: Array) -> dict[str, list[tuple[float, float]]]:
    """First and last second of every stand of each foot, from the first row on, by side.

    Args:
        world: (T, 17, 3) metres, y up; NaN where missing.
        time: (T,) seconds.
    """
    out: dict[str, list[tuple[float, float]]] = {"left": [], "right": []}
    ankles = world[:, H36M17.indices("left_ankle", "right_ankle")]
    if len(time) < 2 or not np.isfinite(ankles).any():
        return out
    scale = _body_scale(world)
    height = (ankles[..., 1] - np.nanpercentile(ankles[..., 1], 5)) / scale
    speed = np.linalg.norm(np.gradient(ankles, time, axis=0), axis=-1) / scale
    stands = hysteresis((height < _LOW) & (speed < _SLOW), (height < _KEEPS * _LOW) & (speed < _KEEPS * _SLOW))
    for i, side in enumerate(out):
        for first, last in segments(stands[:, i]):
            start, stop = (float(time[row] - time[0]) for row in (first, last - 1))
            if stop - start >= _LEAST:
                out[side].append((round(start, 4), round(stop, 4)))
    return out


def _body_scale(world: Array) -> float:
    """Metres of trunk and one leg, median over time."""

    def length(*joints: str) -> Array:
        return np.asarray(np.linalg.norm(np.diff(world[:, H36M17.indices(*joints)], axis=1), axis=-1).sum(-1))

    legs = [length(f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in ("left", "right")]
    return max(float(np.nanmedian(length("pelvis", "thorax") + sum(legs) / 2)), 1e-6)
