"""Joints and extremities as a marker system would have seen them: named points in the world, at even times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.io.export_files.to_bvh import even_times
from dance3d.io.world_frame import extremities_to_world, to_world
from dance3d.skeleton import EXTREMITIES, SKELETONS
from dance3d.timeseries.resampling import interpolate

Array = NDArray[np.float64]


class MarkerPaths(NamedTuple):
    """Named points over time.

    Attributes:
        names: of the P points: joints, then the extremities where the pose has some.
        time: (T,) seconds of the video.
        step: seconds from one row to the next.
        xyz: (T, P, 3) metres in the world of ``world_frame.to_world``, y up; NaN where missing.
    """

    names: tuple[str, ...]
    time: Array
    step: float
    xyz: Array


def marker_paths(pose: Pose3D, origin: Array | None = None) -> MarkerPaths:
    """The points of a pose, a row for each of its own where its times are even, else at their median rate.

    A point that is missing stays missing: formats of markers know gaps. Between rows of an uneven video it is
    interpolated where it is known at both.

    Args:
        pose: of one dancer.
        origin: as for ``to_world``.
    """
    names, xyz = world_points(pose, origin)
    time, step = even_times(pose.time)
    if len(time) == pose.frames and np.array_equal(time, pose.time):
        return MarkerPaths(names, time, step, xyz)
    at = np.empty((len(time), *xyz.shape[1:]))
    for point in range(xyz.shape[1]):
        known = np.asarray(np.isfinite(xyz[:, point]).all(-1))
        at[:, point] = _between(xyz[:, point], known, pose.time, time)
    return MarkerPaths(names, time, step, at)


def world_points(pose: Pose3D, origin: Array | None = None) -> tuple[tuple[str, ...], Array]:
    """Names and places (T, P, 3) in the world of joints, and of extremities where the pose has some."""
    names, xyz = SKELETONS[pose.skeleton].joints, to_world(pose, origin)
    ends = extremities_to_world(pose, origin)
    return (names, xyz) if ends is None else (names + EXTREMITIES, np.concatenate([xyz, ends], 1))


def _between(places: Array, known: NDArray[np.bool_], time: Array, at: Array) -> Array:
    """(N, 3) places at other times, NaN where a neighbour in time is missing.

    Args:
        places: (T, 3) metres.
        known: (T,) where they are not missing.
        time: (T,) seconds.
        at: (N,) seconds.
    """
    if not known.any():
        return np.full((len(at), 3), np.nan)
    out = interpolate(places, known, time, at)
    out[np.interp(at, time, known.astype(float)) < 1 - 1e-6] = np.nan
    return out
