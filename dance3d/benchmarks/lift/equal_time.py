"""The figures that take time: speed beside reference forms, and training at equal time.

``dance3d bench lift`` prints them after those of the shipped weights, unless it is given takes to score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from dance3d.benchmarks.lift.action_wise import bench_actions
from dance3d.benchmarks.lift.bone_twist import bench_twist
from dance3d.benchmarks.lift.few_labels import bench_semi
from dance3d.benchmarks.lift.gravity_and_floor import bench_floor
from dance3d.benchmarks.lift.jumps import bench_jumps
from dance3d.benchmarks.lift.mask_completion import bench_silhouette
from dance3d.benchmarks.lift.multi_seed import bench_seeds
from dance3d.benchmarks.lift.scores import NOISES, Predict, protocol, score_net
from dance3d.benchmarks.lift.speed import speed
from dance3d.benchmarks.lift.walks import bench_walks
from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.datasets.mocap import bench_folder, bench_takes, load_motion
from dance3d.stages.lift.data import LiftData
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.lift.semi_supervised.unsupervised import UnlabelledData, UnlabelledModule
from dance3d.training.time_budget import fit_for

WIDTH = 256
"""Channels of the nets that train within the budget."""
SHORT = 0.1
"""Share of the budget that the quick training gets."""
_PRIOR, _ROUNDS = 0.6, 3  # share of an unsupervised training on invented motion, then so many adoptions
_REFERENCE: dict[str, Any] = {"net": "videopose3d", "width": 1024, "dropout": 0.25, "average": 0.0}
_REFERENCE |= {"velocity": 0.0, "bones": 0.0}


def trials(budget: float, predict: Predict) -> Iterator[dict[str, float]]:
    """Everything, piece by piece: speed, floor, bones, masks, training in every way, with few labels, for each genre.

    Args:
        budget: seconds of each training; those of few labels and of one genre get a twentieth and a tenth of it.
        predict: runs a stage by name on inputs with settings, with its default weights.
    """

    def lifted(tracks: list[Keypoints2D], settings: Mapping[str, Any]) -> list[Pose3D]:
        return predict("lift", {"keypoints": tracks}, settings)

    yield speed(min(60.0, budget))
    yield bench_seeds()
    yield bench_floor(bench_takes(None), lifted)
    yield bench_walks(bench_takes(None), lifted)
    yield bench_jumps(load_motion(bench_folder(None)), lifted)
    yield bench_twist(bench_folder(None), lifted)
    yield bench_silhouette(bench_takes(None), lifted)
    yield protocol(bench_takes(None), "seeds", "seeds", predict)
    yield from trained(budget)
    yield bench_semi(budget / 20)
    yield bench_actions(budget / 10)


def trained(budget: float, source: Path | None = None, width: int = WIDTH) -> Iterator[dict[str, float]]:
    """Train the lifter in every way for so many seconds each.

    Args:
        budget: seconds of each training; the figures of 600 s are those of the documentation.
        source: folder laid out like CMU motion capture; none for that of the real data.
        width: channels of the lifter.

    Yields:
        ``trained.<way>.<keypoints>.{mpjpe,p_mpjpe,n_mpjpe,mpjve}``, millimetres, on takes held out for testing: one
        net for exact and for noisy keypoints, trained with noise as the default is. Ways: ``supervised``; ``quick``,
        the same in a tenth of the time; ``unsupervised``, with no 3D label; ``reference``, VideoPose3D's structure by
        its own recipe, exact keypoints alone, with our cameras but no change of bodies.

    Raises:
        ValueError: no such folder.
    """
    folder = str(bench_folder(source))
    data = LiftData(folder, train_on_val=True)
    data.setup()
    for way, share in (("supervised", 1.0), ("quick", SHORT)):
        module = _new(LiftModule, width=width)
        fit_for(module, data.train_dataloader(), share * budget)
        yield _all_figures(way, module, data)
    data = LiftData(folder, batch=128, chunk=1, noise=0.0, bodies=0.0, passes=True, train_on_val=True)
    data.setup()
    module = _new(LiftModule, **_REFERENCE)
    fit_for(module, data.train_dataloader(), budget, rate=1e-3, precision="32-true")
    yield _figures("reference", "gt", module, data)
    yield unsupervised(budget, folder, width)


def unsupervised(budget: float, source: str, width: int = WIDTH) -> dict[str, float]:
    """The figures of ``trained.unsupervised``: one net for exact and for noisy keypoints; see ``trained``.

    Args:
        budget: seconds of training.
        source: of the unlabelled data.
        width: of the net, channels.
    """
    data = UnlabelledData(source=source, noise=0.5, train_on_val=True)
    data.setup()
    module = _new(UnlabelledModule, width=width)
    fit_for(module, data.train_dataloader(), _PRIOR * budget)
    for done in range(_ROUNDS):
        module.update_teacher(data)
        fit_for(module, data.train_dataloader(), (1 - _PRIOR) * budget / _ROUNDS, seed=done + 2)
    return _all_figures("unsupervised", module, data)


def _all_figures(way: str, module: LiftModule, data: LiftData) -> dict[str, float]:
    return {key: value for name in NOISES for key, value in _figures(way, name, module, data).items()}


def _new(kind: type[LiftModule], **settings: Any) -> Any:
    torch.manual_seed(1)
    return kind(**settings)


def _figures(way: str, keypoints: str, module: LiftModule, data: LiftData) -> dict[str, float]:
    found = score_net(data.test_clips, NOISES[keypoints], module.averaged)
    return {f"trained.{way}.{keypoints}.{name}": value for name, value in found.items()}
