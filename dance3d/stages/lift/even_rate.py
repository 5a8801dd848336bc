"""A clip's keypoints at the even frame rate of its lifter, and the lifted joints back at the clip's own times."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera, Keypoints2D
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import grid, interpolate, is_sparse, is_uniform, nearest

FPS = 30.0
"""Frames per second for which the smoothing widths are given."""
_PELVIS = H36M17.index("pelvis")
Floats = NDArray[np.float64]
Lifted = tuple[Floats, Floats]
"""(T, 17, 3) metres around the pelvis, camera frame; and (T, 17) metres by which the net's two answers differ."""


def around_pelvis(
    uniform: Callable[[Floats, NDArray[np.bool_], Camera], Lifted],
    fps: float | None,
    xy: Floats,
    track: Keypoints2D,
    present: NDArray[np.bool_],
    camera: Camera,
) -> Lifted:
    """Joints of every frame; resampled to the lifter's frame rate and back where needed.

    Args:
        uniform: lifts rays (T, 17, 2) at an even rate.
        fps: its frame rate, None for any.
        xy: (T, 17, 2) pixels.
        track: whose times count.
        present: (T, 17) whether a joint is there.
        camera: of the picture.
    """
    rays = (xy - camera.centre) / camera.focal
    # A clip of few frames over a long time is not worth a dense grid: it is lifted as it is.
    if fps is None or is_uniform(track.time, fps) or is_sparse(track.time, FPS):
        return uniform(_filled(rays, present, track.time), present, camera)
    at = grid(track.time, fps)
    dense = np.stack([interpolate(rays[:, j], present[:, j], track.time, at) for j in range(rays.shape[1])], 1)
    there = present[nearest(track.time, at)]
    xyz, apart = (
        interpolate(part, np.ones(len(at), bool), at, track.time)
        for part in uniform(_filled(dense, there, at), there, camera)
    )
    return xyz, apart


def _filled(rays: Floats, present: NDArray[np.bool_], time: Floats) -> Floats:
    """Finite rays: interpolated in time where a joint is missing, at the pelvis where it is never seen.

    A pelvis that is never seen is placed at the mean of the joints seen.
    """
    known = present.copy()
    out = np.where(known[..., None], rays, 0.0)
    if not known[:, _PELVIS].any():
        out[:, _PELVIS] = out.sum(1) / np.maximum(known.sum(1), 1)[:, None]
        known[:, _PELVIS] = known.any(1)
    for joint in np.flatnonzero(~known.all(0)):  # the pelvis comes first
        source = joint if known[:, joint].any() else _PELVIS
        there, held = known[:, source], out[:, source]
        out[:, joint] = np.where(there[:, None], held, interpolate(held, there, time, time))
    return out
