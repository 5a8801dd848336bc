"""Figures of the shipped detector: held-out takes and cameras filmed by the renderer, and real footage."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dance3d.benchmarks import multiview_clip
from dance3d.benchmarks.segmentation import bench_foreground
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.crop_sources import moments as footage
from dance3d.datasets.mocap import bench_takes
from dance3d.io.paths import data_root
from dance3d.io.weights import default
from dance3d.metrics import MaskIoU
from dance3d.stages.detect.data import MomentDataset, fixed_batches
from dance3d.stages.detect.evaluator import Scores, body_masks, predict_scenes
from dance3d.stages.detect.load import load
from dance3d.stages.detect.model import HourglassNet
from dance3d.synth.crop_dataset import scenes, write_multiview_crops

log = logging.getLogger(__name__)
Predict = Callable[..., list[Any]]
FILMED = 400
"""Moments of held-out takes that are scored, four views of each."""
TENNIS = Path("masks") / "tennis"


def bench(data: Path | None, predict: Predict) -> dict[str, float]:
    """Score the detector.

    Args:
        data: folder laid out like CMU motion capture, of which every take is filmed and scored; none for the takes held
            out for testing in the real data.
        predict: runs a stage by name on inputs with settings, with its default weights.

    Returns:
        ``full.<figure>`` of ``evaluator.Scores`` for every view alone and ``full.views.<figure>`` for all views of a
        moment together; where no folder is given and the real data are there, ``tennis.iou``, ``multiview.p_mpjpe``
        of the real four-camera clip, and ``foreground.<method>.<clip>.iou``.

    Raises:
        ValueError: no such folder, nothing in it to score, or no weights.
    """
    net = load(default("detect"))
    with tempfile.TemporaryDirectory() as folder:
        out = {f"full.{name}": value for name, value in score(net, held_out(Path(folder), net, data)).items()}
    if data is None:
        try:
            out |= real(net, predict) | bench_foreground(None)
        except (ValueError, ImportError) as reason:
            log.warning("no figures of real footage: %s", reason)
    return {name: round(value, 4) for name, value in out.items()}


def held_out(folder: Path, net: HourglassNet, data: Path | None = None) -> MomentDataset:
    """Takes that never train, filmed by cameras that never train; the same moments every time.

    Args:
        folder: for the crops.
        net: whose size of crops is taken.
        data: folder of motion capture; see ``bench_takes``.
    """
    takes = bench_takes(data)
    write_multiview_crops(
        folder, scenes(takes), int(net.config["size"]), FILMED, seed=7, splits={take.name: "test" for take in takes}
    )
    return MomentDataset(folder, "test")


def score(net: HourglassNet, moments: MomentDataset) -> dict[str, float]:
    """Strict figures of a detector; its ``config`` says how long the bones of an average body are."""
    scores, every = Scores(), fixed_batches(moments)
    for number in range(len(every)):
        batch = every[number]
        scores.add(batch, predict_scenes(net, batch), float(net.config["bones"]))
    return scores.compute()


def real(net: HourglassNet, predict: Predict | None) -> dict[str, float]:
    """``tennis.iou``: of the body drawn from the joints and the person's true mask. And the four-camera clip's figures.

    Args:
        net: the detector.
        predict: as in ``bench``; none leaves out the four-camera clip.
    """
    found = {"tennis.iou": overlap(net, data_root() / TENNIS)}
    if predict is not None:
        scene = multiview_clip.lift_every_camera(data_root() / multiview_clip.CLIP, predict)
        poses = [predict("detect", {"video": view.video})[1] for view in scene.views]
        found |= {f"multiview.{name}": value for name, value in multiview_clip.score(scene, poses).items()}
    return found


def overlap(net: HourglassNet, source: Path) -> float:
    """Mean IoU of a footage's masks and of the bodies drawn from the joints found (``evaluator.body_masks``)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with CropWriter(folder, int(net.config["size"])) as writer:
            for moment in footage(source):
                writer.add(moment)
        every, found = fixed_batches(MomentDataset(folder)), MaskIoU()
        for number in range(len(every)):
            batch = every[number]
            body = body_masks(predict_scenes(net, batch).xyz, batch.mask.shape[-1])
            found.update(body[batch.valid], batch.mask[batch.valid])
    return float(found.compute())
