"""The lifter trained with few labels, with and without unlabelled keypoints, at equal time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from dance3d.benchmarks.lift.scores import score_net
from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import bench_folder
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.semi_supervised.data import SemiData
from dance3d.stages.lift.semi_supervised.module import SemiModule
from dance3d.training.time_budget import fit_for

SHARES = (0.01, 0.1, 0.5)  # of the training frames that have labels
NET: dict[str, Any] = {"width": 128, "average": 0.98}
"""Small enough to end near its best within a budget of half a minute."""
BATCH, RATE, ADOPTED = 32, 3e-3, 0.25  # batch size, learning rate, weight of adopted poses; chosen
_NOT = {"trajectory": 0.0, "reprojection": 0.0, "bone_means": 0.0}
_METHODS: dict[str, tuple[int, dict[str, Any]]] = {  # rounds, between which it adopts, and settings of the module
    "supervised": (1, _NOT),
    "reprojection": (1, {"warmup": 0}),
    "adoption": (2, _NOT),
    "invented": (2, _NOT),
}
WANDERING = 20.0
"""Minutes of motion without style that ``invented`` has."""


def bench_semi(
    budget: float = 30.0,
    shares: Sequence[float] = SHARES,
    source: Path | None = None,
    now: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Train from few labels in several ways, score on the takes held out for testing.

    Args:
        budget: seconds of each of the trainings, four for every share.
        shares: of the training frames that have labels.
        source: folder of motion capture; none for the CMU takes of the real data.
        now: clock; processor time unless said otherwise, so that other programs do not count.

    Returns:
        ``semi.<percent>.<method>.{mpjpe,p_mpjpe,n_mpjpe}``, millimetres, exact keypoints. Methods: ``supervised``, the
        labels alone; ``reprojection``, the terms of Pavllo et al.; ``adoption``, unlabelled takes as the net lifts
        them; ``invented``, motion without style besides. Augmentation, net and time are the same.

    Raises:
        ValueError: no such folder.
    """
    figures: dict[str, float] = {}
    given: dict[str, Any] = {"source": str(bench_folder(source)), "batch": BATCH, "adopted": ADOPTED}
    for share in shares:
        for method, (rounds, settings) in _METHODS.items():
            invented = WANDERING if method == "invented" else 0.0
            data = SemiData(**given, labelled=share, wandering=invented)
            data.setup()
            torch.manual_seed(1)
            module = SemiModule(**NET, **settings)
            _train(module, data, rounds, budget, now)
            found = scores(module.averaged, data.test_clips)
            figures |= {f"semi.{100 * share:g}.{method}.{name}": value for name, value in found.items()}
    return figures


def _train(module: SemiModule, data: SemiData, rounds: int, budget: float, now: Callable[[], float]) -> None:
    """Train for so many seconds in all, adopting the unlabelled takes between rounds."""

    def adopt(passed: float) -> None:
        if passed < budget:
            module.update_teacher(data)

    batches = data.train_dataloader()
    fit_for(module, batches, budget, RATE, look=adopt if rounds > 1 else None, looks=rounds, counted=True, now=now)


def scores(net: Net, clips: Sequence[MotionClip]) -> dict[str, float]:
    """The protocol's figures of a net over all takes, exact keypoints, millimetres."""
    found = score_net(clips, 0.0, net)
    return {name: found[name] for name in ("mpjpe", "p_mpjpe", "n_mpjpe")}
