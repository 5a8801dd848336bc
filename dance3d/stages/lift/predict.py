"""Inference of the lifter: from keypoints to bodies in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from dance3d.contracts import Camera, Keypoints2D, Pose3D
from dance3d.contracts.shots import by_shot
from dance3d.geometry import rigid_body
from dance3d.geometry.clip_camera import ClipCamera, view
from dance3d.geometry.still_camera import enlarged, to_still
from dance3d.skeleton import H36M17
from dance3d.stages.inference_device import on_device, one_thread
from dance3d.stages.lift.even_rate import FPS, Lifted, around_pelvis
from dance3d.stages.lift.extremities.predict import with_extremities
from dance3d.stages.lift.load import AnyNet, load
from dance3d.stages.lift.postprocess import error_bars, floor_contact, proportions
from dance3d.stages.lift.postprocess.foot_lock import lock_feet
from dance3d.stages.lift.postprocess.one_world import one_world
from dance3d.stages.lift.settings import LiftSettings
from dance3d.stages.stored_nets import kept_net
from dance3d.timeseries.resampling import chunks, interpolate
from dance3d.timeseries.segments import long_segments

CHUNK = 4096
"""Frames lifted at once, chosen: bounds the memory of long clips."""
_LONG = 15  # frames, chosen: longer gaps without the person have no pose
_LEAST_TRUST = 0.05  # chosen: weight of a keypoint with score near 0
_PELVIS = H36M17.index("pelvis")
Floats = NDArray[np.float64]


@one_thread()
def predict(inputs: Mapping[str, Any], settings: LiftSettings, weights: Path | None) -> list[Pose3D]:
    """Lift every track. Tracks with different person numbers are dancers of one clip and share gravity.

    Args:
        inputs: ``keypoints``: list of ``Keypoints2D``.
        settings: of the stage.
        weights: of the lifter.

    Returns:
        One pose per track, with the track's rows.

    Raises:
        ValueError: no weights, or a skeleton other than the inner one.
    """
    if weights is None and settings.method != "seeds":
        raise ValueError("lift needs weights; pass a file or use the default")
    net = None if weights is None or settings.method == "seeds" else on_device(kept_net(weights, load))
    tracks = inputs["keypoints"]
    if len({track.person for track in tracks}) == len(tracks):
        return lift_together(net, tracks, settings)
    return [lift(net, track, settings) for track in tracks]


def lift(net: AnyNet | None, track: Keypoints2D, settings: LiftSettings) -> Pose3D:
    """Lift one track; see ``predict``.

    Args:
        net: of the weights; None lifts by multi-seed optimisation.
        track: keypoints of one dancer.
        settings: of the stage.
    """
    return lift_together(net, [track], settings)[0]


def lift_together(net: AnyNet | None, tracks: Sequence[Keypoints2D], settings: LiftSettings) -> list[Pose3D]:
    """Lift the dancers of one clip, each shot by itself; see ``predict``.

    Args:
        net: of the weights; None lifts by multi-seed optimisation.
        tracks: keypoints of each dancer, who have the same shots.
        settings: of the stage.
    """
    if len({track.shots for track in tracks}) > 1:
        raise ValueError("the tracks of one clip have different shots")
    shots = [_lift_shot(net, parts, settings) for parts in zip(*map(by_shot, tracks), strict=True)]
    return one_world(shots, tracks[0].shots) if len(shots) > 1 else [pose for poses in shots for pose in poses]


def _lift_shot(net: AnyNet | None, tracks: Sequence[Keypoints2D], settings: LiftSettings) -> list[Pose3D]:
    """Lift the dancers of one shot, who share the direction of gravity.

    Args:
        net: of the weights; None lifts by multi-seed optimisation.
        tracks: keypoints of each dancer.
        settings: of the stage.
    """
    tracks = [_before_still_camera(track) for track in tracks]
    views = [view(settings.camera, settings.field_of_view, track.size) for track in tracks]
    poses = [_lift_one(net, track, settings, seen) for track, seen in zip(tracks, views, strict=True)]
    if settings.floor and poses:
        poses = floor_contact.stand_on_floor(poses, views[0].up)
        if views[0].height is not None:
            poses = [floor_contact.scaled_by_lens_height(pose, views[0].height) for pose in poses]
    poses = [with_extremities(pose, track) for pose, track in zip(poses, tracks, strict=True)]
    if settings.floor and settings.feet:
        poses = [lock_feet(pose) for pose in poses]
    if settings.height is not None:
        poses = [_of_height(pose, settings.height) for pose in poses]
    return [_with_error(pose, track) for pose, track in zip(poses, tracks, strict=True)]


def _of_height(pose: Pose3D, height: float) -> Pose3D:
    """The pose of a dancer who is so tall, metres; last of all, so that a height changes nothing but the size."""
    shown = np.isfinite(pose.xyz).all((1, 2))
    if not shown.any():
        return replace(pose, scale="metric")
    return floor_contact.scaled(pose, height / rigid_body.height(pose.xyz[shown].astype(np.float64)))


def _before_still_camera(track: Keypoints2D) -> Keypoints2D:
    """The track as a camera had seen it that stands as in the first picture."""
    if track.still is None:
        return track
    ends = None if track.extremities is None else to_still(track.extremities, track.still).astype(np.float32)
    return replace(track, xy=to_still(track.xy, track.still).astype(np.float32), extremities=ends)


def _with_error(pose: Pose3D, track: Keypoints2D) -> Pose3D:
    """The pose with ``error``, the re-projection error of its final path in pixels of the picture."""
    assert pose.root is not None and pose.camera is not None
    xyz, root, xy = (a.astype(np.float64) for a in (pose.xyz, pose.root, track.xy))
    seen = _present(track) & np.isfinite(pose.xyz).all(-1)
    error = rigid_body.reprojection_error(np.nan_to_num(xyz), root, xy, seen, pose.camera)
    if track.still is not None:
        error = error * enlarged(track.still, track.frames)
    return replace(pose, error=error.astype(np.float32))


def _present(track: Keypoints2D) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(track.xy).all(-1) & (track.score > 0))


def _lift_one(net: AnyNet | None, track: Keypoints2D, settings: LiftSettings, seen: ClipCamera) -> Pose3D:
    """Pose and path of one dancer, without floor and re-projection error."""
    if track.skeleton != H36M17.name:
        raise ValueError(f"lift reads skeleton {H36M17.name}, the track has {track.skeleton}")
    camera, present = seen.camera, _present(track)
    shown = ~long_segments(np.asarray(~present.any(1)), _LONG)
    out = np.full((*track.xy.shape[:2], 3), np.nan)
    root, apart = np.full((track.frames, 3), np.nan), np.zeros(track.xy.shape[:2])
    if present.any():
        xy, trust = track.xy.astype(np.float64), np.where(present, np.maximum(track.score, _LEAST_TRUST), 0.0)
        if net is not None and net.trained_proportions and settings.proportions:
            factor = proportions.factors(xy, present, track.time)
            known = proportions.to_known(xy, present, track.time, factor)
            xyz, apart = around_pelvis(partial(_run_net, net), net.fps, known, track, present, camera)
            xyz = proportions.to_own(xyz, factor)
        else:
            run = partial(_by_seeds, settings.seeds, seen.up) if net is None else partial(_run_net, net)
            xyz, apart = around_pelvis(run, FPS if net is None else net.fps, xy, track, present, camera)
        if settings.rigid:
            xyz = _with_constant_bones(xyz, xy, trust, camera, shown, track)
        found = rigid_body.place(xyz, xy, trust, camera)
        root = interpolate(found, np.asarray(np.isfinite(found).all(1)), track.time, track.time)
        out[shown], root[~shown] = xyz[shown], np.nan
    pose = Pose3D(
        xyz=out.astype(np.float32),
        measured=(track.measured.mean(1) >= 0.5) & np.isfinite(out).all((1, 2)),
        error=np.full(track.frames, np.nan, np.float32),
        time=track.time,
        root=root.astype(np.float32),
        camera=camera,
        up=None if seen.up is None else seen.up.astype(np.float32),
        up_doubt=None if seen.up is None else 0.0,
        start=track.start,
        person=track.person,
        still=track.still,
    )
    return replace(pose, doubt=error_bars.of_pose(pose, track, apart))


def _with_constant_bones(
    xyz: Floats, xy: Floats, trust: Floats, camera: Camera, shown: NDArray[np.bool_], track: Keypoints2D
) -> Floats:
    """(T, 17, 3) one body with constant bone lengths, its joints on the keypoints as far as these are certain."""

    def placed(xyz: Floats) -> Floats:
        found = rigid_body.place(xyz, xy, trust, camera)
        return interpolate(found, np.asarray(np.isfinite(found).all(1)), track.time, track.time)

    sight = rigid_body.line_of_sight(placed(xyz), track.time)
    xyz = rigid_body.rigid(xyz, rigid_body.bone_lengths(xyz[shown]), sight, sigma=track.fps / FPS)
    root = placed(xyz)
    if np.isfinite(root).all():
        joints = rigid_body.onto_rays(xyz + root[:, None], xy, trust, camera)
        moved = joints - joints[:, _PELVIS, None]
        xyz = rigid_body.rigid(
            moved, rigid_body.bone_lengths(moved[shown]), sight, sigma=0, doubt=rigid_body.LATER_DOUBT
        )
    return xyz


def _by_seeds(count: int, up: Floats | None, rays: Floats, present: NDArray[np.bool_], camera: Camera) -> Lifted:
    """The best of many seeds.

    Args:
        count: of seeds.
        up: (3,) direction against gravity, where a calibration knows it.
        rays: (T, 17, 2) tangents, filled where nobody is seen.
        present: (T, 17) whether a joint is there.
        camera: of the picture.
    """
    from dance3d.stages.lift.optimisation.multi_seed import (
        best_of_seeds,  # a tenth of a second that nets need not wait for
    )

    best = best_of_seeds(rays, present, camera, FPS, count, up)
    return best, np.zeros(best.shape[:2])


@torch.no_grad()
def _run_net(net: AnyNet, rays: Floats, present: NDArray[np.bool_], camera: Camera) -> Lifted:
    """Run the net on a uniform sequence (T, 17, 2) and on its mirror image; the mean, and how far the two differ."""
    seen, there = torch.from_numpy(rays).float()[None], torch.from_numpy(present)[None]
    straight = net.read(seen, there, camera)
    other_way = replace(camera, centre=(camera.size[0] - camera.centre[0], camera.centre[1]))
    mirrored = net.read(seen[:, :, H36M17.swap] * torch.tensor([-1.0, 1.0]), there[..., H36M17.swap], other_way)
    one = in_chunks(net, straight.features)
    other = in_chunks(net, mirrored.features)[:, :, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0])
    pose = (one + other) / 2 @ straight.rotation  # from the virtual camera back into the real one
    pose = (pose - pose[:, :, _PELVIS, None])[0]
    return pose.double().numpy(), (one - other).norm(dim=-1)[0].double().numpy()


def in_chunks(net: AnyNet, features: Tensor, size: int = CHUNK) -> Tensor:
    """Run the net on a sequence of any length in pieces with full context, so without seams.

    Args:
        net: in evaluation mode.
        features: (1, T, F) input; its edges are repeated.
        size: frames per piece, which bounds memory.

    Returns:
        (1, T, 17, 3) on the CPU.
    """
    padded = functional.pad(features.transpose(1, 2), net.context, mode="replicate").transpose(1, 2)
    padded = padded.to(next(net.parameters(), features).device)  # those of ONNX files have none
    pieces = [net(padded[:, start : stop + sum(net.context)]) for start, stop in chunks(features.shape[1], size)]
    return torch.cat(pieces, 1).float().cpu()
