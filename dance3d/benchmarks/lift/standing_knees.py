"""Knees of people who stand: of recordings, and of a figure with known bends, seen from the front to the side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.contracts import Camera, Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.mocap import load_motion
from dance3d.geometry.projection import look_at, project
from dance3d.geometry.vectors import degrees_between
from dance3d.metrics.foot_skate import standing as feet_that_stand
from dance3d.skeleton import H36M17
from dance3d.synth.kinematics import BodyLengths, random_body

Lift = Callable[[list[Keypoints2D], Mapping[str, Any]], list[Pose3D]]
Array = NDArray[np.float64]
BENDS = (0.0, 10.0, 20.0, 40.0)
"""Degrees by which the figure's knees are bent."""
VIEWS = {"front": 0.0, "between": 45.0, "side": 90.0}
"""Degrees by which the figure is turned away from the camera."""
BODIES, SECONDS, FPS = 6, 3.0, 30.0
FIELD_OF_VIEW, SIZE, DISTANCE, HEIGHT = 60.0, (1280, 720), 4.0, 1.2  # degrees, pixels, metres, metres
NOISE = 2.0
"""Standard deviation of the keypoints, pixels."""
PERCENTILES = (1, 5, 25, 50)


def recorded(folder: Path) -> dict[str, list[int]]:
    """Bends of knees over standing feet in recordings, by genre: 1st, 5th, 25th and 50th percentile, degrees."""
    found: dict[str, list[Array]] = {}
    for clip in load_motion(folder):
        found.setdefault(clip.genre, []).append(_over_standing_feet(clip))
    rows = {genre: np.percentile(np.concatenate(bends), PERCENTILES) for genre, bends in found.items()}
    return {genre: [round(float(value)) for value in row] for genre, row in sorted(rows.items())}


def _over_standing_feet(clip: MotionClip) -> Array:
    stands = feet_that_stand(torch.from_numpy(np.array(clip.xyz, np.float32))[None], clip.fps)[0].numpy()
    return np.asarray(knee_bends(clip.xyz)[stands])


def bench_knees(lift: Lift) -> dict[str, float]:
    """Bends of lifted knees.

    Args:
        lift: lifts tracks with settings of the stage ``lift``.

    Returns:
        ``knees.<view>.<true bend>``: median bend over bodies, frames and both legs, degrees.
    """
    rng, out = np.random.default_rng(0), {}
    bodies = [random_body(rng) for _ in range(BODIES)]
    for view, turn in VIEWS.items():
        for bend in BENDS:
            tracks = [seen(standing(body, bend, turn), rng) for body in bodies]
            poses = [lift([track], {"field_of_view": FIELD_OF_VIEW})[0] for track in tracks]
            out[f"knees.{view}.{bend:.0f}"] = round(float(np.median([knee_bends(pose.xyz) for pose in poses])), 1)
    return out


def standing(body: BodyLengths, bend: float, turn: float) -> Array:
    """(T, 17, 3) a figure that stands, turns its chest a little and swings its arms; metres, y up.

    Args:
        body: its lengths.
        bend: of both knees, degrees.
        turn: away from +z, degrees.
    """
    phase = 2 * np.pi * 0.5 * np.arange(round(SECONDS * FPS)) / FPS
    thigh, shin = (np.radians(bend) * share for share in (0.5, -0.5))
    at = {"pelvis": np.zeros((len(phase), 3))}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        swing, elbow = 0.35 * sign * np.sin(phase), 0.3
        at[f"{side}_hip"] = at["pelvis"] + [sign * body.hip, 0.0, 0.0]
        at[f"{side}_knee"] = at[f"{side}_hip"] + body.thigh * _down(thigh, 0.03 * sign)
        at[f"{side}_ankle"] = at[f"{side}_knee"] + body.shin * _down(shin, 0.03 * sign)
        across = np.stack([np.cos(0.1 * np.sin(phase)), 0 * phase, np.sin(0.1 * np.sin(phase))], -1)
        at[f"{side}_shoulder"] = at["pelvis"] + [0.0, 0.97 * body.trunk, 0.0] + sign * body.shoulder * across
        at[f"{side}_elbow"] = at[f"{side}_shoulder"] + body.upper_arm * _down(swing, 0.15 * sign)
        at[f"{side}_wrist"] = at[f"{side}_elbow"] + body.forearm * _down(swing + elbow, 0.1 * sign)
    at["spine"], at["thorax"] = (at["pelvis"] + [0.0, share * body.trunk, 0.0] for share in (0.5, 1.0))
    at["nose"], at["head"] = (at["thorax"] + body.head * np.array(way) for way in ((0, 0.48, 0.36), (0, 1.02, 0)))
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return np.asarray(np.stack([at[joint] for joint in H36M17.joints], 1) @ spin.T + [0, body.leg + body.ankle, 0])


def _down(forward: float | Array, outward: float) -> Array:
    """(T, 3) or (3,) unit direction down that is turned forward and outward by radians."""
    way = np.stack(np.broadcast_arrays(np.sin(outward), -np.cos(forward), np.sin(forward)), -1)
    return np.asarray(way / np.linalg.norm(way, axis=-1, keepdims=True))


def seen(xyz: Array, rng: np.random.Generator) -> Keypoints2D:
    """Keypoints of a figure before a level camera that stands in front of it.

    Args:
        xyz: (T, 17, 3) metres.
        rng: of the noise.
    """
    camera = Camera.from_field_of_view(FIELD_OF_VIEW, SIZE)
    eye = np.array([0.0, HEIGHT, DISTANCE])
    extrinsics = look_at(eye, eye - [0.0, 0.0, 1.0])
    points = project(xyz @ extrinsics[:, :3].T + extrinsics[:, 3], camera.focal, np.array(camera.centre))
    xy = (points + rng.normal(0, NOISE, points.shape)).astype(np.float32)
    time = np.arange(len(xy)) / FPS
    return Keypoints2D(xy, np.ones(xy.shape[:2], np.float32), np.ones(xy.shape[:2], bool), time, SIZE)


def knee_bends(xyz: NDArray[np.floating]) -> Array:
    """(T, 2) bends of the left and right knee, degrees, of joints (T, 17, 3)."""
    legs = [H36M17.indices(f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in ("left", "right")]
    return np.stack([degrees_between(xyz[:, b] - xyz[:, a], xyz[:, c] - xyz[:, b]) for a, b, c in legs], -1)
