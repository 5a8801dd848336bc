"""Extremities of lifted poses, from their keypoints."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import weights
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.inference_device import on_device
from dance3d.stages.lift.extremities.features import (
    LENGTHS,
    LIMBS,
    MIRRORED_HEAD,
    Limb,
    body_size,
    directions,
    features,
)
from dance3d.stages.lift.extremities.model import FPS, ExtremityNet, run
from dance3d.stages.lift.extremities.shipped import WEIGHTS
from dance3d.stages.stored_nets import stored_net
from dance3d.timeseries.resampling import grid, interpolate, is_sparse, is_uniform

REACH = 0.25
"""Seconds from a frame to the nearest with the keypoint beyond which an extremity is not known; chosen."""
Floats = NDArray[np.float64]


def load(path: Path) -> ExtremityNet:
    """The net of a weights file, ready for inference.

    Raises:
        ValueError: the file cannot be read, or it holds another net.
    """
    return stored_net(path, WEIGHTS, lambda config: ExtremityNet(**config))


@cache
def shipped() -> ExtremityNet:
    """The net that ships."""
    return on_device(load(weights.default(WEIGHTS)))


def with_extremities(pose: Pose3D, track: Keypoints2D, net: ExtremityNet | None = None) -> Pose3D:
    """The pose with its extremities; as it is where nobody looked for them in the picture.

    Args:
        pose: lifted from the track, with root and camera.
        track: keypoints before a still camera, as the pose.
        net: the one that ships if not given.
    """
    ends = track.extremities
    if ends is None or pose.root is None or pose.camera is None:
        return pose
    out = np.full((pose.frames, len(EXTREMITIES), 3), np.nan)
    there = np.asarray(np.isfinite(pose.xyz).all((1, 2)) & np.isfinite(pose.root).all(1))
    if not there.any() or not np.isfinite(ends).any():
        return replace(pose, extremities=out.astype(np.float32))
    xyz, root = (_filled(part.astype(np.float64), there, track.time) for part in (pose.xyz, pose.root))
    size, net = body_size(xyz[there]), net or shipped()
    for limb in LIMBS:
        seen = features(xyz, root, ends.astype(np.float64), pose.camera, limb)
        way = directions(_answers(net, seen, limb, track.time), xyz, limb)
        if limb.kind == MIRRORED_HEAD.kind:
            seen = features(xyz, root, ends.astype(np.float64), pose.camera, MIRRORED_HEAD)
            way = way + directions(_answers(net, seen, MIRRORED_HEAD, track.time), xyz, MIRRORED_HEAD)
            way /= np.linalg.norm(way, axis=-1, keepdims=True)
        for number, point in enumerate(limb.points):
            at = EXTREMITIES.index(point)
            known = there & _near(np.asarray(np.isfinite(ends[:, at]).all(-1)), track.time)
            joint = xyz[:, H36M17.index(limb.joint)]
            out[known, at] = (joint + size * LENGTHS[point] * way[:, number])[known]
    return replace(pose, extremities=out.astype(np.float32))


def _filled(values: Floats, there: NDArray[np.bool_], time: Floats) -> Floats:
    """Values (T, ...) with those of frames without a pose interpolated."""
    return np.asarray(interpolate(np.nan_to_num(values), np.asarray(there), time, time))


def _answers(net: ExtremityNet, seen: Floats, limb: Limb, time: Floats) -> Floats:
    """(T, P, 3) the net's answers, at its own frame rate in between."""
    if is_uniform(time, FPS) or is_sparse(time, FPS):
        return run(net, torch.from_numpy(seen).float(), limb.kind).double().numpy()
    at = grid(time, FPS)
    every = np.ones(len(time), bool)
    dense = interpolate(seen, every, time, at)
    points = len(limb.points)
    dense[:, -points:] = interpolate(seen[:, -points:], every, time, at) > 0.5
    found = run(net, torch.from_numpy(dense).float(), limb.kind).double().numpy()
    return np.asarray(interpolate(found, np.ones(len(at), bool), at, time))


def _near(seen: NDArray[np.bool_], time: Floats) -> NDArray[np.bool_]:
    """(T,) whether a frame that is ``seen`` lies within ``REACH``."""
    if not seen.any():
        return seen
    known = time[seen]
    after = np.searchsorted(known, time).clip(0, len(known) - 1)
    before = (after - 1).clip(0)
    return np.asarray(np.minimum(np.abs(known[after] - time), np.abs(known[before] - time)) <= REACH)
