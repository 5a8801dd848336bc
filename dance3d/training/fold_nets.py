"""Cross-fitting: every film is read by nets that never saw its group of takes (``datasets.folds``)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dance3d.contracts import ARTEFACTS
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import Given
from dance3d.pipeline.runner import Input, Result, Runner
from dance3d.registry import get
from dance3d.synth.filmed_mocap import INDEX

NO_FOLD = -1
"""Of takes held out for testing, and of invented motion: the net that ships reads them."""


@dataclass(frozen=True)
class FoldNets:
    """The nets of all folds.

    Attributes:
        count: of folds.
        weights: trains a stage's nets, unless the same trainings were done before; a file for each fold.
    """

    count: int
    weights: Callable[[str], Sequence[Path]]

    def read(self, runner: Runner, stage: str, films: Result, inputs: dict[str, Input]) -> Result:
        """A stage's outputs of all films, each made by the net of its fold.

        Args:
            runner: with the net that ships.
            stage: that reads.
            films: with their index.
            inputs: of the stage, in the order of the films.
        """
        folds = [line["fold"] for line in json.loads((films.entry.folder / INDEX).read_text())]
        nets = dict(enumerate(self.weights(stage)))
        made: dict[int, Result] = {}
        for fold in sorted(set(folds)):
            weights = runner.weights if fold == NO_FOLD else {**runner.weights, stage: nets[fold]}
            rows = [row for row, one in enumerate(folds) if one == fold]
            some = {name: _some(given, rows) for name, given in inputs.items()}
            made[fold] = Runner(runner.cache, runner.settings, weights, runner.report).ensure(stage, some)

        def write(folder: Path) -> None:
            found = {fold: iter(sorted(one.entry.folder.glob("*.npz"))) for fold, one in made.items()}
            for row, fold in enumerate(folds):
                shutil.copyfile(next(found[fold]), folder / f"{row:04d}.npz")

        keys = {"films": films.key, **{str(fold): one.key for fold, one in made.items()}}
        name = f"{stage}-by-folds"
        parts = components(name, ("dance3d.training.fold_nets",), keys)
        return runner.ensure_files(name, parts, write, {}, ARTEFACTS[get(stage).makes])


def _some(given: Input, rows: list[int]) -> Given:
    """Some of an input's artefacts."""

    def load() -> list[object]:
        every = given.load()
        return [every[row] for row in rows]

    return Given(key_of({"of": given.key, "rows": rows}), load)
