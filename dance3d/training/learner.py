"""Training through the cache: first the inputs of a stage's training, then its weights, all kept by key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dance3d.io.file_hash import hash_file
from dance3d.io.weights import manifest
from dance3d.lazy_import import resolve
from dance3d.movement_types import NAMES
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Input, Result, Runner
from dance3d.registry import TRAINABLE, get
from dance3d.training import heads, run_folder
from dance3d.training.fold_nets import FoldNets
from dance3d.training.heads import SCORE, WEIGHTS
from dance3d.training.inputs import LABELS, SYNTH, Inputs, TrainingSource
from dance3d.training.own_movements import own_movements
from dance3d.training.recipes import TrainingRecipe, merged, nested

CODE = ("dance3d.training.fit",)
"""What trains every stage, beside its own module and data."""
LIBRARIES = ("torch", "lightning", "torchmetrics", "numpy", "scipy", "opencv-python")
SHOWN = ("wandb", "project"), ("logger", "log_every_n_steps", "enable_progress_bar", "enable_model_summary")
"""Settings, and those of ``trainer``, that say how a training is shown; no weight depends on them."""


class Learner:
    """Trains stages, in order of data flow, each on the outputs of the ones before."""

    def __init__(
        self,
        runner: Runner,
        source: str = SYNTH,
        *,
        tiny: bool = False,
        runs: Path = Path("runs"),
        videos: str = "",
        head: bool | None = None,
        own: tuple[Path, Path] | None = None,
    ) -> None:
        """Set up.

        Args:
            runner: whose cache and weights are used; its weights are replaced by what is trained here.
            source: ``synth``, a folder of motion capture, or (for genre) a user's own labelled videos.
            tiny: the small configs, films and nets of the demo and the tests.
            runs: where checkpoints and logs go.
            videos: as of ``TrainingSource``.
            own: types (YAML) and labels (CSV) of a user's own movements, for which motion gets a layer on the shipped
                net.
            head: of a user's own labelled videos train only a layer on the shipped net, or all of it; none: by their
                number.

        Raises:
            ValueError: the source does not exist.
        """
        self.source = TrainingSource(runner, source, tiny=tiny, videos=videos)
        self.runner, self.runs, self.tiny, self.head, self.own = runner, runs, tiny, head, own

    def train(
        self, stage: str, overrides: Mapping[str, Any] | None = None, method: str = "", start: Path | None = None
    ) -> Path:
        """The weights of a stage, trained now unless the same training was done before.

        Args:
            stage: one of ``TRAINABLE``.
            overrides: settings laid over the YAML files, as nested mappings.
            method: another way to train it, a name of its ``methods``; its config is laid over the stage's.
            start: weights to go on from, for methods that learn from recordings; ``lift_further`` is laid over all.

        Raises:
            ValueError: nothing is trained in this stage, or not by this method.
        """
        result, data = self._trained(stage, overrides, method, start)
        if self.source.fold_nets is not None and get(stage).calibrates:
            result = self._calibrated(stage, result, data)
        self.runner.weights[stage] = result.entry.folder / WEIGHTS
        return self.runner.weights[stage]

    def _trained(
        self, stage: str, overrides: Mapping[str, Any] | None = None, method: str = "", start: Path | None = None
    ) -> tuple[Result, dict[str, Any]]:
        """The weights of a training, and the arguments of its DataModule; see ``train``.

        Args:
            stage: as in ``train``.
            overrides: likewise.
            method: likewise.
            start: likewise.
        """
        from dance3d.training import fit as training
        from dance3d.training import recordings

        row = get(stage)
        if not row.module:
            raise ValueError(f"stage {stage!r} has nothing to train; choose from {', '.join(TRAINABLE)}")
        row.classes(method)  # says at once where there is no such method
        if method not in row.methods_train_on and (start or (self.source.videos and row.methods_train_on)):
            known = ", ".join(row.methods_train_on) or "none"
            raise ValueError(f"unlabelled videos and weights to go on from are for some methods of {stage}: {known}")
        if self.own and stage == "motion":
            inputs, data = own_movements(self.source, *self.own)
            return heads.fit(self.runner, row, inputs, data, heads.OWN), data
        if size := (overrides or {}).get("model", {}).get("size"):  # a net of crops takes those of its own size
            self.source.crop_settings = replace(self.source.crop_settings, size=size)
        inputs, data = self.inputs(stage, method)
        choice = False if self.head is None and (overrides or self.tiny) else self.head  # settings are of the whole net
        if why := heads.choose(row, method, inputs, data, choice):
            return heads.fit(self.runner, row, inputs, data, why), data
        net: dict[str, Any] = {}
        if start is not None:
            overrides, net = recordings.going_on(start, overrides)
            inputs = {**inputs, "start": file_given(start)}
        if movements_in(overrides or {}):
            labels = self.source.movement_labels()
            inputs, data = {**inputs, "labels": labels}, {**data, "labels": str(labels.entry.folder / LABELS)}
        parts = self.components(stage, inputs, overrides, method)

        def write(folder: Path) -> None:
            changes = merged([overrides or {}, {"data": data, "model": net}])
            place = run_folder.of_training(self.runs / stage, key_of(parts)[:12])
            run_folder.mark_latest(place)
            made = training.fit(stage, changes, self._configs(stage, method), place)
            shutil.copyfile(made, folder / WEIGHTS)
            self._write_score(place, self._mode(stage, overrides, method), folder / SCORE)

        return self.runner.ensure_files(f"{stage}-weights", parts, write, inputs), data

    def cross_fit(self, recipe: TrainingRecipe, changes: Mapping[str, Any] | None = None) -> None:
        """Let films be read by nets that never saw their group of takes, from now on.

        Args:
            recipe: with the number of folds, and the settings of their nets.
            changes: by dotted name, above those.
        """
        count = recipe.folds

        @cache
        def weights(stage: str) -> list[Path]:
            settings = merged([recipe.fold_settings(stage, self.tiny), nested(changes or {})])
            folds = {"folds": count} if stage == "lift" else {}  # the index of films names the folds
            every = [merged([settings, {"data": {**folds, "fold": fold}}]) for fold in range(count)]
            made = [self._trained(stage, one, recipe.method(stage))[0] for one in every]
            return [one.entry.folder / WEIGHTS for one in made]

        self.source.fold_nets = FoldNets(count, weights)

    def _calibrated(self, stage: str, trained: Result, data: dict[str, Any]) -> Result:
        """Weights with the calibration of the folds' nets.

        Args:
            stage: that they are of.
            trained: the weights.
            data: arguments of the DataModule.
        """
        assert self.source.fold_nets is not None
        folds = self.source.fold_nets.weights(stage)
        calibrate = get(stage).calibrates
        keys = {"weights": trained.key, **{str(fold): hash_file(path) for fold, path in enumerate(folds)}}

        def write(folder: Path) -> None:
            resolve(calibrate)(trained.entry.folder / WEIGHTS, folds, data, folder / WEIGHTS)
            for score in trained.entry.folder.glob(SCORE):
                shutil.copyfile(score, folder / SCORE)

        parts = components(f"{stage}-calibrated", (calibrate.partition(":")[0],), keys, libraries=LIBRARIES)
        return self.runner.ensure_files(f"{stage}-calibrated", parts, write, {})

    def components(
        self,
        stage: str,
        inputs: Mapping[str, Input],
        overrides: Mapping[str, Any] | None = None,
        method: str = "",
    ) -> dict[str, Any]:
        """What the key of a stage's weights is made of.

        Args:
            stage: as in ``train``.
            inputs: what it learns from.
            overrides: as in ``train``.
            method: as in ``train``.
        """
        row = get(stage)
        layers = [*(yaml.safe_load(path.read_text()) for path in self._configs(stage, method)), dict(overrides or {})]
        return components(
            f"{stage}-weights",
            (*(path.partition(":")[0] for path in row.classes(method)), *CODE),
            {name: given.key for name, given in inputs.items()},
            {"layers": [_deciding(layer) for layer in layers]},
            version=row.version,
            fetched={name: manifest()[name]["sha256"] for name in filter(None, [row.learns_from.get(method)])},
            libraries=LIBRARIES,
            training=True,
        )

    @staticmethod
    def _write_score(place: Path, mode: str, path: Path) -> None:
        from dance3d.training import checkpoint_files

        best = place / "checkpoints" / "best.ckpt"
        if checkpoint_files.valid(best) and (found := checkpoint_files.best_score(checkpoint_files.read(best))):
            path.write_text(json.dumps({"metric": found[0], "mode": mode, "score": found[1]}))

    def _mode(self, stage: str, overrides: Mapping[str, Any] | None, method: str) -> str:
        """``min`` or ``max``: which value of the metric that chooses the weights is the best."""
        layers = [*(yaml.safe_load(path.read_text()) for path in self._configs(stage, method)), overrides or {}]
        return str(next((mode for one in layers[::-1] if (mode := one.get("checkpoint", {}).get("mode"))), "min"))

    def _configs(self, stage: str, method: str) -> list[Path]:
        from dance3d.training.fit import configs_of

        return configs_of(stage, method, self.tiny)

    def inputs(self, stage: str, method: str = "") -> Inputs:
        """What a stage learns from, made if need be: inputs by name, and the arguments of its DataModule."""
        row = get(stage)
        made: Inputs = resolve(row.methods_train_on.get(method, row.trains_on))(self.source)
        return made


def movements_in(overrides: Mapping[str, Any]) -> list[str]:
    """The movement types among the actions that a training is asked to train on, where nobody says when they happen."""
    data = overrides.get("data", {})
    return [] if data.get("labels") else [name for name in data.get("only") or () if name in NAMES]


def _deciding(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that only say how a training is shown."""
    kept = {name: value for name, value in settings.items() if name not in SHOWN[0]}
    if isinstance(kept.get("trainer"), Mapping):
        kept["trainer"] = {name: value for name, value in kept["trainer"].items() if name not in SHOWN[1]}
    return {name: value for name, value in kept.items() if value != {}}
