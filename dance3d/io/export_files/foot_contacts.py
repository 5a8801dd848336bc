"""When feet stand on the floor, for programs that keep them there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.foot_stands import foot_stands


def foot_contacts(world: NDArray[np.float64], time: NDArray[np.float64]) -> dict[str, list[tuple[float, float]]]:
    """First and last second of every stand of each foot, from the first row on, by side.

    Args:
        world: (T, 17, 3) metres, y up; NaN where missing.
        time: (T,) seconds.
    """
    out: dict[str, list[tuple[float, float]]] = {"left": [], "right": []}
    sides = tuple(out)
    for side, first, stop in zip(*foot_stands(world, time), strict=True):
        start, end = (float(time[row] - time[0]) for row in (first, stop - 1))
        out[sides[side]].append((round(start, 4), round(end, 4)))
    return out
