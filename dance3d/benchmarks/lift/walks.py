"""The floor under dancers who come towards a tilted camera: how far standing feet are from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.contracts import Camera, Keypoints2D, MotionClip, Pose3D
from dance3d.geometry.projection import look_at, project
from dance3d.io.world_frame import scene_origin, to_world
from dance3d.metrics.foot_skate import standing
from dance3d.skeleton import CLEARANCE, H36M17

Lift = Callable[[list[Keypoints2D], Mapping[str, Any]], list[Pose3D]]
Array = NDArray[np.float64]
SECONDS, LEAST = 5.0, 1.5  # of a take, those in which the dancer comes farthest; metres at least
EYE, NEAR = 1.4, 2.0  # metres: height of the camera; distance in which the dancer arrives
PITCHES = (0.0, 10.0, 20.0)  # degrees by which the camera looks down
FIELD_OF_VIEW, SIZE, NOISE = 60.0, (1280, 720), 2.0  # degrees; pixels; standard deviation of the keypoints, pixels
NEAREST = 0.5  # metres: takes that come nearer are left out
_ANKLES = H36M17.indices("left_ankle", "right_ankle")


def bench_walks(clips: Sequence[MotionClip], lift: Lift) -> dict[str, float]:
    """Heights of truly standing feet over the floor that the report draws.

    Args:
        clips: takes of true motion, metres, feet on a floor.
        lift: lifts tracks with settings of the stage ``lift``.

    Returns:
        ``walks.clips``; ``walks.height_mm`` and ``walks.p90_mm``: of every clip the median and the ninth decile of the
        distance of standing feet from the floor, and their medians over clips; ``walks.up_degrees``: by which ``up`` is
        off, median.
    """
    rng, rows = np.random.default_rng(0), []
    for clip in clips:
        coming = _coming(clip)
        for pitch in PITCHES if coming is not None else ():
            assert coming is not None
            if (row := _heights(coming, clip.fps, pitch, lift, rng)) is not None:
                rows.append(row)
    if not rows:
        return {"walks.clips": 0.0}
    height, ninth, off = np.median(rows, axis=0)
    figures = {"height_mm": 1000 * height, "p90_mm": 1000 * ninth, "up_degrees": off}
    return {"walks.clips": float(len(rows)), **{f"walks.{name}": round(float(v), 2) for name, v in figures.items()}}


def _coming(clip: MotionClip) -> Array | None:
    """The seconds of a take in which the dancer travels farthest, turned to come along +z and to end at the origin."""
    xyz = clip.xyz.astype(np.float64)
    frames = min(round(SECONDS * clip.fps), len(xyz))
    path = xyz[:, 0][:, [0, 2]]
    starts = np.arange(0, len(xyz) - frames + 1, max(round(clip.fps), 1))
    way = path[starts + frames - 1] - path[starts]
    best = int(np.linalg.norm(way, axis=1).argmax())
    if np.linalg.norm(way[best]) < LEAST:
        return None
    part = xyz[starts[best] : starts[best] + frames].copy()
    part[..., [0, 2]] -= part[-1, 0, [0, 2]]
    x, z = way[best] / np.linalg.norm(way[best])
    return np.asarray(part @ np.array([[z, 0, x], [0, 1, 0], [-x, 0, z]]), np.float64)


def _heights(xyz: Array, fps: float, pitch: float, lift: Lift, rng: np.random.Generator) -> tuple[float, ...] | None:
    """Median and ninth decile of the heights of standing feet, metres, and degrees by which ``up`` is off.

    Args:
        xyz: (T, 17, 3) metres, world, coming along +z.
        fps: frames per second.
        pitch: degrees by which the camera looks down.
        lift: as of ``bench_walks``.
        rng: of the noise.
    """
    eye = np.array([0.0, EYE, NEAR])
    view = look_at(eye, eye + np.array([0.0, -np.tan(np.deg2rad(pitch)), -1.0]))
    seen = xyz @ view[:, :3].T + view[:, 3]
    if seen[..., 2].min() < NEAREST:
        return None
    camera = Camera.from_field_of_view(FIELD_OF_VIEW, SIZE)
    xy = project(seen, camera.focal, np.array(camera.centre)) + rng.normal(0, NOISE, (*xyz.shape[:2], 2))
    all_seen = np.ones(xyz.shape[:2], bool)
    time = np.arange(len(xyz)) / fps
    track = Keypoints2D(xy.astype(np.float32), all_seen.astype(np.float32), all_seen, time, SIZE)
    (pose,) = lift([track], {"field_of_view": FIELD_OF_VIEW})
    stands = standing(torch.from_numpy(xyz)[None], fps, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64))[0].numpy()
    if pose.up is None or not stands.any():
        return None
    world = to_world(pose, scene_origin([pose]))
    off = np.abs(world[:, _ANKLES, 1] - CLEARANCE["left_ankle"])[stands]
    cosine = min(float(view[:, 1] @ pose.up), 1.0)  # the second axis of the world is against gravity
    return float(np.median(off)), float(np.percentile(off, 90)), float(np.degrees(np.arccos(cosine)))
