"""The figures that take time: speed, and the ablation: every part left out in turn, trained for equal time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dance3d.benchmarks import multiview_clip
from dance3d.benchmarks.detect.finetune_on_clip import adapt, bench_clip, fitted
from dance3d.benchmarks.detect.scores import Predict, held_out, real, score
from dance3d.benchmarks.detect.speed import speed
from dance3d.datasets.crop_sources import write_crops
from dance3d.datasets.mocap import bench_folder, load_motion
from dance3d.io.paths import data_root
from dance3d.io.weights import default
from dance3d.stages.detect.data import DetectData, MomentDataset
from dance3d.stages.detect.load import load
from dance3d.stages.detect.loss_schedule import Step
from dance3d.stages.detect.module import DetectModule
from dance3d.synth.crop_dataset import scenes, write_invented, write_multiview_crops

SIZE = 64
"""Pixels of the crops that the trainings of a budget see."""
RATE, ONWARD = 5e-3, 2e-3
"""Learning rates from nothing, and onward from a start."""
FILMED = {"train": 8000, "val": 50}
"""Moments that train, four views of each."""
INVENTED = 40000  # invented bodies that train
START: list[Step] = [{"at": 0, "invented": 1}]
"""Invented bodies alone: from there the rows of the ablation go on. Masks help a net that has learned bodies."""
PART, LONG = 1 / 8, 5
"""Of the budget that each training gets; of those, how many the start gets."""
_VIEWS = {"consensus": 1, "skeleton": 1, "symmetry": 0.3, "bending": 1}
_MASKS: list[Step] = [
    {"at": 0, "invented": 1, **_VIEWS},
    {"at": 0.2, "physique": 0},
    {"at": 0.4, "physique": 1},
    {"at": 0.5, "arms": True},
]
_ALONE: list[Step] = [
    {"at": 0, "fitted": 1},
    {"at": 0.6, **dict.fromkeys(_VIEWS, 0)},
    {"at": 0.7, **_VIEWS, "physique": 0},
    {"at": 0.8, "physique": 1},
    {"at": 0.85, "arms": True},
]
"""No invented body anywhere: bodies fitted to the masks first, then masks and views."""
_PARTS: dict[str, dict[str, Any]] = {
    "": {},
    "no_geodesic": {"geodesic": False},
    "no_prior_geodesic": {"geodesic": False, "prior": 0},
    "no_prior_geodesic_triangulation": {"geodesic": False, "prior": 0, "triangulate": False, "sides": False},
}
ROWS: dict[str, dict[str, Any]] = {
    **{f"ablation.{name or 'full'}": {"cascade": _MASKS, **less} for name, less in _PARTS.items()},
    "ablation.no_sides": {"cascade": _MASKS, "sides": False},
    **{f"masks_only.{name or 'full'}": {"cascade": _ALONE, **less} for name, less in _PARTS.items()},
}
"""Settings of ``DetectModule`` by the name of the figures; ``masks_only`` begins from bodies fitted to masks."""
ALONE = 0.1
"""Share of the training clips that ``masks_only`` sees: fitting a body takes longer than a step with it."""
SHARES = (0.25, 0.5)
"""Of the training clips; all of them are ``ablation.full``."""


def trials(budget: float, predict: Predict) -> Iterator[dict[str, float]]:
    """Speed, the rows of the ablation, and less data, piece by piece.

    Args:
        budget: seconds; each training gets ``PART`` of it, the common start ``LONG`` times as much.
        predict: runs a stage by name on inputs with settings.

    Yields:
        ``speed.…``; ``<row>.<figure>`` as ``full.<figure>`` of ``bench``, with ``tennis.iou`` of masks of real footage:
        ``ablation.start`` for the start, the rows of ``ROWS``, and ``scaling.<percent of the clips>``. Last what
        ``four_cameras`` gives.
    """
    yield speed(min(60.0, budget))
    each = budget * PART
    with tempfile.TemporaryDirectory() as name:
        folder, workers = Path(name), os.cpu_count() or 1
        takes = scenes(load_motion(bench_folder(None)))
        write_multiview_crops(folder / "shots", takes, SIZE, FILMED, workers=workers)
        write_invented(folder / "invented", SIZE, INVENTED, workers=workers)
        module = trained(folder, LONG * each, {"cascade": START}, bodies=96)
        test, start = held_out(folder / "test", module.averaged), folder / "start.safetensors"
        module.export(start)
        yield _figures("ablation.start", module, test)
        for row, settings in ROWS.items():
            if row.startswith("masks_only"):
                yield _figures(row, trained(folder, each, settings, ALONE), test)
            else:
                yield _figures(row, trained(folder, each, settings | {"start": str(start)}), test)
        for share in SHARES:
            module = trained(folder, each, ROWS["ablation.full"] | {"start": str(start)}, share)
            yield _figures(f"scaling.{round(100 * share)}", module, test)
        yield four_cameras(folder, 2 * each, predict)


def four_cameras(folder: Path, seconds: float, predict: Predict) -> dict[str, float]:
    """The shipped detector on the crops of the real four-camera clip, as it is and fine-tuned on them without labels.

    Args:
        folder: to write crops into.
        seconds: of fine-tuning.
        predict: runs a stage by name on inputs with settings.

    Returns:
        The figures of ``finetune_on_clip.bench_clip`` as ``before.…`` and ``finetuned.…``.
    """
    start, clip = default("detect"), data_root() / multiview_clip.CLIP
    net = load(start)
    size = int(net.config["size"])
    write_crops(clip, folder / "clip", size=size, standing=True)
    write_invented(folder / "beside", size, INVENTED // 2, seed=3, workers=os.cpu_count() or 1)
    scene = multiview_clip.lift_every_camera(clip, predict)
    tuned = adapt(start, folder / "clip", seconds, folder / "beside")
    return {
        f"{name}.{key}": round(value, 4)
        for name, one in (("before", net), ("finetuned", tuned.averaged))
        for key, value in bench_clip(one, folder / "clip", scene).items()
    }


def trained(
    folder: Path, budget: float, settings: dict[str, Any], share: float = 1.0, bodies: int = 32
) -> DetectModule:
    """A detector trained for so many seconds on ``folder/shots`` and ``folder/invented``.

    Args:
        folder: of both.
        budget: seconds.
        settings: of ``DetectModule``.
        share: of the clips of ``folder/shots``.
        bodies: invented ones per batch.
    """
    fits = any(step.get("fitted") for step in settings["cascade"])
    data = DetectData(str(folder / "shots"), str(folder / "invented"), share=share, bodies=bodies, fitted=fits)
    data.setup()
    rate = ONWARD if settings.get("start") else RATE
    return fitted(data, budget, rate, size=data.training.crops.size, **settings)


def _figures(row: str, module: DetectModule, test: MomentDataset) -> dict[str, float]:
    net = module.averaged
    return {f"{row}.{name}": round(value, 4) for name, value in (score(net, test) | real(net, None)).items()}
