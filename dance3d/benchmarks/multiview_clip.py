"""Figures of a pose on real video: each calibrated camera alone against the triangulation of those that agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.datasets.calibrated_multiview import CalibratedView, read_views
from dance3d.geometry.triangulation import agreeing, triangulate
from dance3d.metrics import PMPJPE
from dance3d.skeleton import H36M17

Predict = Callable[..., list[Any]]
CLIP = Path("multiview") / "pose2sim_single"
"""The real clip, below the folder of the real data."""
TOLERANCE = 30.0
"""Pixels within which views agree."""
MOST_TRACKS = 4
"""Of a view that are compared with those of the others, the longest; chosen."""
_PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
LIMBS = H36M17.indices(*(f"{side}_{part}" for side in ("left", "right") for part in _PARTS))
"""The twelve joints that picture detectors and motion capture both know."""
BONES = {
    "shoulders": (("left_shoulder", "right_shoulder"),),
    "upper_arm": (("left_shoulder", "left_elbow"), ("right_shoulder", "right_elbow")),
    "thigh": (("left_hip", "left_knee"), ("right_hip", "right_knee")),
}


@dataclass(frozen=True, eq=False)
class MultiviewClip:
    """A clip of several cameras, with the poses of each and the triangulated one.

    Attributes:
        views: the cameras.
        tracks: keypoints of every camera, smoothed as the pipeline smooths them.
        truth: (T, 17, 3) metres, world; NaN for joints that are no limb's and where fewer than three views agree.
        figures: of the truth: ``coverage``, the share of limb joints that are known; ``frames`` with all twelve;
            ``reprojection_px``, how far the views that agree are off; and per name of ``BONES`` the mean length
            ``truth.NAME_mm`` and its standard deviation ``truth.NAME_spread_mm``.
    """

    views: list[CalibratedView]
    tracks: list[Keypoints2D]
    truth: NDArray[np.float64]
    figures: dict[str, float]


def bench_multiview(folder: Path, predict: Predict, methods: Mapping[str, str]) -> dict[str, float]:
    """Lift every camera's video alone by the stages ``keypoints`` and ``lift``, and compare with all cameras together.

    Args:
        folder: as ``datasets.calibrated_multiview.read_views`` takes it.
        predict: runs a stage by name on inputs with settings; the lifter knows nothing of the calibration.
        methods: of the lifter, by the name of their figures; those of ``default`` have none.

    Returns:
        The figures of ``MultiviewClip`` as ``multiview.<figure>`` and, per method, those of ``score`` and ``gravity``
        as ``multiview.<name>.<figure>``.

    Raises:
        ValueError: see ``lift_every_camera`` and ``score``.
    """
    scene = lift_every_camera(folder, predict)
    figures = dict(scene.figures)
    for name, method in methods.items():
        poses = predict("lift", {"keypoints": scene.tracks}, {"method": method})
        found = score(scene, poses) | gravity(scene.views, poses)
        figures |= {key if name == "default" else f"{name}.{key}": value for key, value in found.items()}
    return {f"multiview.{name}": round(value, 3) for name, value in figures.items()}


def lift_every_camera(folder: Path, predict: Predict) -> MultiviewClip:
    """Find the dancer in every camera's video, and where the cameras agree.

    Raises:
        ValueError: the folder cannot be read, or nobody is found in a video.
    """
    views = read_views(folder)
    tracks = dancer_in_every_view(views, predict)
    truth, views_agree, miss = locate(views, detected(tracks))
    limbs = np.isfinite(truth[:, LIMBS, 0])
    figures = {
        "coverage": float(limbs.mean()),
        "frames": float(limbs.all(1).sum()),
        "reprojection_px": float(miss[views_agree].mean()) if views_agree.any() else float("nan"),
    }
    return MultiviewClip(
        views, tracks, truth, figures | {f"truth.{name}": value for name, value in _bones(truth).items()}
    )


def locate(
    views: Sequence[CalibratedView], xy: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Triangulate the limbs from the views that agree: the largest set that two of them predict within 30 px.

    Args:
        views: the cameras.
        xy: (V, T, 17, 2) pixels as detected, NaN where nobody was found.

    Returns:
        (T, 17, 3) metres, world, NaN where fewer than three views agree; (V, T, 17) which do; and (V, T, 17) pixels
        from the keypoint to the point's projection, NaN where it is not known.
    """
    rays = np.stack([view.rays(seen) for view, seen in zip(views, xy, strict=True)])
    rays[:, :, np.setdiff1d(np.arange(rays.shape[2]), LIMBS)] = np.nan
    extrinsics = np.stack([view.extrinsics for view in views])
    focal = np.array([view.camera.focal for view in views])
    agree = agreeing(rays, extrinsics, TOLERANCE / focal)
    points = triangulate(rays, extrinsics, agree.astype(np.float64))
    local = np.stack([points @ camera[:, :3].T + camera[:, 3] for camera in extrinsics])
    miss = np.linalg.norm(local[..., :2] / local[..., 2:] - rays, axis=-1) * focal[:, None, None]
    return points, agree, miss


