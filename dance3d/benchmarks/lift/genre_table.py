"""Scores of a lifter genre by genre, as a table and as plots."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torchmetrics import Metric

from dance3d.contracts import Pose3D
from dance3d.datasets.mocap import bench_takes
from dance3d.metrics import (
    AUC,
    MPJPE,
    MPJVE,
    NMPJPE,
    PCK,
    PMPJPE,
    AccelerationError,
    DepthFlips,
    ErrorBy,
    LeftRightFlips,
)
from dance3d.stages.lift.validation_pictures import error_pictures
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, Filmed, film
from dance3d.visualization.plots import histogram

Metrics = Mapping[str, Callable[[], Metric]]
ERRORS: Metrics = {"mpjpe": MPJPE, "p_mpjpe": PMPJPE, "n_mpjpe": NMPJPE, "mpjve": MPJVE}
ALL: Metrics = {
    **ERRORS,
    "acceleration": AccelerationError,
    "pck150": PCK,
    "auc": AUC,
    "left_right_flips": LeftRightFlips,
    "depth_flips": DepthFlips,
}

_TAKES = "dance-lift protocol"


def scores(filmed: Sequence[Filmed], poses: Sequence[Pose3D], metrics: Metrics = ALL) -> dict[str, dict[str, float]]:
    """Means over clips, weighted by their frames.

    Args:
        filmed: clips with their truth.
        poses: what the lifter makes of them.
        metrics: by name; a clip that is too short for one does not count for it.

    Returns:
        By genre, and first of all clips together under an empty name: every metric, NaN where no clip counts.
    """
    rows = []
    for one, pose in zip(filmed, poses, strict=True):
        values = {}
        for name, make in metrics.items():
            metric = make()
            metric.update(_batch(pose.xyz), _batch(one.truth.xyz))
            values[name] = float(metric.compute())
        rows.append((one.genre, pose.frames, values))
    out = {}
    for genre in ("", *sorted({genre for genre, _, _ in rows} - {""})):
        kept = [(frames, values) for found, frames, values in rows if genre in ("", found)]
        out[genre] = {name: _mean([(frames, values[name]) for frames, values in kept]) for name in metrics}
    return out


def report(folder: Path, data: Path | None, predict: Callable[..., list[Any]], noise_px: float = 0.0) -> list[Path]:
    """Lift the dance-lift protocol's clips, and write where the error sits.

    Args:
        folder: gets ``scores.csv``, a row per genre, and ``error_by_{joint,frame,depth,distance,genre}.png``.
        data: folder of motion capture, of which every take is scored; none for the takes held out for testing.
        predict: runs a stage by name on inputs with settings.
        noise_px: standard deviation of white noise on the keypoints, pixels.

    Returns:
        The files.

    Raises:
        ValueError: no such data.
    """
    filmed = film(bench_takes(data), noise_px)
    view = {"field_of_view": PROTOCOL_CAMERA.field_of_view}
    return write(folder, filmed, predict("lift", {"keypoints": [one.keypoints for one in filmed]}, view))


def write(folder: Path, filmed: Sequence[Filmed], poses: Sequence[Pose3D]) -> list[Path]:
    """Write the files of ``report`` for clips lifted already.

    Args:
        folder: made if need be.
        filmed: takes with their truth.
        poses: lifted from them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "scores.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["genre", *ALL])
        for genre, found in scores(filmed, poses).items():
            rows.writerow([genre or "all", *(f"{value:.4g}" for value in found.values())])
    genres = sorted({one.genre for one in filmed})
    where = ErrorBy(frames=max(pose.frames for pose in poses))
    near, far = 2.0, 10.0
    distance = ErrorBy(nearest=near, farthest=far, bins=16)
    for one, pose in zip(filmed, poses, strict=True):
        pair = _batch(pose.xyz), _batch(one.truth.xyz)
        where.update(*pair, torch.tensor([genres.index(one.genre)]))
        if one.truth.root is not None:
            distance.update(*pair, depth=_batch(one.truth.xyz[..., 2] + one.truth.root[:, None, 2]))
    images = error_pictures(where.compute(), genres, _TAKES)
    by_distance, title = distance.compute(), "Error by distance"
    along = "true distance of the joint from the camera, m"
    images["error_by_distance"] = histogram(
        by_distance.edges.tolist(), by_distance.depth.tolist(), title, f"MPJPE, mm, {_TAKES}", along
    )
    files = [table]
    for name, image in images.items():
        files.append(folder / f"{name}.png")
        cv2.imwrite(str(files[-1]), image[..., ::-1])
    return files


def _batch(values: np.ndarray[Any, Any]) -> torch.Tensor:
    return torch.from_numpy(np.array(values))[None]


def _mean(pairs: Sequence[tuple[int, float]]) -> float:
    known = [(weight, value) for weight, value in pairs if np.isfinite(value)]
    return float(np.average([v for _, v in known], weights=[w for w, _ in known])) if known else float("nan")
