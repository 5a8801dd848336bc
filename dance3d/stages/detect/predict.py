"""A video in, a body in space out, from its masks: no keypoint is looked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d import segmentation
from dance3d.contracts import Clip, Pose3D
from dance3d.geometry import rigid_body
from dance3d.geometry.clip_camera import ClipCamera, view
from dance3d.io.video import Limits, VideoReader
from dance3d.segmentation.instances import count_bodies, shrink
from dance3d.skeleton import H36M17
from dance3d.stages.detect.inference import Image, Mask, Watched, watch
from dance3d.stages.detect.left_right import follow, ways
from dance3d.stages.detect.load import BONES, load
from dance3d.stages.detect.model import HourglassNet
from dance3d.stages.detect.settings import DetectSettings
from dance3d.timeseries.resampling import interpolate, smooth
from dance3d.timeseries.segments import long_segments

FPS = 30.0
"""Frame rate that the widths of smoothing are told in."""
SIGMA = 1.5
"""Frames, width of the smoothing."""
_DEPTH_SIGMA = 6.0  # frames, width of the smoothing of the distance from the camera
_LONG = 15  # frames without the person after which there is no pose
_DOUBTFUL = 0.05  # of the person's distance: a joint that is spread so far counts half
_PELVIS = H36M17.index("pelvis")
Floats = NDArray[np.float64]


def predict(inputs: Mapping[str, Any], settings: DetectSettings, weights: Path | None) -> list[Clip | Pose3D]:
    """Find the body of a video's dancer in every frame.

    Args:
        inputs: ``video``: path.
        settings: of the stage.
        weights: of the detector.

    Returns:
        The ``Clip``, and one pose as long as the clip: of the largest person where there are several. The ``Clip``
        alone where nobody is ever found.

    Raises:
        ValueError: no weights.
        VideoError: the video cannot be read.
    """
    if weights is None:
        raise ValueError("detect needs weights; pass a file or use the default")
    net = load(weights)
    with VideoReader(inputs["video"], Limits(seconds=settings.limit_seconds)) as reader:
        seen = view(settings.camera, settings.field_of_view, reader.info.size)
        pictures = (shrink(frame.image, settings.detect_size) for frame in reader)
        watched = watch(net, people(pictures, settings.foreground), seen.camera)
        clip = replace(reader.clip(), people=watched.people)
    return [clip, pose(watched, clip, seen, settings, net)] if watched.present.any() else [clip]


def detect(
    net: HourglassNet, pictures: NDArray[np.uint8], masks: NDArray[np.bool_], time: Floats, settings: DetectSettings
) -> Pose3D:
    """The pose of one person in pictures whose masks are known.

    Args:
        net: the detector.
        pictures: (T, H, W, 3) RGB.
        masks: (T, H, W) true on the person; all false where the person is not seen.
        time: (T,) seconds.
        settings: of the stage; ``foreground`` and the last two are not used.

    Returns:
        T rows; NaN and not measured where nobody is seen.

    Raises:
        ValueError: shapes that do not fit, or nobody in any mask.
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
    watched = watch(net, known, seen.camera)
    if not watched.present.any():
        raise ValueError("no mask shows a person: each is nearly empty or fills nearly the whole picture")
    return pose(watched, clip, seen, settings, net)


def pose(watched: Watched, clip: Clip, seen: ClipCamera, settings: DetectSettings, net: HourglassNet) -> Pose3D:
    """One person's body and path from what the net saw in every frame.

    Args:
        watched: T frames, somebody in at least one of them.
        clip: the T frames.
        seen: their camera.
        settings: of the stage: ``height``, ``smooth`` and ``rigid`` are used.
        net: whose ``config`` says how long an average body's bones are.
    """
    present, camera, time = watched.present, seen.camera, clip.time
    bones, height = float(net.config.get("bones", BONES)), settings.height
    shown = ~long_segments(~present, _LONG)
    sigma = SIGMA * clip.fps / FPS if settings.smooth else 0.0
    xyz, rays = (_through_time(a, present, time, sigma) for a in _sides(watched, time, bones))
    xy = rays * camera.focal + camera.centre
    spread = interpolate(watched.spread, present, time, time)
    trust = np.where(present, 1.0, 1e-3)[:, None] / (1 + spread / _DOUBTFUL)
    if settings.rigid:
        lengths = rigid_body.bone_lengths(xyz[shown])
        sight = rigid_body.line_of_sight(rigid_body.place(xyz, xy, trust, camera), time)
        xyz = rigid_body.rigid(xyz, lengths * (bones / lengths.sum()), sight, sigma=0)
    if height is not None:
        xyz = xyz * (height / rigid_body.height(xyz[shown]))
    root = rigid_body.place(xyz, xy, trust, camera, sigma=_DEPTH_SIGMA * clip.fps / FPS if sigma else 0.0)
    known = np.where(present[:, None, None], watched.rays, 0.0) * camera.focal + camera.centre
    error = rigid_body.reprojection_error(xyz, root, known, np.tile(present[:, None], (1, xyz.shape[1])), camera)
    xyz[~shown], root[~shown] = np.nan, np.nan
    return Pose3D(
        xyz=xyz.astype(np.float32),
        measured=present,
        error=error.astype(np.float32),
        time=time,
        root=root.astype(np.float32),
        camera=camera,
        scale="relative" if height is None else "metric",
        up=None if seen.up is None else seen.up.astype(np.float32),
        up_doubt=None if seen.up is None else 0.0,
    )


def _sides(watched: Watched, time: Floats, bones: float) -> tuple[Floats, Floats]:
    """Joints (T, 17, 3), metres around the pelvis, and their rays (T, 17, 2), with left and right put right."""
    there, parents = watched.present, [max(p, 0) for p in H36M17.parent_indices]
    shape, rays = watched.shape.copy(), watched.rays.copy()
    total = np.linalg.norm(shape - shape[:, parents], axis=-1).sum(1)
    xyz = shape * (bones / np.maximum(total, 1e-6))[:, None, None]
    sight = np.concatenate([rays[there, _PELVIS], np.ones((there.sum(), 1))], 1)
    bodies = ways(xyz[there], sight / np.linalg.norm(sight, axis=1, keepdims=True))
    path = follow(bodies, watched.sure[there], time[there])
    xyz[there] = bodies[path, np.arange(len(path))]
    turned = np.flatnonzero(there)[path > 0]
    rays[turned] = rays[turned][:, H36M17.swap]
    return xyz, rays


def _through_time(values: Floats, present: NDArray[np.bool_], time: Floats, sigma: float) -> Floats:
    """Filled where nobody is seen, and smoothed over ``sigma`` frames if that is not 0."""
    filled = interpolate(values, present, time, time)
    if not sigma or len(filled) < 2:
        return filled
    mean = smooth(filled, present.astype(np.float64), sigma)
    return np.where(np.isfinite(mean), mean, filled)


def people(pictures: Iterable[Image], method: str) -> Iterator[tuple[Image, Mask, int]]:
    """Every picture with the mask of the person who is followed, and how many bodies are seen in all."""
    waiting: deque[Image] = deque()  # pictures that the foreground has read ahead
    numbers: deque[int] = deque()

    def kept() -> Iterator[Image]:
        for picture in pictures:
            waiting.append(picture)
            yield picture

    def counted(masks: Iterable[Mask]) -> Iterator[Mask]:
        for mask in masks:
            numbers.append(count_bodies(mask))
            yield mask

    for mask in segmentation.follow(counted(segmentation.foreground(method).masks(kept()))):
        yield waiting.popleft(), mask, numbers.popleft()
