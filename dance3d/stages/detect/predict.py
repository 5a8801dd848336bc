"""From a video to 3D poses by masks of the person, without keypoints."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip, Pose3D
from dance3d.geometry import rigid_body
from dance3d.geometry.clip_camera import ClipCamera, view
from dance3d.io.video.reader import Limits, VideoReader
from dance3d.masks import segmentation
from dance3d.masks.segmentation.instances import count_bodies, shrink
from dance3d.skeleton import H36M17
from dance3d.stages.detect.inference import ClipBodies, Image, Mask, infer_clip
from dance3d.stages.detect.left_right import ambiguous_bodies, most_likely_path
from dance3d.stages.detect.load import BONES, load
from dance3d.stages.detect.model import HourglassNet
from dance3d.stages.detect.settings import DetectSettings
from dance3d.stages.inference_device import on_device
from dance3d.stages.stored_nets import kept_net
from dance3d.timeseries.resampling import interpolate, smooth
from dance3d.timeseries.segments import long_segments

REFERENCE_FPS = 30.0
"""Frame rate to which the widths of smoothing refer."""
SIGMA = 1.5
"""Chosen, frames: standard deviation of the smoothing."""
_DEPTH_SIGMA = 6.0  # chosen, frames: standard deviation for the distance from the camera
_LONGEST_GAP = 15  # chosen, frames: longer gaps without the person have no pose
_GAP_WEIGHT = 1e-3  # chosen: weight of interpolated frames
_HALF_TRUST = 0.05  # chosen, share of the person's distance: a joint of this spread has half the weight
_PELVIS = H36M17.index("pelvis")
Floats = NDArray[np.float64]


def predict(inputs: Mapping[str, Any], settings: DetectSettings, weights: Path | None) -> list[Clip | Pose3D]:
    """Predict the 3D pose of a video's dancer in every frame.

    Args:
        inputs: ``video``: path.
        settings: of the stage.
        weights: of the detector.

    Returns:
        The ``Clip``, and one pose as long as the clip: of the largest person where there are several. The ``Clip``
        alone where nobody is found.

    Raises:
        ValueError: no weights.
        VideoError: the video cannot be read.
    """
    if weights is None:
        raise ValueError("detect needs weights; pass a file or use the default")
    net = on_device(kept_net(weights, load))
    limits = Limits(seconds=settings.limit_seconds)
    with VideoReader(inputs["video"], limits, fps=settings.fps) as reader:
        seen = view(settings.camera, settings.field_of_view, reader.info.size)
        pictures = (shrink(frame.image, settings.detect_size) for frame in reader)
        bodies = infer_clip(net, masked_pictures(pictures, settings.foreground), seen.camera)
        clip = replace(reader.clip(), people=bodies.people)
    return [clip, pose(bodies, clip, seen, settings, net)] if bodies.present.any() else [clip]


def detect(
    net: HourglassNet, pictures: NDArray[np.uint8], masks: NDArray[np.bool_], time: Floats, settings: DetectSettings
) -> Pose3D:
    """Predict the pose of one person in pictures with given masks.

    Args:
        net: the detector.
        pictures: (T, H, W, 3) RGB.
        masks: (T, H, W) true on the person; all false where the person is not visible.
        time: (T,) seconds.
        settings: of the stage; ``foreground`` and the last two are not used.

    Returns:
        T rows; NaN and not measured where nobody is visible.

    Raises:
        ValueError: shapes that do not match, or nobody in any mask.
    """
    if pictures.ndim != 4 or pictures.shape[-1] != 3 or pictures.dtype != np.uint8:
        raise ValueError(f"pictures have shape {pictures.shape} of {pictures.dtype}, expected (T, H, W, 3) of uint8")
    if masks.shape != pictures.shape[:3]:
        raise ValueError(f"masks have shape {masks.shape}, expected {pictures.shape[:3]}")
    if len(time) != len(pictures) or not len(time):
        raise ValueError(f"there are {len(pictures)} pictures at {len(time)} times, expected as many and at least one")
    clip = Clip(time, (pictures.shape[2], pictures.shape[1]))
    seen = view(settings.camera, settings.field_of_view, clip.size)
    known = ((picture, mask, 1) for picture, mask in zip(pictures, masks, strict=True))
    bodies = infer_clip(net, known, seen.camera)
    if not bodies.present.any():
        raise ValueError("no mask shows a person: each is nearly empty or fills nearly the whole picture")
    return pose(bodies, clip, seen, settings, net)


def pose(bodies: ClipBodies, clip: Clip, seen: ClipCamera, settings: DetectSettings, net: HourglassNet) -> Pose3D:
    """One person's poses and path from the predictions of all frames.

    Args:
        bodies: predictions of T frames, of at least one person.
        clip: the T frames.
        seen: their camera.
        settings: of the stage: ``height``, ``smooth`` and ``rigid`` are used.
        net: whose ``config`` has the length of an average body's bones.
    """
    present, camera, time = bodies.present, seen.camera, clip.time
    bones, height = float(net.config.get("bones", BONES)), settings.height
    covered = ~long_segments(~present, _LONGEST_GAP)
    sigma = SIGMA * clip.fps / REFERENCE_FPS if settings.smooth else 0.0
    xyz, rays = (_filled_and_smoothed(a, present, time, sigma) for a in _with_correct_sides(bodies, time, bones))
    xy = rays * camera.focal + camera.centre
    spread = interpolate(bodies.spread, present, time, time)
    weight = np.where(present, 1.0, _GAP_WEIGHT)[:, None] / (1 + spread / _HALF_TRUST)
    if settings.rigid:
        lengths = rigid_body.bone_lengths(xyz[covered])
        sight = rigid_body.line_of_sight(rigid_body.place(xyz, xy, weight, camera), time)
        xyz = rigid_body.rigid(xyz, lengths * (bones / lengths.sum()), sight, sigma=0)
    if height is not None:
        xyz = xyz * (height / rigid_body.height(xyz[covered]))
    root = rigid_body.place(xyz, xy, weight, camera, sigma=_DEPTH_SIGMA * clip.fps / REFERENCE_FPS if sigma else 0.0)
    known = np.where(present[:, None, None], bodies.rays, 0.0) * camera.focal + camera.centre
    error = rigid_body.reprojection_error(xyz, root, known, np.tile(present[:, None], (1, xyz.shape[1])), camera)
    xyz[~covered], root[~covered] = np.nan, np.nan
    return Pose3D(
        xyz=xyz.astype(np.float32),
        measured=present & np.isfinite(xyz).all((1, 2)),
        error=error.astype(np.float32),
        time=time,
        root=root.astype(np.float32),
        camera=camera,
        scale="relative" if height is None else "metric",
        up=None if seen.up is None else seen.up.astype(np.float32),
        up_doubt=None if seen.up is None else 0.0,
    )


def _with_correct_sides(bodies: ClipBodies, time: Floats, bones: float) -> tuple[Floats, Floats]:
    """Joints (T, 17, 3), metres around the pelvis, and their rays (T, 17, 2), with left and right corrected."""
    present, parents = bodies.present, [max(p, 0) for p in H36M17.parent_indices]
    shape, rays = bodies.shape.copy(), bodies.rays.copy()
    total = np.linalg.norm(shape - shape[:, parents], axis=-1).sum(1)
    xyz = shape * (bones / np.maximum(total, 1e-6))[:, None, None]
    sight = np.concatenate([rays[present, _PELVIS], np.ones((present.sum(), 1))], 1)
    candidates = ambiguous_bodies(xyz[present], sight / np.linalg.norm(sight, axis=1, keepdims=True))
    path = most_likely_path(candidates, bodies.side_confidence[present], time[present])
    xyz[present] = candidates[path, np.arange(len(path))]
    turned = np.flatnonzero(present)[path > 0]
    rays[turned] = rays[turned][:, H36M17.swap]
    return xyz, rays


def _filled_and_smoothed(values: Floats, present: NDArray[np.bool_], time: Floats, sigma: float) -> Floats:
    """Interpolated where nobody is visible, and smoothed over ``sigma`` frames if that is not 0."""
    filled = interpolate(values, present, time, time)
    if not sigma or len(filled) < 2:
        return filled
    mean = smooth(filled, present.astype(np.float64), sigma)
    return np.where(np.isfinite(mean), mean, filled)


def masked_pictures(pictures: Iterable[Image], method: str) -> Iterator[tuple[Image, Mask, int]]:
    """Every picture with the mask of the tracked person, and the number of bodies in the whole mask."""
    queue: deque[Image] = deque()  # pictures that the segmentation has read ahead
    counts: deque[int] = deque()

    def kept() -> Iterator[Image]:
        for picture in pictures:
            queue.append(picture)
            yield picture

    def counted(masks: Iterable[Mask]) -> Iterator[Mask]:
        for mask in masks:
            counts.append(count_bodies(mask))
            yield mask

    for mask in segmentation.follow(counted(segmentation.foreground(method).masks(kept()))):
        yield queue.popleft(), mask, counts.popleft()
