"""Where and when feet stood on the floor: the footprints of the 3D view, and the steps that a teacher counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.foot_stands import foot_stands
from dance3d.io.world_frame import extremities_to_world, to_world
from dance3d.skeleton import EXTREMITIES, H36M17

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
    facing = _facing(world)
    found = []
    for side, start, stop in zip(*foot_stands(world, pose.time), strict=True):
        place = np.nanmedian(ankles[start:stop, side], axis=0)
        way = facing if ends is None else _toes(ends, _SIDES[side], facing)
        ahead = np.nansum(way[start:stop], axis=0)
        angle = float(np.degrees(np.arctan2(ahead[0], ahead[2])))
        found.append(Footfall(_SIDES[side], int(start), int(stop), float(place[0]), float(place[2]), angle))
    return tuple(sorted(found, key=lambda one: (one.start, one.side)))


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
