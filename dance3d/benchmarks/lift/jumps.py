"""Jumps of lifted takes, by the movement rules, against the jumps of the true motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera, Keypoints2D, MotionClip, Pose3D
from dance3d.geometry.projection import look_at, project
from dance3d.movement_types import NAMES
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.computed_labels import label
from dance3d.timeseries.segments import segments

Lift = Callable[[list[Keypoints2D], Mapping[str, Any]], list[Pose3D]]
Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Spans = list[tuple[float, float]]
TOLERANCE = 0.1
"""Seconds by which the middle of a jump may be off."""
SECONDS = 50.0  # of a take, from its start; chosen
FIELD_OF_VIEW, SIZE, NOISE = 60.0, (1280, 720), 2.0  # degrees; pixels; standard deviation of the keypoints, pixels
_HEIGHT, _NEAREST, _STEEPEST = 1.2, 4.5, 15.0  # metres: what the camera aims at, its distance; degrees looking down
_UP = np.array([0.0, 1.0, 0.0])
_JUMP = NAMES.index("body.jump")


def bench_jumps(clips: Sequence[MotionClip], lift: Lift) -> dict[str, float]:
    """Jumps found in takes seen by one camera each, with noise.

    Args:
        clips: takes of true motion, metres; those without a jump are left out.
        lift: lifts tracks with settings of the stage ``lift``.

    Returns:
        ``jumps.true``, how many there are; ``jumps.f1``, ``jumps.precision`` and ``jumps.recall``; and
        ``jumps.upright.recall``, of those in which the dancer does not turn over.
    """
    hits: list[bool] = []
    upright: list[bool] = []
    false = 0
    for number, clip in enumerate(clips):
        xyz = clip.xyz[: round(SECONDS * clip.fps)].astype(np.float64)
        time = np.arange(len(xyz)) / clip.fps
        true = _spans(label(xyz - xyz[:, :1], time, _UP, xyz[:, 0]), time) if len(xyz) > 1 else []
        if not true:
            continue
        (pose,) = lift([_filmed(xyz, time, np.random.default_rng(number))], {"field_of_view": FIELD_OF_VIEW})
        found = _spans(label(pose.xyz, pose.time, pose.up, pose.root), time)
        trunk = (xyz[:, H36M17.index("thorax")] - xyz[:, H36M17.index("pelvis")])[:, 1]
        for start, stop in true:
            near = [one for one in found if abs(sum(one) - start - stop) / 2 <= TOLERANCE]
            hits.append(bool(near))
            upright.append(bool((trunk[(time >= start) & (time <= stop)] > 0).all()))
            if near:
                found.remove(near[0])
        false += len(found)
    if not hits:
        return {"jumps.true": 0.0}
    right = sum(hits)
    figures = {"f1": 2 * right / (len(hits) + right + false), "recall": right / len(hits)}
    figures["precision"] = right / max(right + false, 1)
    if any(upright):
        figures["upright.recall"] = float(np.mean(np.array(hits)[upright]))
    return {"jumps.true": float(len(hits)), **{f"jumps.{name}": round(value, 3) for name, value in figures.items()}}


def _spans(labels: Array, time: Array) -> Spans:
    """First and last second of each jump among labels (T, 154)."""
    made: Flags = np.asarray(np.nan_to_num(labels[:, _JUMP]) > 0.5)
    return [(float(time[start]), float(time[stop - 1])) for start, stop in segments(made)]


def _filmed(xyz: Array, time: Array, rng: np.random.Generator) -> Keypoints2D:
    """Keypoints of a take from a random side, far enough to show all of its path.

    Args:
        xyz: (T, 17, 3) metres, world, y up.
        time: (T,) seconds.
        rng: of side, tilt and noise.
    """
    turn, pitch = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(0, _STEEPEST))
    middle = np.median(xyz[:, 0], axis=0) * [1, 0, 1]
    reach = float(np.abs(xyz[:, 0] - middle)[:, [0, 2]].max())
    way = np.array([np.cos(turn), 0, np.sin(turn)])
    middle[1] = _HEIGHT
    view = look_at(middle + max(_NEAREST, 1.5 * reach + 2.5) * (way + np.tan(pitch) * _UP), middle)
    camera = Camera.from_field_of_view(FIELD_OF_VIEW, SIZE)
    xy = project(xyz @ view[:, :3].T + view[:, 3], camera.focal, np.array(camera.centre))
    xy = xy + rng.normal(0, NOISE, xy.shape)
    seen = np.ones(xy.shape[:2], bool)
    return Keypoints2D(xy.astype(np.float32), seen.astype(np.float32), seen, time, SIZE)
