"""Figures of the shipped lifters: four virtual cameras around every take (the dance-lift protocol), and real video."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dance3d.benchmarks import multiview_clip
from dance3d.benchmarks.keypoints.tracking import couples
from dance3d.benchmarks.lift import error_bars
from dance3d.benchmarks.lift.extremities import bench_extremities
from dance3d.benchmarks.lift.genre_table import ERRORS, scores
from dance3d.benchmarks.lift.standing_knees import bench_knees
from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.mocap import bench_takes
from dance3d.io.paths import data_root
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.predict import lift
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

log = logging.getLogger(__name__)
Predict = Callable[..., list[Any]]
METHODS = {"default": "tcn", "unsupervised": "unsupervised", "seeds": "seeds"}
"""The setting ``method`` by the name of its figures."""
VIEW = {"field_of_view": PROTOCOL_CAMERA.field_of_view}
"""What the lifter is told of the protocol's cameras."""
COUPLES = 8
"""Couples whose films tell whether error bars are right, the last; they were fitted on the first four."""
NOISES = {"gt": 0.0, "noise5": 5.0}
"""Keypoint noise of the protocol, pixels, by the name of its figures."""


def bench(data: Path | None, predict: Predict) -> dict[str, float]:
    """Score the lifter through ``predict``, as for a user.

    Args:
        data: folder laid out like CMU motion capture, of which every take is scored; none for the takes held out for
            testing in the real data (``DANCE3D_DATA``, else beside the checkout).
        predict: runs a stage by name on inputs with settings, with its default weights.

    Returns:
        ``default.{gt,noise5}.{mpjpe,p_mpjpe,n_mpjpe,mpjve}`` in millimetres, means over clips weighted by their
        frames, and the same per genre as ``default.gt.<genre>.mpjpe``; ``unsupervised.`` likewise, of the net that saw
        no 3D label. ``multiview.p_mpjpe`` of the real four-camera clip and what
        ``benchmarks.multiview_clip.bench_multiview`` gives besides, and ``multiview.unsupervised.p_mpjpe``, where that
        clip and MediaPipe are there.

    Raises:
        ValueError: no such folder, or nothing in it to score.
    """
    clips = bench_takes(data)
    out: dict[str, float] = {}
    for way, method in METHODS.items():
        out |= protocol(clips, way, method, predict)
    out |= bench_knees(lambda tracks, settings: predict("lift", {"keypoints": tracks}, settings))
    try:
        out |= multiview_clip.bench_multiview(data_root() / multiview_clip.CLIP, predict, METHODS)
    except (ValueError, ImportError) as reason:
        log.warning("no figures of the four-camera clip: %s", reason)
    return out if data else out | _error_bars(predict) | bench_extremities(clips, predict)


def _error_bars(predict: Predict) -> dict[str, float]:
    """``error_bars.couples.…`` of films of the last couples, ``error_bars.multiview.…`` of the four-camera clip."""
    clip, salsa = data_root() / multiview_clip.CLIP, data_root() / "mocap" / "cmu" / "salsa"
    samples = {}
    if salsa.is_dir():
        samples["couples"] = [*error_bars.of_couples(couples(salsa)[-COUPLES:], predict)]
    if clip.is_dir():
        scene = multiview_clip.lift_every_camera(clip, predict)
        samples["multiview"] = error_bars.of_views(scene, predict("lift", {"keypoints": scene.tracks}))
    return {
        f"error_bars.{name}.{key}": round(value, 4)
        for name, each in samples.items()
        for key, value in error_bars.figures(each).items()
    }


def protocol(clips: Sequence[MotionClip], way: str, method: str, predict: Predict) -> dict[str, float]:
    """The protocol's figures of a method of the lifter as ``<way>.<keypoints>.<figure>``.

    Args:
        clips: recorded motion.
        way: first part of the figures' names.
        method: of the lifter.
        predict: runs a stage by name on inputs with settings.
    """

    def lifted(tracks: list[Keypoints2D]) -> list[Pose3D]:
        return predict("lift", {"keypoints": tracks}, VIEW | {"method": method})

    return {
        f"{way}.{name}.{key}": value
        for name, noise in NOISES.items()
        for key, value in score(clips, noise, lifted).items()
    }


def score_net(clips: Sequence[MotionClip], noise_px: float, net: Net) -> dict[str, float]:
    """The protocol's figures of a net in training, which is not changed.

    Args:
        clips: recorded motion.
        noise_px: standard deviation of the keypoints' noise, pixels.
        net: in training or not; it is left in that mode.
    """
    training = net.training
    net.eval()
    found = score(clips, noise_px, lambda tracks: [lift(net, track, LiftSettings.read(VIEW)) for track in tracks])
    net.train(training)
    return found


def score(
    clips: Sequence[MotionClip], noise_px: float, lifted: Callable[[list[Keypoints2D]], list[Pose3D]], seed: int = 0
) -> dict[str, float]:
    """The protocol's figures of a lifter on takes, all and per genre, millimetres.

    Args:
        clips: recorded motion.
        noise_px: standard deviation of the keypoints' noise, pixels.
        lifted: lifts a list of keypoints.
        seed: of cameras and noise.
    """
    filmed = film(clips, noise_px, seed)
    poses = lifted([one.keypoints for one in filmed])
    return {
        f"{genre}.{name}".strip("."): round(value, 2)
        for genre, found in scores(filmed, poses, ERRORS).items()
        for name, value in found.items()
    }
