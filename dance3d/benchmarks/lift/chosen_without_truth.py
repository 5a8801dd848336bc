"""What it costs to choose among checkpoints without a truth, where the truth is known and can say so."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr

from dance3d.datasets.mocap import bench_folder
from dance3d.metrics import MPJPE
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.semi_supervised.unsupervised import UnlabelledData, UnlabelledModule
from dance3d.stages.lift.semi_supervised.without_truth import without_truth
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA
from dance3d.training.time_budget import fit_for

LOOKS = 8
"""Checkpoints to choose among."""
WIDTH, BATCH, RATE, MINUTES = 128, 32, 3e-3, 20.0
"""Channels, batch, learning rate and minutes of random motion of a net that trains in a minute; chosen."""


def bench_choice(
    budget: float = 60.0, source: Path | None = None, now: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Train with no 3D label and score every checkpoint on the validation takes, without their truth and with it.

    Args:
        budget: seconds of training.
        source: folder of motion capture; none for the CMU takes of the real data.
        now: clock; processor time unless said otherwise, so that other programs do not count.

    Returns:
        ``choice.rank``, Spearman's correlation of both scores over the checkpoints; and MPJPE in millimetres:
        ``choice.chosen`` of the checkpoint that the score without a truth chooses, ``choice.best``, ``choice.worst``.

    Raises:
        ValueError: no such folder.
    """
    data = UnlabelledData(source=str(bench_folder(source)), noise=0.5, wandering=MINUTES, batch=BATCH)
    data.setup()
    torch.manual_seed(1)
    module = UnlabelledModule(width=WIDTH, average=0.98)
    found: list[tuple[float, float]] = []

    def look(passed: float) -> None:
        found.append(scores(module.averaged, data))
        if passed < budget and len(found) >= LOOKS // 2:  # the second half trains itself
            module.update_teacher(data)

    fit_for(module, data.train_dataloader(), budget, RATE, look=look, looks=LOOKS, now=now)
    blind, true = np.array(found).T
    figures = {
        "rank": spearmanr(blind, true).statistic,
        "chosen": true[blind.argmin()],
        "best": true.min(),
        "worst": true.max(),
    }
    return {f"choice.{name}": round(float(value), 3) for name, value in figures.items()}


@torch.no_grad()
def scores(net: Net, data: UnlabelledData) -> tuple[float, float]:
    """The score without a truth of the validation keypoints, and MPJPE of the validation takes, millimetres.

    Args:
        net: in training or not; it is left in that mode.
        data: set up, with a source that has a truth.
    """
    training = net.training
    net.eval()
    keypoints, takes = data.val_dataloader()
    blind = [sum(map(float, without_truth(net, *batch).values())) for batch in keypoints]
    metric = MPJPE()
    for batch in takes:
        encoded = net.read(batch.rays, batch.present, PROTOCOL_CAMERA)
        true = net.inner(batch.xyz @ encoded.rotation.transpose(-1, -2))
        metric.update(net(encoded.features).float(), true)
    net.train(training)
    return float(np.mean(blind)), float(metric.compute())
