"""Keypoints in, bodies in space out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from dance3d.contracts import Camera, Keypoints2D, Pose3D
from dance3d.io import weights as files
from dance3d.sequences import chunks, grid, interpolate, is_uniform, long_runs
from dance3d.skeleton import H36M17
from dance3d.stages.lift import body, proportions
from dance3d.stages.lift.model import Lifter, encode

FPS = 30.0
"""Frame rate of the net's training."""
CHUNK = 4096
"""Frames lifted at once: bounds the memory of long clips."""
_LONG = 15  # frames without the person after which there is no pose
_PELVIS = H36M17.index("pelvis")
Floats = NDArray[np.float64]


def predict(inputs: Mapping[str, Any], settings: Mapping[str, Any], weights: Path | None) -> list[Pose3D]:
    """Lift every track.

    Args:
        inputs: ``keypoints``: list of ``Keypoints2D``.
        settings: ``field_of_view``, degrees along the longer side of the picture; ``height`` of the dancer in metres or
            none; ``rigid``: bones of constant length; ``proportions``: legs and trunk brought to those that the net
            knows and back; both true unless said otherwise.
        weights: of the lifter.

    Returns:
        One pose per track, row by row.

    Raises:
        ValueError: no weights, a setting out of range, or a skeleton other than the inner one.
    """
    if weights is None:
        raise ValueError("lift needs weights; pass a file or use the default")
    tall = settings.get("height")
    if tall is not None and not 0.5 <= tall <= 2.5:
        raise ValueError(f"height is {tall} m, expected 0.5 to 2.5")
    net = load(weights)
    return [lift(net, track, settings) for track in inputs["keypoints"]]


def load(path: Path) -> Lifter:
    """The net of a weights file, ready to lift."""
    arrays, config = files.load(path, "lift")
    net = Lifter(**config)
    net.load_state_dict({name: torch.from_numpy(array).float() for name, array in arrays.items()})
    return net.eval()


def lift(net: Lifter, track: Keypoints2D, settings: Mapping[str, Any]) -> Pose3D:
    """Lift one track; see ``predict``."""
    if track.skeleton != H36M17.name:
        raise ValueError(f"lift reads skeleton {H36M17.name}, the track has {track.skeleton}")
    camera = Camera.from_field_of_view(settings.get("field_of_view", 47.0), track.size)
    present = np.isfinite(track.xy).all(-1) & (track.score > 0)
    shown = ~long_runs(np.asarray(~present.any(1)), _LONG)
    out = np.full((*track.xy.shape[:2], 3), np.nan)
    root, error = np.full((track.frames, 3), np.nan), np.full(track.frames, np.nan)
    if present.any():
        xy, trust = track.xy.astype(np.float64), np.where(present, np.maximum(track.score, 0.05), 0.0)
        if settings.get("proportions", True):
            factor = proportions.factors(xy, present, track.time)
            known = proportions.to_known(xy, present, track.time, factor)
            xyz = proportions.to_own(_relative(net, known, track, present, camera), factor)
        else:
            xyz = _relative(net, xy, track, present, camera)
        if settings.get("rigid", True):
            sight = body.line_of_sight(body.place(xyz, xy, trust, camera), track.time)
            xyz = body.rigid(xyz, body.bone_lengths(xyz[shown]), sight, sigma=track.fps / FPS)
        if settings.get("height") is not None:
            xyz = xyz * (settings["height"] / body.height(xyz[shown]))
        found = body.place(xyz, xy, trust, camera)
        root = interpolate(found, np.asarray(np.isfinite(found).all(1)), track.time, track.time)
        error = body.reprojection_error(xyz, root, xy, present, camera)
        out[shown], root[~shown] = xyz[shown], np.nan
    return Pose3D(
        xyz=out.astype(np.float32),
        measured=track.measured.mean(1) >= 0.5,
        error=error.astype(np.float32),
        time=track.time,
        root=root.astype(np.float32),
        camera=camera,
        scale="relative" if settings.get("height") is None else "metric",
        start=track.start,
        person=track.person,
    )


def _relative(net: Lifter, xy: Floats, track: Keypoints2D, present: NDArray[np.bool_], camera: Camera) -> Floats:
    """(T, 17, 3) joints around the pelvis, camera frame; brought to the net's frame rate and back where needed."""
    rays = (xy - camera.centre) / camera.focal
    # A clip of few frames over a long time is not worth a dense grid: it is lifted as it is.
    if is_uniform(track.time, FPS) or (track.time[-1] - track.time[0]) * FPS > 20 * track.frames:
        return _virtual(net, _with_pelvis(rays, present, track.time), present)
    at = grid(track.time, FPS)
    near = (
        np.abs(track.time[:, None] - at[None]).argmin(0) if len(at) * track.frames < 2**22 else _nearest(track.time, at)
    )
    dense = np.stack([interpolate(rays[:, j], present[:, j], track.time, at) for j in range(rays.shape[1])], 1)
    there = present[near]
    xyz = _virtual(net, _with_pelvis(dense, there, at), there)
    return interpolate(xyz, np.ones(len(at), bool), at, track.time)


def _nearest(time: Floats, at: Floats) -> NDArray[np.intp]:
    right = np.searchsorted(time, at).clip(1, len(time) - 1)
    return np.where(at - time[right - 1] <= time[right] - at, right - 1, right)


def _with_pelvis(rays: Floats, present: NDArray[np.bool_], time: Floats) -> Floats:
    """Rays whose pelvis is always finite: from the middle of the joints seen where it is missing throughout."""
    out = rays.copy()
    middle = np.where(present[..., None], rays, 0.0).sum(1) / np.maximum(present.sum(1), 1)[:, None]
    known = present[:, _PELVIS]
    source = rays[:, _PELVIS]
    if not known.any():
        source, known = middle, np.asarray(present.any(1))
    out[:, _PELVIS] = np.where(known[:, None], source, interpolate(np.nan_to_num(source), known, time, time))
    return out


@torch.no_grad()
def _virtual(net: Lifter, rays: Floats, present: NDArray[np.bool_]) -> Floats:
    """Run the net on a uniform sequence and on its mirror image, and take the mean. (T, 17, 2) to (T, 17, 3)."""
    seen = torch.from_numpy(np.where(present[..., None], rays, 0.0)).float()
    seen[:, _PELVIS] = torch.from_numpy(rays[:, _PELVIS]).float()
    there = torch.from_numpy(present)
    mirror = torch.tensor([-1.0, 1.0])
    straight, mirrored = (
        encode(seen[None], there[None]),
        encode(seen[None, :, H36M17.swap] * mirror, there[None][..., H36M17.swap]),
    )
    one = in_chunks(net, straight.features)
    other = in_chunks(net, mirrored.features)[:, :, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0])
    pose = (one + other) / 2 @ straight.rotation  # from the virtual camera back into the real one
    return pose[0].double().numpy()


def in_chunks(net: Lifter, features: Tensor, size: int = CHUNK) -> Tensor:
    """(1, T, F) features to (1, T, 17, 3): edges repeated, pieces of ``size`` with full context, so without seams."""
    pad = (net.receptive - 1) // 2
    padded = functional.pad(features.transpose(1, 2), (pad, pad), mode="replicate").transpose(1, 2)
    padded = padded.to(next(net.parameters()).device)
    pieces = [net(padded[:, start : stop + 2 * pad]) for start, stop in chunks(features.shape[1], size)]
    return torch.cat(pieces, 1).float().cpu()