def score(scene: MultiviewClip, poses: Sequence[Pose3D]) -> dict[str, float]:
    """P-MPJPE of every camera's pose, millimetres, over the twelve limb joints of the frames that have all of them.

    Returns:
        ``camera1.p_mpjpe`` and so on, and their mean ``p_mpjpe``.

    Raises:
        ValueError: no frame has all twelve joints.
    """
    truth = scene.truth[:, LIMBS]
    known = np.isfinite(truth).all((1, 2))
    if not known.any():
        raise ValueError("no frame has all twelve limb joints where three views agree")
    errors = {}
    for number, pose in enumerate(poses, 1):
        metric = PMPJPE()
        predicted = pose.xyz[: len(truth)][known][:, LIMBS]
        metric.update(torch.from_numpy(predicted)[None], torch.from_numpy(truth[known])[None])
        errors[f"camera{number}.p_mpjpe"] = float(metric.compute())
    return {"p_mpjpe": float(np.mean(list(errors.values()))), **errors}


def gravity(views: Sequence[CalibratedView], poses: Sequence[Pose3D]) -> dict[str, float]:
    """Error of ``up``, degrees, mean over cameras; and ``level``, that of the assumption of a level camera.

    The calibration's world has z against gravity. Poses without ``up`` give no figure.
    """
    off: dict[str, list[float]] = {"up_degrees": [], "up_degrees.level": []}
    for view, pose in zip(views, poses, strict=True):
        if pose.up is not None:
            for name, found in zip(off, (pose.up, np.array([0.0, -1.0, 0.0])), strict=True):
                off[name].append(float(np.degrees(np.arccos(np.clip(found @ view.extrinsics[:, 2], -1, 1)))))
    return {name: float(np.mean(each)) for name, each in off.items() if each}


def dancer_in_every_view(
    views: Sequence[CalibratedView], predict: Predict, settings: Mapping[str, Any] | None = None
) -> list[Keypoints2D]:
    """One track of every view: those that agree in most joints, as bystanders are tracked too.

    Args:
        views: the cameras.
        predict: runs a stage by name on inputs with settings.
        settings: of the stage ``keypoints``.

    Raises:
        ValueError: nobody is found in a video.
    """
    found: list[list[Keypoints2D]] = []
    for view in views:
        _, *tracks = predict("keypoints", {"video": view.video}, dict(settings or {}))
        if not tracks:
            raise ValueError(f"{view.video}: nobody is found in it")
        found.append(sorted(tracks, key=lambda track: -int(track.measured.sum()))[:MOST_TRACKS])
    choices = [list(tracks) for tracks in product(*found)]
    return choices[0] if len(choices) == 1 else max(choices, key=lambda one: locate(views, detected(one))[1].sum())


def detected(tracks: Sequence[Keypoints2D]) -> NDArray[np.float64]:
    """(V, T, 17, 2) pixels as detected, of the frames that all have."""
    frames = min(track.frames for track in tracks)
    return np.stack([(track.xy if track.raw is None else track.raw)[:frames] for track in tracks]).astype(np.float64)


def _bones(truth: NDArray[np.float64]) -> Mapping[str, float]:
    """Mean and standard deviation of bones that should be of one length, millimetres; NaN where none is known."""
    out = {}
    for name, pairs in BONES.items():
        ends = np.array([H36M17.indices(*pair) for pair in pairs])
        lengths = 1000 * np.linalg.norm(truth[:, ends[:, 0]] - truth[:, ends[:, 1]], axis=-1)
        lengths = lengths[np.isfinite(lengths)]
        out[f"{name}_mm"] = float(lengths.mean()) if len(lengths) else float("nan")
        out[f"{name}_spread_mm"] = float(lengths.std()) if len(lengths) else float("nan")
    return out
