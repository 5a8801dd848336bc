"""What ``dance3d train`` tells of trainings: how each of a sweep ended, and how to run what a recipe has made."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import say
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.training.recipes import TrainingRecipe, write_system

if TYPE_CHECKING:
    from dance3d.training.trials import Trial, TrialScore


def made_system(
    recipe: TrainingRecipe, weights: Mapping[str, Path], options: Any, settings: Mapping[str, Any] | None = None
) -> tuple[Path, list[str]]:
    """Put what a recipe has trained into one folder; the folder, and the words behind ``dance3d run VIDEO``.

    Args:
        recipe: that was trained.
        weights: files by stage.
        options: of the command.
        settings: of a sweep.
    """
    return write_system(recipe, weights, _told(options, settings), options.runs)


def run_command(words: Sequence[str]) -> str:
    """The command that runs a folder of weights."""
    return shlex.join(["dance3d", "run", "VIDEO", *words])


def until_all_have_ended(ended: Iterator[list[TrialScore]], trials: Sequence[Trial], table: Path, options: Any) -> int:
    """Tell of trials and write them down as they end.

    Args:
        ended: scores of each.
        trials: of the sweep.
        table: a CSV file.
        options: of the command.
    """
    from dance3d.training.trials import best, id_of, write_table

    told = [name for name in trials[0].settings if len({str(one.settings[name]) for one in trials}) > 1]
    scores: list[TrialScore] = []
    for number, some in enumerate(ended, 1):
        scores += some
        write_table(table, trials, scores)
        for one in some:
            _tell(options, f"{number}/{len(trials)}", one, told)
    recipe, found = trials[0].recipe, best(scores)
    if found and not (recipe and recipe.sweep):  # scores of nets of different takes say nothing
        say(options, f"best: {_settings(found, told)}  {found.metric} {found.score:.4g}  {found.weights}")
    for trial in trials:
        made = {one.stage: one.weights for one in scores if id_of(one.trial) == id_of(trial) and one.weights}
        here = len(made) == len(trial.stages) and all(path.is_file() for path in made.values())
        if recipe and here:  # not where other machines have trained
            _, words = made_system(recipe, {**trial.weights, **made}, options, trial.settings)
            shown = " ".join(f"{name}={trial.settings[name]}" for name in told)
            say(options, f"to run {shown}:\n  {run_command(words)}")
    print(table)
    return REFUSED if any(one.reason for one in scores) else 0


def _tell(options: Any, place: str, one: TrialScore, names: list[str]) -> None:
    """Say how a training of a sweep ended; its settings by the names of those that differ."""
    if one.reason:
        print(f"dance3d: {one.stage} {_settings(one, names)}: {one.reason}", file=sys.stderr)
        return
    score = f"{one.metric} {one.score:.4g}" if one.score is not None else "no score"
    say(options, f"{place}  {one.stage} {_settings(one, names)}  {score}  {one.seconds:.1f} s")


def _settings(one: TrialScore, names: list[str]) -> str:
    return " ".join(f"{name}={one.trial.settings[name]}" for name in names)


def _told(options: Any, settings: Mapping[str, Any] | None = None) -> dict[str, str]:
    """What the folder of a recipe says of itself: how it was trained, with these settings of a sweep, and on what."""
    words = ["dance3d", "train", *options.stages, "--recipe", options.recipe, "--data", options.data]
    words += ["--tiny"] * options.tiny + (["--videos", options.videos] if options.videos else [])
    swept = "".join(f", {name} {value}" for name, value in (settings or {}).items())
    return {"command": f"{shlex.join(words)}{swept}", "trained_on": options.data}
