"""Where and when feet stood on the floor: the footprints of the 3D view, and the steps that a teacher counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Pose3D
from dance3d.contracts.times import median_step
from dance3d.io.world_frame import extremities_to_world, to_world
from dance3d.skeleton import CLEARANCE, EXTREMITIES, H36M17
from dance3d.timeseries.segments import lasting

_LOW, _SLOW = 0.07, 0.4
"""A foot stands where its ankle is at most so many metres above that of a standing one, and slower (metres per second)
than this; chosen by eye on real clips. A slide is no stand."""
_SMOOTH = 0.067  # seconds, standard deviation of the smoothing before speed is told; chosen
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


@dataclass(frozen=True)
class Footfall:
    """A foot that stands, from row ``start`` to before row ``stop`` of its track.

    Attributes:
        side: of the dancer.
        start, stop: rows.
        x, z: metres on the floor, as ``world_frame.to_world`` has them.
        degrees: where the toes point: 0 to the camera, 90 to the picture's right.
    """

    side: Literal["left", "right"]
    start: int
    stop: int
    x: float
    z: float
    degrees: float


def footfalls(pose: Pose3D, origin: NDArray[np.float64]) -> tuple[Footfall, ...]:
    """Every stand of either foot, in order of time; none without a path through the room.

    Args:
        pose: of one dancer.
        origin: of the world, whose floor is at height 0.
    """
    if pose.root is None or pose.frames < 2:
        return ()
    world, ends = to_world(pose, origin), extremities_to_world(pose, origin)
    ankles = world[:, H36M17.indices("left_ankle", "right_ankle")]
    standing = np.stack([_stands(ankles[:, side], pose) for side in (0, 1)], 1)
    facing = _facing(world)
    found = []
    for side, start, stop in zip(*lasting(standing, pose.fps), strict=True):
        place = np.nanmedian(ankles[start:stop, side], axis=0)
        way = facing if ends is None else _toes(ends, _SIDES[side], facing)
        ahead = np.nansum(way[start:stop], axis=0)
        angle = float(np.degrees(np.arctan2(ahead[0], ahead[2])))
        found.append(Footfall(_SIDES[side], int(start), int(stop), float(place[0]), float(place[2]), angle))
    return tuple(sorted(found, key=lambda one: (one.start, one.side)))


def _stands(ankle: NDArray[np.float64], pose: Pose3D) -> NDArray[np.bool_]:
    """(T,) whether an ankle (T, 3) is low and slow."""
    known = np.isfinite(ankle).all(1)
    if known.sum() < 2:
        return np.zeros(len(ankle), bool)
    rows = np.arange(len(ankle))
    filled = np.stack([np.interp(rows, rows[known], ankle[known, axis]) for axis in range(3)], 1)
    sigma = _SMOOTH / median_step(pose.time, 1 / 30)
    speed = np.linalg.norm(np.gradient(gaussian_filter1d(filled, sigma, axis=0), pose.time, axis=0), axis=1)
    return np.asarray(known & (filled[:, 1] < CLEARANCE["left_ankle"] + _LOW) & (speed < _SLOW))


def _facing(world: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3) level vectors to where the hips face."""
    across = world[:, H36M17.index("left_hip")] - world[:, H36M17.index("right_hip")]
    return np.cross(across, [0.0, 1.0, 0.0])


def _toes(
    ends: NDArray[np.float64], side: Literal["left", "right"], facing: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(T, 3) from heel to toe, and where they are not seen, to where the hips face."""
    way = ends[:, EXTREMITIES.index(f"{side}_toe")] - ends[:, EXTREMITIES.index(f"{side}_heel")]
    return np.where(np.isfinite(way).all(1, keepdims=True), way, facing)
