"""Detectors on a real clip of calibrated cameras: each view against the triangulation of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.benchmarks.keypoints.pictures import installed
from dance3d.benchmarks.multiview_clip import LIMBS, TOLERANCE, dancer_in_every_view, detected
from dance3d.datasets.calibrated_multiview import CalibratedView, read_views
from dance3d.geometry.triangulation import agreeing, triangulate
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.qualities import QUALITIES

log = logging.getLogger(__name__)
Array = NDArray[np.float64]
Predict = Callable[..., list[Any]]
LIMB_BONES = tuple(
    (f"{side}_{upper}", f"{side}_{lower}")
    for side in ("left", "right")
    for upper, lower in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
)
"""The bones whose lengths should not vary."""


def every_detector(folder: Path, predict: Predict) -> Iterator[dict[str, float]]:
    """The figures of every installed detector, those with presets in each of them.

    Args:
        folder: as ``datasets.calibrated_multiview.read_views`` takes it.
        predict: runs a stage by name on inputs with settings.

    Yields:
        ``multiview.BACKEND.FIGURE``, or ``multiview.BACKEND.QUALITY.FIGURE``, of ``figures``. None of a detector that
        does not find the dancer in every view.

    Raises:
        ValueError: the folder cannot be read.
    """
    views = read_views(folder)
    for backend in installed():
        for quality in QUALITIES if backend == "movenet" else ("",):
            settings = {"backend": backend} | ({"quality": quality} if quality else {})
            try:
                tracks = dancer_in_every_view(views, predict, settings)
            except ValueError as reason:
                log.warning("no multiview figures of %s: %s", backend, reason)
                continue
            prefix = ".".join(part for part in ("multiview", backend, quality) if part)
            yield {f"{prefix}.{name}": value for name, value in figures(views, detected(tracks)).items()}


def figures(views: Sequence[CalibratedView], xy: Array) -> dict[str, float]:
    """How well the views of one dancer agree.

    Args:
        views: the cameras.
        xy: (V, T, 17, 2) pixels as detected, NaN where nobody was found.

    Returns:
        ``median_px`` and ``p90_px``: median and ninth decile of ``misses``; ``coverage``: share of limb joints of all
        views and frames that have one; ``bones``: how much the length of a limb's bone varies, triangulated from all
        views whether they agree or not: standard deviation over mean, percent, mean over the eight bones.
    """
    off = misses(views, xy)
    known = np.isfinite(off)
    rays = np.stack([view.rays(seen) for view, seen in zip(views, xy, strict=True)])
    points = triangulate(rays, np.stack([view.extrinsics for view in views]))
    ends = np.array([H36M17.indices(*bone) for bone in LIMB_BONES])
    length = np.linalg.norm(points[:, ends[:, 0]] - points[:, ends[:, 1]], axis=-1)
    out = {
        "median_px": float(np.median(off[known])),
        "p90_px": float(np.quantile(off[known], 0.9)),
        "bones": 100 * float(np.mean(np.nanstd(length, 0) / np.nanmean(length, 0))),
        "coverage": float(known.mean()),
    }
    return {name: round(value, 3) for name, value in out.items()}


def misses(views: Sequence[CalibratedView], xy: Array) -> Array:
    """How far each limb joint of each view is from where the other views see it.

    The others have to agree, two or more within ``TOLERANCE``; the view itself counts whatever it says.

    Args:
        views: the cameras.
        xy: (V, T, 17, 2) pixels as detected, NaN where nobody was found.

    Returns:
        (V, T, 12) pixels of the undistorted picture; NaN where not detected, or not known from the others.
    """
    rays = np.stack([view.rays(seen[:, LIMBS]) for view, seen in zip(views, xy, strict=True)])
    extrinsics = np.stack([view.extrinsics for view in views])
    focal = np.array([view.camera.focal for view in views])
    out = np.empty(rays.shape[:-1])
    for left_out, camera in enumerate(extrinsics):
        others = np.arange(len(views)) != left_out
        agree = agreeing(rays[others], extrinsics[others], TOLERANCE / focal[others], least=2)
        points = triangulate(rays[others], extrinsics[others], agree.astype(np.float64))
        local = points @ camera[:, :3].T + camera[:, 3]
        out[left_out] = np.linalg.norm(local[..., :2] / local[..., 2:] - rays[left_out], axis=-1) * focal[left_out]
    return out
