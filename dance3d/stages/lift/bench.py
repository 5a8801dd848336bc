"""Figures of the shipped lifter by the dance-lift protocol: four virtual cameras around every take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.io.mocap import bench_takes
from dance3d.stages.lift.tables import ERRORS, scores
from dance3d.synth.film import PROTOCOL_CAMERA, film

Predict = Callable[..., list[Any]]


def bench(data: Path | None, predict: Predict) -> dict[str, float]:
    """Score the lifter through ``predict``, as a user gets it.

    Args:
        data: folder laid out like CMU motion capture, of which every take is scored; none for the takes held out for
            testing in the real data (``DANCE3D_DATA``, else beside the checkout).
        predict: runs a stage by name on inputs with settings, with its default weights.

    Returns:
        ``default.{gt,noise5}.{mpjpe,p_mpjpe,n_mpjpe,mpjve}`` in millimetres, means over clips weighted by their
        frames, and the same per genre as ``default.gt.<genre>.mpjpe``.

    Raises:
        ValueError: no such folder, or nothing in it to score.
    """
    clips = bench_takes(data)

    def lift(tracks: list[Keypoints2D]) -> list[Pose3D]:
        return predict("lift", {"keypoints": tracks}, {"field_of_view": PROTOCOL_CAMERA.field_of_view})

    return {
        f"default.{name}.{key}": value
        for name, noise in (("gt", 0.0), ("noise5", 5.0))
        for key, value in score(clips, noise, lift).items()
    }


def score(
    clips: Sequence[MotionClip], noise_px: float, lift: Callable[[list[Keypoints2D]], list[Pose3D]], seed: int = 0
) -> dict[str, float]:
    """The protocol's figures of a lifter on takes, all and per genre, millimetres."""
    filmed = film(clips, noise_px, seed)
    poses = lift([one.keypoints for one in filmed])
    return {
        f"{genre}.{name}".strip("."): round(value, 2)
        for genre, found in scores(filmed, poses, ERRORS).items()
        for name, value in found.items()
    }
