"""One lifter for all actions, one for each, or the common one fine-tuned for each, at known training time.

After Bai, "A training method for VideoPose3D with ideology of action recognition", CONF-SPML 2021: the training of one
action sees as many samples as the common one (equation 3), which are as many unit epochs as equations 1 and 2 say. Two
corrections: all trainings run on one machine, and a method that needs a training per action pays for every one of them.
Actions are genres, or movements: stretches of takes in which the rules see one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader

from dance3d.benchmarks.lift.few_labels import BATCH, NET, RATE, scores
from dance3d.contracts import MotionClip
from dance3d.datasets.loaders import random_loader
from dance3d.datasets.mocap import bench_folder
from dance3d.datasets.movement_labels import Label, from_movements
from dance3d.io.world_frame import pose_of
from dance3d.metrics import error_time_area, regulated_error, time_to_error, tpr, unit_epochs
from dance3d.stages.lift.action_takes import movements_of, of_actions
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.data import LiftData, join_takes
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.training.time_budget import fit_for

GENRES = {name: (name,) for name in ("salsa", "indian", "martial")}
"""Genres with takes to train on and others to score on."""
MOVES = {
    "travel": ("body.travel_forward",),
    "turn": ("body.turn_left", "body.turn_right"),
    "raise": tuple(f"{arm}_arm.raise_{way}" for arm in "lr" for way in ("forward", "side", "back")),
}
"""Movements with dozens of stretches to train on and to score on; the takes held out jump three times only."""
LOOKS = 4
"""Points of every error curve."""
TUNING = 0.25
"""Time of a fine-tuning as a share of the common training's, and its rate as a share of the common one's."""


@dataclass
class Curves:
    """Error curves of a method, one per action, all at about the same times.

    Attributes:
        trainings: how many trainings the method needs for all actions.
        after: the training that all of them go on from.
        seconds: of one training, per action.
        errors: millimetres then, per action.
        samples: frames that one training learnt from.
    """

    trainings: int
    after: Curves | None = None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, list[float]] = field(default_factory=dict)
    samples: int = 0

    def mean(self) -> tuple[list[float], list[float]]:
        """Times and errors of the mean over actions."""
        columns = [np.mean(list(rows.values()), 0).tolist() for rows in (self.seconds, self.errors)]
        return columns[0], columns[1]

    def whole(self) -> tuple[list[float], list[float]]:
        """Seconds of all trainings together and errors of the mean over actions, what came before included."""
        before, errors = self.after.whole() if self.after else ([], [])
        seconds, own = self.mean()
        return [*before, *(sum(before[-1:]) + self.trainings * second for second in seconds)], [*errors, *own]

    def all_samples(self) -> int:
        """Frames that all trainings together learnt from, what came before included."""
        return self.trainings * self.samples + (self.after.all_samples() if self.after else 0)


def bench_actions(
    budget: float = 60.0,
    actions: Mapping[str, Sequence[str]] = GENRES,
    source: Path | None = None,
    now: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Train a common lifter, one for every action, the common one further for every action, and one common for longer.

    Scored on takes that never train: those held out for testing and those of ``lift.data.VAL_GROUPS``.

    Args:
        budget: seconds of the common training; every specialist learns from as many samples, a fine-tuning from
            ``TUNING`` of them, and the longer common training from as many as the common one and all fine-tunings.
        actions: to specialise on by name, each of genres or movement types. The common training sees all takes.
        source: folder of motion capture; none for the CMU takes of the real data.
        now: clock; processor time unless said otherwise, so that other programs do not count.

    Returns:
        See ``figures``; and ``actions.specialist.<action>.unit_epochs`` of equation 2.

    Raises:
        ValueError: no such folder, or an action without takes to train or to score on.
    """
    data = LiftData(source=str(bench_folder(source)), batch=BATCH)
    data.setup()
    held = [*data.val_clips, *data.test_clips]
    asked = movements_of([name for names in actions.values() for name in names])
    labels = [row for clip in (*data.train_clips, *held) for row in _labels(clip)] if asked else []
    takes = {action: of_actions(data.train_clips, names, labels) for action, names in actions.items()}
    scored = {action: of_actions(held, names, labels) for action, names in actions.items()}
    torch.manual_seed(1)
    common = LiftModule(**NET)
    start = deepcopy(common.state_dict())
    curves = {"common": Curves(1), "longer": Curves(1), "specialist": Curves(len(actions))}
    curves["finetuned"] = Curves(len(actions), curves["common"])
    train = partial(_train, chunk=data.hparams["chunk"], now=now)
    steps = train(common, data.train_dataloader(), RATE, curves["common"], scored, seconds=budget)
    longer = LiftModule(**NET)
    longer.load_state_dict(start)
    more = round(steps * (1 + TUNING * len(actions)))
    train(longer, data.train_dataloader(), RATE, curves["longer"], scored, steps=more)
    for action in actions:
        own = {action: scored[action]}
        specialist, tuned = LiftModule(**NET), LiftModule(**NET)
        specialist.load_state_dict(start)
        tuned.load_state_dict(common.state_dict())
        train(specialist, _batches(data, takes[action]), RATE, curves["specialist"], own, steps=steps)
        few = max(1, round(TUNING * steps))
        train(tuned, _batches(data, takes[action]), TUNING * RATE, curves["finetuned"], own, steps=few)
    frames = {action: sum(len(clip.xyz) for clip in clips) for action, clips in takes.items()}
    units = {f"actions.specialist.{name}.unit_epochs": float(unit_epochs(frames, name)) for name in actions}
    return figures(curves) | units


