"""What real video without a label adds to the shipped lifters, judged by four cameras that never train.

The clips of the real data may be measured on, but not be learnt from for weights that ship: what is trained here is
thrown away.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.stats import t as student

from dance3d.api import predict
from dance3d.benchmarks import multiview_clip
from dance3d.benchmarks.lift.scores import score_net
from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import bench_folder, bench_takes
from dance3d.io.paths import data_root
from dance3d.io.weights import default
from dance3d.pipeline.cache import Cache, default_cache
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Runner
from dance3d.stages.lift.load import load
from dance3d.training.learner import Learner
from dance3d.training.recipes import merged, nested

log = logging.getLogger(__name__)

START = {"semi": "lift", "unsupervised": "lift-unsupervised"}
"""The shipped weights that a method goes on from."""
SEEDS = (0, 1, 2)
STEPS, EPOCHS, BATCH = 60, 3, 48
"""Chosen before anything was scored: few steps, for minutes on one core."""
TAKE, TAKES = 150, 4
"""Frames of a held-out take that are scored, and every so many-th take is."""
NOISE = 5.0
"""Pixels of the keypoints' noise in held-out takes."""


def bench_video(
    methods: Sequence[str] = tuple(START),
    seeds: Sequence[int] = SEEDS,
    videos: Path | None = None,
    cache: Cache | None = None,
    **settings: Any,
) -> dict[str, float]:
    """Train the shipped lifters on with the videos of the real data, and score before and after.

    Args:
        methods: of training, of ``START``.
        seeds: one training with each.
        videos: folder of videos; none for those of the real data.
        cache: keeps keypoints and trainings.
        settings: of every training, by dotted name with ``__`` for a dot, above those chosen here.

    Returns:
        ``video.<method>.<what>.<figure>``, P-MPJPE in millimetres. What: ``cameras``, the four-camera clip, each camera
        alone; ``takes``, held-out motion capture filmed with noise.
        Figures: ``before``, ``after``, the mean over seeds; ``gain``, and ``low`` and ``high``, the 95%
        interval of the mean gain by Student's t.

    Raises:
        ValueError: the real data are not there.
    """
    folder, mocap = videos or data_root() / "video", str(bench_folder(None))
    kept = cache or default_cache()
    scene = multiview_clip.lift_every_camera(data_root() / multiview_clip.CLIP, partial(_kept_keypoints, kept))
    takes = [replace(clip, xyz=clip.xyz[:TAKE], extremities=None) for clip in bench_takes(None)[::TAKES]]
    figures: dict[str, float] = {}
    for method in methods:
        start = default(START[method])
        before = _scores(start, scene, takes)
        after = []
        for seed in seeds:
            with TemporaryDirectory() as runs:
                source = mocap if method == "semi" else "synth"
                learner = Learner(Runner(kept), source, runs=Path(runs), videos=str(folder))
                after.append(_scores(learner.train("lift", _overrides(seed, settings), method, start), scene, takes))
        for name, value in before.items():
            values = np.array([one[name] for one in after])
            low, high = interval(value - values)
            found = {"before": value, "after": values.mean(), "gain": value - values.mean(), "low": low, "high": high}
            figures |= {f"video.{method}.{name}.{key}": round(float(number), 2) for key, number in found.items()}
    return figures


def interval(values: np.ndarray[Any, Any], sure: float = 0.95) -> tuple[float, float]:
    """The interval of a mean by Student's t; NaN of fewer than two values.

    Args:
        values: (N,) one per seed.
        sure: probability with which it holds the true mean.
    """
    if len(values) < 2:
        return float("nan"), float("nan")
    half = student.ppf((1 + sure) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _overrides(seed: int, settings: dict[str, Any]) -> dict[str, Any]:
    chosen = {"trainer": {"max_epochs": EPOCHS}, "data": {"steps": STEPS, "batch": BATCH}}
    given = nested({name.replace("__", "."): value for name, value in settings.items()})
    return merged([{"seed_everything": seed, "wandb": "off"}, chosen, given])


def _scores(weights: Path, scene: multiview_clip.MultiviewClip, takes: Sequence[MotionClip]) -> dict[str, float]:
    """P-MPJPE of weights on the clip of four cameras and on held-out takes."""
    poses: Any = predict("lift", {"keypoints": scene.tracks}, weights=weights)
    net = load(weights)
    return {
        "cameras": multiview_clip.score(scene, poses)["p_mpjpe"],
        "takes": score_net(takes, NOISE, net)["p_mpjpe"],
    }


def _kept_keypoints(cache: Cache, stage: str, inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Any]:
    """The clip and the tracks of a video, from the cache where they are.

    Args:
        cache: that keeps them.
        stage: ``keypoints``.
        inputs: ``video``.
        settings: of the stage.
    """
    made = Runner(cache, {stage: settings}).chain(file_given(inputs["video"]), until=stage)[stage]
    return [made.clip, *made.load()]
