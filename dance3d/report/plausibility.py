"""Whether what came out is what a person can do: speed, acceleration, feet above and below the floor.

Numbers without a source are chosen: above what dancers do, below what comes out where a camera zooms, a tracker jumps
to another body, or the floor is not level. A slow zoom looks like a walk and cannot be told from it here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Pose3D
from dance3d.contracts.shots import spans
from dance3d.contracts.times import median_step
from dance3d.geometry.floor import LONGEST_FLIGHT, lowest_part
from dance3d.io.world_frame import scene_origin, to_world
from dance3d.skeleton import H36M17
from dance3d.timeseries.segments import segments

FLOATING = 0.25  # metres of the lowest part of the body above the floor
SUNK = 0.12  # metres of a part of the body below the floor
STEADY_SECONDS = 0.1  # standard deviation of the smoothing before speed and acceleration are told
LEAST_SECONDS = 0.5  # of a stretch with the dancer, below which its speed is not told
_PELVIS = H36M17.index("pelvis")


@dataclass(frozen=True)
class Plausibility:
    """Figures of one dancer's motion in the world.

    Attributes:
        speed: greatest speed of the pelvis, metres per second; NaN where nothing is known.
        acceleration: its greatest acceleration, metres per second squared.
        fastest: seconds at which the acceleration is greatest.
        floating: share of the frames in which nothing rests on the floor for longer than a jump lasts.
        sunk: share of the frames in which a part of the body is below the floor.
    """

    speed: float
    acceleration: float
    fastest: float
    floating: float
    sunk: float


def plausibility(pose: Pose3D) -> Plausibility:
    """Figures of a pose with its path; without ``up`` the floor is that of a level camera."""
    if pose.root is None or not np.isfinite(pose.xyz).any():
        return Plausibility(np.nan, np.nan, np.nan, np.nan, np.nan)
    world = to_world(pose, scene_origin([pose]))
    step = median_step(pose.time, 1 / 30)
    speed, acceleration, when = [0.0], [0.0], [float(pose.time[0])]
    known = np.asarray(np.isfinite(world).all((1, 2)))
    stretches = [(a + r, a + s) for a, b in spans(pose.shots, pose.frames) for r, s in segments(known[a:b])]
    for start, stop in stretches:
        if (stop - start) * step >= LEAST_SECONDS:
            fast, sharp, row = _peaks(world[start:stop, _PELVIS], pose.time[start:stop], STEADY_SECONDS / step)
            speed.append(fast)
            acceleration.append(sharp)
            when.append(float(pose.time[start + row]))
    lowest = lowest_part(world[..., 1])
    known = np.isfinite(lowest)
    above = np.asarray(known & (np.nan_to_num(lowest) > FLOATING))
    floating = sum(stop - start for start, stop in segments(above) if (stop - start) * step > LONGEST_FLIGHT)
    return Plausibility(
        speed=max(speed),
        acceleration=max(acceleration),
        fastest=when[int(np.argmax(acceleration))],
        floating=float(floating / max(known.sum(), 1)),
        sunk=float((lowest[known] < -SUNK).mean()) if known.any() else 0.0,
    )


def _peaks(path: NDArray[np.float64], time: NDArray[np.float64], sigma: float) -> tuple[float, float, int]:
    """Greatest speed and acceleration of a path (T, 3) and the row of the latter."""
    steady = gaussian_filter1d(path, max(sigma, 0.3), axis=0, mode="nearest")
    velocity = np.gradient(steady, time, axis=0)
    pull = np.linalg.norm(np.gradient(velocity, time, axis=0), axis=1)
    return float(np.linalg.norm(velocity, axis=1).max()), float(pull.max()), int(pull.argmax())