def _labels(clip: MotionClip) -> list[Label]:
    return from_movements(clip.name, movements(pose_of(clip)))


def figures(curves: Mapping[str, Curves]) -> dict[str, float]:
    """What ``dance3d bench`` prints of the methods ``common``, ``longer``, ``specialist`` and ``finetuned``.

    Returns:
        ``actions.<method>.<action>.mpjpe`` at the end; and of the mean over actions ``actions.<method>``:
        ``.mpjpe``, ``.total_seconds`` and ``.samples`` of all its trainings, ``.tpr``, with the seconds of one training
        as Bai counts, and ``.tpr_total``, with all of them, both mm/s; ``.time_to_error``, total seconds to the largest
        of the final errors, and ``.area``, the mean error over the total seconds from the first point to the end of
        the longest. TPR is compared with the common training; its own is the specialists.
    """
    ends = {name: curve.mean()[1][-1] for name, curve in curves.items()}
    longest = max(curve.whole()[0][-1] for curve in curves.values())
    out: dict[str, float] = {}
    for name, curve in curves.items():
        seconds, errors = curve.mean()
        other = curves["specialist" if name == "common" else "common"].mean()[1]
        regulated = regulated_error(errors[len(errors) // 2 - 1], other[len(other) // 2 - 1])
        total, path = curve.whole()
        found = {f"{action}.mpjpe": values[-1] for action, values in curve.errors.items()} | {
            "mpjpe": errors[-1],
            "total_seconds": total[-1],
            "samples": float(curve.all_samples()),
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
    rate: float,
    curve: Curves,
    scored: Mapping[str, Sequence[MotionClip]],
    *,
    chunk: int,
    now: Callable[[], float],
    seconds: float = 1.0,
    steps: int | None = None,
) -> int:
    """Train for some seconds or steps, and add a row to the curve of every action that is scored.

    Args:
        module: to train.
        batches: an epoch of them.
        rate: the highest.
        curve: of the method.
        scored: takes by action.
        chunk: frames of a chunk that the net learns from.
        now: clock.
        seconds: as of ``fit_for``.
        steps: likewise.

    Returns:
        Steps done.
    """

    def look(passed: float) -> None:
        for action, clips in scored.items():
            curve.seconds.setdefault(action, []).append(passed)
            curve.errors.setdefault(action, []).append(scores(module.averaged, clips)["mpjpe"])

    done = fit_for(module, batches, seconds, rate, look=look, looks=LOOKS, now=now, steps=steps)
    curve.samples = done * BATCH * chunk
    return done
