"""The figures that take time: speed, and the ablation: every part left out in turn, trained for equal time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from dance3d.io.mocap import bench_folder, load_motion
from dance3d.stages.detect.bench import Predict, held_out, real, score
from dance3d.stages.detect.cascade import Step
from dance3d.stages.detect.data import DetectData, Moments
from dance3d.stages.detect.module import STEPS, DetectModule
from dance3d.stages.detect.speed import speed
from dance3d.synth.shots import scenes, write_invented, write_shots
from dance3d.training.timed import fit_for

RATE = 5e-3
FILMED = {"train": 8000, "val": 50}
"""Moments that the ablation trains on, four views of each."""
INVENTED = 40000
_UPRIGHT: list[Step] = [
    {"at": 0, "standing": 1},
    {"at": 0.05, "standing": 1, "skeleton": 0, "consensus": 0, "symmetry": 0, "bending": 0},
    {"at": 0.15, "standing": 0, "skeleton": 4, "consensus": 0.3, "symmetry": 0.3, "bending": 1},
    {"at": 0.5, "arms": True, "physique": 0},
    {"at": 0.8, "physique": 4},
]
"""No invented body anywhere: a standing figure first, then masks and views."""
_NONE: dict[str, Any] = {"geodesic": False, "prior": 0, "triangulate": False, "sides": False}
ROWS: dict[str, dict[str, Any]] = {
    "trained.full": {},
    "no_sides": {"sides": False},
    "no_geodesic": {"geodesic": False},
    "no_prior_geodesic": {"geodesic": False, "prior": 0},
    "no_prior_geodesic_triangulation": _NONE,
    "invented_only": {"cascade": [{"at": 0, "invented": 1}]},
    "masks_only": {"cascade": _UPRIGHT},
    "masks_only.no_geodesic": {"cascade": _UPRIGHT, "geodesic": False},
    "masks_only.no_prior_geodesic": {"cascade": _UPRIGHT, "geodesic": False, "prior": 0},
    "masks_only.no_prior_geodesic_triangulation": {"cascade": _UPRIGHT, **_NONE},
}
"""Settings of ``DetectModule`` by the name of the figures."""
SHARES = (0.25, 0.5, 1.0)
"""Of the training clips."""


def trials(budget: float, predict: Predict) -> Iterator[dict[str, float]]:
    """Speed, the rows of the ablation, and less data, piece by piece.

    Args:
        budget: seconds of each training.
        predict: runs a stage by name on inputs with settings.

    Yields:
        ``speed.…``; ``<row>.<figure>`` as ``full.<figure>`` of ``bench`` for every row of ``ROWS``; and
        ``scaling.<percent>.<figure>`` with ``tennis.iou``.
    """
    yield speed(min(60.0, budget))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_shots(folder / "shots", scenes(load_motion(bench_folder(None))), SIZE, FILMED)
        write_invented(folder / "invented", SIZE, INVENTED)
        module = DetectModule(size=SIZE)
        test = held_out(folder / "test", module.averaged)
        for row, settings in ROWS.items():
            yield _figures(row, trained(folder, budget, settings), test)
        for share in SHARES:
            module = trained(folder, budget, {}, share)
            name = f"scaling.{round(100 * share)}"
            yield _figures(name, module, test) | {f"{name}.{k}": v for k, v in real(module.averaged, None).items()}


SIZE = 64
"""Pixels of the ablation's crops."""


def trained(folder: Path, budget: float, settings: dict[str, Any], share: float = 1.0) -> DetectModule:
    """A detector trained for so many seconds on ``folder/shots`` and ``folder/invented``."""
    data = DetectData(str(folder / "shots"), str(folder / "invented"), share=share)
    data.setup()
    torch.manual_seed(1)
    module = DetectModule(size=data.training.crops.size, **({"cascade": STEPS} | settings))
    fit_for(module, data.train_dataloader(), budget, rate=RATE)
    module.measure(data.training)
    return module


def _figures(row: str, module: DetectModule, test: Moments) -> dict[str, float]:
    return {f"{row}.{name}": value for name, value in score(module.averaged, test).items()}
