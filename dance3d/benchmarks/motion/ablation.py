"""Nets trained at equal time on the same films: convolutions or HDVR's LSTMs, with or without hints, from 3D or 2D."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lightning.pytorch import Trainer

from dance3d.benchmarks.motion.scores import NOISE_PX, Figures, Scored
from dance3d.contracts import Keypoints2D, Movements
from dance3d.datasets.mocap import bench_folder, bench_takes
from dance3d.io import artefacts
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.module import MotionModule
from dance3d.stages.motion.predict import on_picture, recognise
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.synth.filmed_mocap import INDEX, KEYPOINTS, TRUTH, write_films
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film
from dance3d.training.log_filter import hidden_log_messages
from dance3d.training.time_budget import fit_for

POSES = "poses"
WAYS: dict[str, dict[str, Any]] = {
    "shipped": {},
    "3d": {"hints": False},
    "2d": {"hints": False, "dims": 2},
    "paper": {"encoder": "lstm", "hidden": 48, "hints": False},
    "paper_2d": {"encoder": "lstm", "hidden": 48, "hints": False, "dims": 2},
}
"""Arguments of each way's ``MotionModule``; ``3d`` and ``2d``, and both of ``paper``, differ in dims only."""
GAINS = {"paths": ("3d", "2d"), "hints": ("shipped", "2d"), "paper": ("paper", "paper_2d")}
"""Which way in space is held against which on the picture; only in space can the rules hint."""
SHARE = 0.2
"""Of the budget that each gets."""


def trials(budget: float, predict: Callable[..., list[Any]]) -> Iterator[Figures]:
    """Train every way of ``WAYS`` for a fifth of the budget, and score it on the held-out takes.

    Args:
        budget: seconds, shared by all.
        predict: runs a stage by name on inputs with settings, with its default weights.

    Yields:
        ``trained.<way>.…`` as ``bench`` has them, from keypoints with 5 px of noise; and, as soon as both are there,
        ``gain_of_3d.<pair>.<part>`` and ``.all``: macro-F1 in space less that on the picture, by pair of ``GAINS``.
    """
    filmed = film(bench_takes(None), NOISE_PX)
    labels = [movements(one.truth) for one in filmed]
    keypoints = [one.keypoints for one in filmed]
    poses = predict("lift", {"keypoints": keypoints}, {"field_of_view": PROTOCOL_CAMERA.field_of_view})
    found: dict[str, Figures] = {}
    with TemporaryDirectory() as place:
        _write(Path(place), predict)
        for way, model in WAYS.items():
            net = _trained(Path(place), model, SHARE * budget)
            flat = net.config["dims"] == 2
            seen: list[Movements] = (
                [on_picture(net, k) for k in keypoints] if flat else [recognise(net, p) for p in poses]
            )
            found[way] = Scored.of(filmed, seen, labels).figures()
            yield {f"trained.{way}.{name}": value for name, value in found[way].items()}
            for name, (space, flat_way) in GAINS.items():
                if way == flat_way:
                    yield {f"gain_of_3d.{name}.{key}": v for key, v in _less(found[space], found[way]).items()}


def _less(one: Figures, other: Figures) -> Figures:
    """By how much macro-F1 on frames is above another's, of all (``all``) and by part."""
    keys = [
        key for key in one if key.endswith("macro_f1") and key in other and not key.startswith(("onset", "overlap"))
    ]
    return {key.removesuffix("macro_f1").rstrip(".") or "all": round(one[key] - other[key], 4) for key in keys}


def _write(folder: Path, predict: Callable[..., list[Any]]) -> None:
    """Films of the training takes, and the poses lifted from them."""
    write_films(folder, str(bench_folder(None)), 0, 20.0, 4, 9.0, 0.05, 0, (0.75, 1.3), 100)
    lines = json.loads((folder / INDEX).read_text())
    paths = [folder / KEYPOINTS / f"{number:04d}.npz" for number in range(len(lines))]
    (folder / POSES).mkdir()
    for path in paths:
        [pose] = predict("lift", {"keypoints": [artefacts.load(path, Keypoints2D)]}, {})
        artefacts.save(pose, folder / POSES / path.name)


def _trained(folder: Path, model: dict[str, Any], seconds: float) -> MotionNet:
    """A net after so many seconds, with probabilities and thresholds of the validation takes."""
    truth, poses, index, keypoints = (str(folder / name) for name in (TRUTH, POSES, INDEX, KEYPOINTS))
    data = MotionData(truth, poses, index, keypoints, dims=model.get("dims", 3))
    data.setup()
    module = MotionModule(**model)
    module.build(data)
    fit_for(module, data.train_dataloader(), seconds, rate=3e-3, precision="32-true")
    quietly: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    with hidden_log_messages():
        Trainer(devices=1, enable_model_summary=False, **quietly).validate(module, data.val_dataloader(), verbose=False)
    return module.copy()
