"""One lifter for all genres, one for each, or the common one fine-tuned for each, at known training time.

After Bai, "A training method for VideoPose3D with ideology of action recognition", CONF-SPML 2021, with two
corrections: all trainings run on one machine, and a method that needs a training per genre pays for every one of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader

from dance3d.benchmarks.lift.few_labels import BATCH, NET, RATE, scores
from dance3d.contracts import MotionClip
from dance3d.datasets.loaders import random_loader
from dance3d.datasets.mocap import bench_folder
from dance3d.metrics import error_time_area, regulated_error, time_to_error, tpr
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.data import LiftData, join_takes, of_genres
from dance3d.stages.lift.module import LiftModule
from dance3d.training.time_budget import fit_for

GENRES = ("salsa", "indian", "martial")
"""Genres with takes to train on and others to score on."""
LOOKS = 4
"""Points of every error curve."""
TUNING = 0.25
"""Time of a fine-tuning as a share of the common training's, and its rate as a share of the common one's."""


@dataclass
class Curves:
    """Error curves of a method, one per genre, all at about the same times.

    Attributes:
        trainings: how many trainings the method needs for all genres.
        after: the training that all of them go on from.
        seconds: of one training, per genre.
        errors: millimetres then, per genre.
    """

    trainings: int
    after: Curves | None = None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, list[float]] = field(default_factory=dict)

    def mean(self) -> tuple[list[float], list[float]]:
        """Times and errors of the mean over genres."""
        columns = [np.mean(list(rows.values()), 0).tolist() for rows in (self.seconds, self.errors)]
        return columns[0], columns[1]

    def whole(self) -> tuple[list[float], list[float]]:
        """Seconds of all trainings together and errors of the mean over genres, what came before included."""
        before, errors = self.after.whole() if self.after else ([], [])
        seconds, own = self.mean()
        return [*before, *(sum(before[-1:]) + self.trainings * second for second in seconds)], [*errors, *own]


def bench_actions(
    budget: float = 60.0,
    genres: Sequence[str] = GENRES,
    source: Path | None = None,
    now: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Train a common lifter, one for every genre, the common one further for every genre, and one common for longer.

    Scored on takes that never train: those held out for testing and those of ``lift.data.VAL_GROUPS``.

    Args:
        budget: seconds of the common training and of every specialist's; a fine-tuning has ``TUNING`` of it, and the
            longer common training as much as the common one and all fine-tunings together.
        genres: to specialise on. The common training sees all genres of the source.
        source: folder of motion capture; none for the CMU takes of the real data.
        now: clock; processor time unless said otherwise, so that other programs do not count.

    Returns:
        See ``figures``.

    Raises:
        ValueError: no such folder, or a genre without takes to train or to score on.
    """
    data = LiftData(source=str(bench_folder(source)), batch=BATCH)
    data.setup()
    takes = {genre: of_genres(data.train_clips, (genre,)) for genre in genres}
    scored = {genre: of_genres([*data.val_clips, *data.test_clips], (genre,)) for genre in genres}
    torch.manual_seed(1)
    common = LiftModule(**NET)
    start = deepcopy(common.state_dict())
    curves = {"common": Curves(1), "longer": Curves(1), "specialist": Curves(len(genres))}
    curves["finetuned"] = Curves(len(genres), curves["common"])
    _train(common, data.train_dataloader(), budget, RATE, curves["common"], scored, now)
    longer = LiftModule(**NET)
    longer.load_state_dict(start)
    time_of_tuned = budget * (1 + TUNING * len(genres))
    _train(longer, data.train_dataloader(), time_of_tuned, RATE, curves["longer"], scored, now)
    for genre in genres:
        own = {genre: scored[genre]}
        specialist, tuned = LiftModule(**NET), LiftModule(**NET)
        specialist.load_state_dict(start)
        tuned.load_state_dict(common.state_dict())
        _train(specialist, _batches(data, takes[genre]), budget, RATE, curves["specialist"], own, now)
        _train(tuned, _batches(data, takes[genre]), TUNING * budget, TUNING * RATE, curves["finetuned"], own, now)
    return figures(curves)


def figures(curves: Mapping[str, Curves]) -> dict[str, float]:
    """What ``dance3d bench`` prints of the methods ``common``, ``longer``, ``specialist`` and ``finetuned``.

    Returns:
        ``actions.<method>.<genre>.mpjpe`` at the end; and of the mean over genres ``actions.<method>``:
        ``.mpjpe``, ``.total_seconds`` of all its trainings, ``.tpr``, with the seconds of one training as Bai counts,
        and ``.tpr_total``, with all of them, both mm/s; ``.time_to_error``, total seconds to the largest of the final
        errors, and ``.area``, the mean error over the total seconds from the first point to the end of the longest.
        TPR is compared with the common training; its own is the specialists.
    """
    ends = {name: curve.mean()[1][-1] for name, curve in curves.items()}
    longest = max(curve.whole()[0][-1] for curve in curves.values())
    out: dict[str, float] = {}
    for name, curve in curves.items():
        seconds, errors = curve.mean()
        other = curves["specialist" if name == "common" else "common"].mean()[1]
        regulated = regulated_error(errors[len(errors) // 2 - 1], other[len(other) // 2 - 1])
        total, path = curve.whole()
        found = {f"{genre}.mpjpe": values[-1] for genre, values in curve.errors.items()} | {
            "mpjpe": errors[-1],
            "total_seconds": total[-1],
            "tpr": tpr(regulated, errors[-1], seconds[-1]),
            "tpr_total": tpr(regulated, errors[-1], total[-1]),
            "time_to_error": time_to_error(total, path, max(ends.values())),
            "area": error_time_area(total, path, longest),
        }
        out |= {f"actions.{name}.{key}": value for key, value in found.items()}
    return out


def _batches(data: LiftData, clips: Sequence[MotionClip]) -> DataLoader[LiftBatch]:
    chunks = data.chunks()
    chunks.takes = join_takes(clips)
    return random_loader(chunks, chunks.steps, 0)


def _train(
    module: LiftModule,
    batches: DataLoader[LiftBatch],
    seconds: float,
    rate: float,
    curve: Curves,
    scored: Mapping[str, Sequence[MotionClip]],
    now: Callable[[], float],
) -> None:
    """Train, and add a row to the curve of every genre that is scored."""

    def look(passed: float) -> None:
        for genre, clips in scored.items():
            curve.seconds.setdefault(genre, []).append(passed)
            curve.errors.setdefault(genre, []).append(scores(module.averaged, clips)["mpjpe"])

    fit_for(module, batches, seconds, rate, look=look, looks=LOOKS, now=now)
