"""Figures of the shipped detector: held-out takes and cameras filmed by the renderer, and real footage."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dance3d.benchmarks import multiview_clip
from dance3d.benchmarks.segmentation import bench_foreground
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.crop_sources import moments as footage
from dance3d.datasets.mocap import bench_folder, bench_takes, load_motion
from dance3d.io.paths import data_root
from dance3d.io.weights import default
from dance3d.metrics import MPJPE, NMPJPE, PMPJPE, MaskIoU, RegressedOnTruth
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
        moment together; where no folder is given, ``spp.<figure>`` of ``post_processed``, and where the real data are
        there, ``tennis.iou``, ``multiview.p_mpjpe``
        of the real four-camera clip, and ``foreground.<method>.<clip>.iou``.

    Raises:
        ValueError: no such folder, nothing in it to score, or no weights.
    """
    net = load(default("detect"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        test = held_out(folder / "test", net, data)
        out = {f"full.{name}": value for name, value in score(net, test).items()}
        if data is None:  # every take of a given folder is scored, so that none is left to fit on
            out |= {
                f"spp.{name}": value
                for name, value in post_processed(net, fitted_on(folder / "fit", net), test).items()
            }
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


def fitted_on(folder: Path, net: HourglassNet) -> MomentDataset:
    """Takes that train and validate, filmed: what a map that needs labels may be fitted on.

    Args:
        folder: for the crops.
        net: whose size of crops is taken.
    """
    takes = [clip for clip in load_motion(bench_folder(None)) if clip.split != "test"]
    write_multiview_crops(
        folder, scenes(takes), int(net.config["size"]), FILMED, seed=8, splits={take.name: "train" for take in takes}
    )
    return MomentDataset(folder, "train")


def post_processed(net: HourglassNet, fit: MomentDataset, test: MomentDataset) -> dict[str, float]:
    """Errors after supervised post-processing: ``mpjpe``, ``n_mpjpe`` and ``p_mpjpe`` of single views.

    A linear map from predicted to true poses is fitted with labels (``metrics.RegressedOnTruth``); papers call such
    rows SPP. It is no longer learning from masks.

    Args:
        net: the detector.
        fit: moments that the map is fitted on; none of them is in ``test``.
        test: moments that are scored.

    Raises:
        ValueError: a take is in both.
    """
    if both := fit.names & test.names:
        raise ValueError(f"take {sorted(both)[0]} is fitted on and scored")
    better = RegressedOnTruth(*_single_views(net, fit))
    predicted, true = _single_views(net, test)
    found = {}
    for name, metric in (("mpjpe", MPJPE()), ("n_mpjpe", NMPJPE()), ("p_mpjpe", PMPJPE())):
        metric.update(better(predicted)[:, None], true[:, None])
        found[name] = float(metric.compute())
    return found


def _single_views(net: HourglassNet, moments: MomentDataset) -> tuple[Tensor, Tensor]:
    """Predicted and true poses (N, 17, 3) of every view, metres around the pelvis in the crop's camera."""
    found, every = Scores(), fixed_batches(moments)
    for number in range(len(every)):
        batch = every[number]
        found.add(batch, predict_scenes(net, batch), float(net.config["bones"]))
    predicted, true, *_ = zip(*found.alone, strict=True)
    return torch.cat(predicted), torch.cat(true)


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
