"""One call per stage: arrays in, artefacts out, no files and no cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dance3d.contracts import Artefact, Genre, Keypoints2D, Masks, Movements, Pose3D
from dance3d.geometry.extremities import sure_extremities
from dance3d.io import weights as stored_weights
from dance3d.lazy_import import resolve
from dance3d.registry import get
from dance3d.skeleton import to_h36m17
from dance3d.stages.detect.settings import DetectSettings
from dance3d.stages.lift.settings import LiftSettings
from dance3d.stages.settings import Settings


def predict(
    stage: str,
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any] | Settings | None = None,
    weights: Path | None = None,
) -> list[Artefact]:
    """Run one stage on lists of artefacts.

    Args:
        stage: its name.
        inputs: by name, as the stage's ``predict`` has them.
        settings: what differs from the defaults.
        weights: of the stage; those that ship if not given.

    Raises:
        ValueError: no such stage or setting, a value that a setting cannot have, or inputs that do not fit.
    """
    row = get(stage)
    resolved = row.settings.read(settings)
    chosen = weights or (stored_weights.default(row.shipped(resolved)) if row.reads_weights(resolved) else None)
    made: list[Artefact] = resolve(row.predict)(inputs, resolved, chosen)
    return made


def lift(
    xy: ArrayLike,
    score: ArrayLike | None = None,
    *,
    fps: float,
    size: tuple[int, int],
    skeleton: str = "h36m17",
    height: float | None = None,
    field_of_view: float | None = None,
    method: str = LiftSettings.method,
    masks: ArrayLike | None = None,
) -> Pose3D:
    """Lift one dancer's 2D keypoints to 3D.

    Args:
        xy: (T, J, 2) pixels, origin top left, y down; NaN where missing.
        score: (T, J) 0..1; 1 wherever ``xy`` is not NaN if not given.
        fps: frames per second.
        size: (width, height) of the picture, pixels.
        skeleton: layout of the joints, a name of ``skeleton.RECIPES``.
        height: the dancer's, metres; without it the scale is relative.
        field_of_view: of the camera along the picture's longer side, degrees; assumed if not given (docs/settings.md).
        method: ``tcn``; ``unsupervised``, a net trained without 3D labels; or ``seeds``, no net at all.
        masks: (T, H, W) true on the dancer alone, in pictures of any size that show what ``size`` does. Where they are
            given, missing keypoints are first found again in them (``stages.lift.postprocess.mask_completion``).

    Returns:
        The pose, T rows.

    Raises:
        ValueError: shapes that do not fit, an unknown skeleton or method, a rate or size that is not positive.
    """
    points = np.asarray(xy, dtype=np.float32)
    if points.ndim != 3 or points.shape[-1] != 2:
        raise ValueError(f"xy has shape {points.shape}, expected (T, J, 2)")
    if not (np.isfinite(fps) and fps > 0):
        raise ValueError(f"fps is {fps}, expected a positive number")
    known = np.isfinite(points).all(-1).astype(np.float32)
    certain = known if score is None else np.nan_to_num(np.array(score, np.float32))
    if certain.shape != known.shape:
        raise ValueError(f"score has shape {certain.shape}, expected {known.shape}")
    ends = sure_extremities(points, np.asarray(certain * known), skeleton)
    reduced, certain = to_h36m17(points, np.asarray(certain * known), skeleton)
    measured = np.array(np.isfinite(reduced).all(-1))
    time = np.arange(len(points)) / fps
    keypoints = Keypoints2D(*(reduced, certain * measured, measured, time, size), extremities=ends)
    settings = LiftSettings.read({"height": height, "method": method} | _given(field_of_view=field_of_view))

    def lifted(track: Keypoints2D) -> Pose3D:
        return predict("lift", {"keypoints": [track]}, settings)[0]  # type: ignore[return-value]

    if masks is None:
        return lifted(keypoints)
    from dance3d.stages.lift.postprocess import mask_completion

    seen = np.asarray(masks)
    if seen.ndim != 3 or len(seen) != len(points):
        raise ValueError(f"masks have shape {seen.shape}, expected ({len(points)}, H, W)")
    present = keypoints.measured & (keypoints.score > 0)
    if present.all():
        return lifted(keypoints)
    straight = lifted(mask_completion.fill_gaps(keypoints))
    found = mask_completion.complete_keypoints(keypoints, straight, Masks(seen.astype(bool), time))
    # A frame without any keypoint stays as empty as the lifter takes it to be.
    nobody = ~np.asarray(present.any(1, keepdims=True))
    kept = replace(found, xy=np.where(nobody[..., None], np.nan, found.xy), score=np.where(nobody, 0, found.score))
    return lifted(kept)


def detect(
    pictures: ArrayLike,
    masks: ArrayLike,
    *,
    fps: float,
    height: float | None = None,
    field_of_view: float | None = None,
    weights: Path | None = None,
) -> Pose3D:
    """Find one dancer's body in pictures from its masks, without keypoints.

    Args:
        pictures: (T, H, W, 3) uint8, RGB.
        masks: (T, H, W) true on the dancer; all false where the dancer is not seen.
        fps: frames per second.
        height: the dancer's, metres; without it the scale is relative.
        field_of_view: of the camera along the picture's longer side, degrees; assumed if not given (docs/settings.md).
        weights: file of the detector's; those that ship if not given.

    Returns:
        The pose, T rows; NaN where the dancer is not seen.

    Raises:
        ValueError: shapes that do not fit, a number out of range, nobody in any mask, or no weights.
    """
    from dance3d.stages.detect import predict as stage
    from dance3d.stages.detect.load import load

    if not (np.isfinite(fps) and fps > 0):
        raise ValueError(f"fps is {fps}, expected a positive number")
    settings = DetectSettings.read({"height": height} | _given(field_of_view=field_of_view))
    images = np.asarray(pictures)
    net = load(weights or stored_weights.default("detect"))
    return stage.detect(net, images, np.asarray(masks, bool), np.arange(len(images)) / fps, settings)


def movements(pose: Pose3D) -> Movements:
    """The movements of every body part in a pose, frame by frame."""
    return predict("motion", {"lift": [pose]})[0]  # type: ignore[return-value]


def genre(pose: Pose3D) -> Genre:
    """Which dance a pose is of, with the movements that are evidence for it."""
    return predict("genre", {"motion": [movements(pose)], "lift": [pose]})[0]  # type: ignore[return-value]


def _given(**settings: Any) -> dict[str, Any]:
    """Settings that somebody gave."""
    return {name: value for name, value in settings.items() if value is not None}
