"""Sweeps: the same training with other settings and seeds, here one after the other or on many machines by Ray.

Ray Tune is not used: what it adds is to stop bad trials early, and the learning rate is laid over the whole of a
training, so that a score on the way says little about the score at the end.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from dance3d.io.yaml_files import read_yaml
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.exit_codes import MENDABLE, one_line
from dance3d.pipeline.runner import Runner
from dance3d.training.recipes import TrainingRecipe, merged, nested

SEED = "seed_everything"


@dataclass(frozen=True)
class Trial:
    """One training of a sweep, as plain values.

    Attributes:
        settings: that differ from the stage's YAML file, by dotted name.
        stages: trained one after the other, each on the outputs of the ones before.
        source: as of ``Learner``.
        tiny: as of ``Learner``.
        runs: as of ``Learner``.
        method: as of ``Learner.train``.
        videos: as of ``Learner``.
        start: as of ``Learner.train``.
        weights: of stages that are not trained.
        recipe: whose settings lie below these; none for the stages' own.
        cache: root of the cache; none keeps nothing.
        store: that caches share; empty for none.
    """

    settings: Mapping[str, Any]
    stages: tuple[str, ...]
    source: str
    tiny: bool = False
    runs: Path = Path("runs")
    method: str = ""
    videos: str = ""
    start: Path | None = None
    weights: Mapping[str, Path] = field(default_factory=dict)
    recipe: TrainingRecipe | None = None
    cache: Path | None = None
    store: str = ""


@dataclass(frozen=True)
class TrialScore:
    """What a stage's training gave.

    Attributes:
        trial: that it was part of.
        stage: that was trained, or was to be.
        seconds: that it took.
        weights: the file; none after a failure.
        metric: that chose the weights; empty where it is not known.
        mode: ``min`` or ``max``, whether less or more of it is better.
        score: its value.
        reason: of a failure, in one line.
    """

    trial: Trial
    stage: str
    seconds: float = 0.0
    weights: Path | None = None
    metric: str = ""
    mode: str = ""
    score: float | None = None
    reason: str = ""


def combinations(
    sweep: Path | None, seeds: Sequence[int] = (), of_recipe: Mapping[str, list[Any]] | None = None
) -> list[dict[str, Any]]:
    """Settings of every trial: each value of a sweep's file with each of the others, and each seed.

    Args:
        sweep: YAML of lists of values by dotted name, such as ``optimizer.lr: [1.0e-3, 3.0e-3]``.
        seeds: to train with; the YAML file's own if none are given.
        of_recipe: lists of a recipe, in place of which come those that the file gives.

    Raises:
        ValueError: the file does not hold such lists, or seeds are in both.
    """
    lists: dict[str, Any] = {}
    if sweep is not None:
        lists = read_yaml(sweep)
        if not isinstance(lists, dict) or not all(isinstance(one, list) and one for one in lists.values()):
            raise ValueError(f"{sweep}: expected lists of values by dotted name, as optimizer.lr: [1.0e-3, 3.0e-3]")
        if seeds and SEED in lists:
            raise ValueError(f"{sweep}: {SEED} is given there and by --seeds; give one of them")
    lists = {**(of_recipe or {}), **lists, **({SEED: list(seeds)} if seeds else {})}
    return [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]


def train(trial: Trial) -> list[TrialScore]:
    """Train the stages of a trial; what fails is said in the last of the scores."""
    from dance3d.training.learner import Learner

    scores: list[TrialScore] = []
    for stage in trial.stages:
        began = time.perf_counter()
        try:
            if not scores:
                inference = trial.recipe.pipeline if trial.recipe else {}
                runner = Runner(Cache(trial.cache, trial.store), inference, trial.weights)
                learner = Learner(runner, trial.source, tiny=trial.tiny, runs=trial.runs, videos=trial.videos)
                if trial.recipe and trial.recipe.folds:
                    learner.cross_fit(trial.recipe, trial.settings)
            path = learner.train(stage, *_settings(trial, stage), trial.start)
        except (*MENDABLE, RuntimeError) as error:  # the latter is what torch raises of settings that do not fit
            return [*scores, TrialScore(trial, stage, time.perf_counter() - began, reason=one_line(error))]
        scores.append(TrialScore(trial, stage, time.perf_counter() - began, path, **_score(path)))
    return scores


def lost(trial: Trial, reason: str) -> list[TrialScore]:
    """The scores of a trial that never came back."""
    return [TrialScore(trial, trial.stages[-1], reason=reason)]


def one_after_the_other(trials: Sequence[Trial]) -> Iterator[list[TrialScore]]:
    """Train here."""
    yield from map(train, trials)


def by_ray(trials: Sequence[Trial], address: str, at_a_time: int | None = None) -> Iterator[list[TrialScore]]:
    """Train on a cluster; scores as soon as they are there.

    Args:
        trials: to train.
        address: as of ``on_ray.session``.
        at_a_time: as of ``on_ray.tasks.results``.
    """
    from dance3d.pipeline.on_ray.tasks import results

    return results(train, trials, lost, address, at_a_time)


def best(scores: Sequence[TrialScore]) -> TrialScore | None:
    """The best score of the last stage; none where there is none."""
    last = [one for one in scores if one.score is not None and one.stage == one.trial.stages[-1]]
    sign = -1 if last and last[0].mode == "max" else 1
    return min(last, key=lambda one: sign * (one.score or 0.0), default=None)


def table_name(trials: Sequence[Trial]) -> str:
    """A name for the table of a sweep, the same for the same sweep."""
    first, settings = trials[0], [dict(trial.settings) for trial in trials]
    common = {"source": first.source, "tiny": first.tiny, "method": first.method, "stages": list(first.stages)}
    recipe = asdict(first.recipe) | {"file": ""} if first.recipe else {}
    name = f"{first.recipe.name}-{'-'.join(first.stages)}" if first.recipe else "-".join(first.stages)
    return f"trials-{name}-{key_of({'settings': settings, 'common': common, 'recipe': recipe})[:8]}.csv"


def write_table(path: Path, trials: Sequence[Trial], scores: Sequence[TrialScore]) -> None:
    """Write a CSV with a row for each stage of each trial that has ended, in the order of the trials.

    Args:
        path: of the file, which is replaced at once.
        trials: of the sweep.
        scores: so far.
    """
    names = list(trials[0].settings)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["trial", "stage", *names, "metric", "score", "seconds", "weights", "failure"])
    number = {id_of(trial): place for place, trial in enumerate(trials, 1)}
    for one in sorted(scores, key=lambda one: number[id_of(one.trial)]):
        told = [one.metric, one.score, round(one.seconds, 1), one.weights, one.reason]
        rows.writerow([number[id_of(one.trial)], one.stage, *one.trial.settings.values(), *told])
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(text.getvalue())
    fresh.replace(path)


def id_of(trial: Trial) -> str:
    """The settings of a trial, which no other of its sweep has, as text."""
    return json.dumps(trial.settings, sort_keys=True, default=str)


def _settings(trial: Trial, stage: str) -> tuple[dict[str, Any], str]:
    """Settings of a stage above its YAML files, and by which method it is trained."""
    own = nested(trial.settings)
    if trial.recipe is None:
        return own, trial.method
    return merged([trial.recipe.settings(stage, trial.tiny), own]), trial.recipe.method(stage)


def _score(weights: Path) -> dict[str, Any]:
    """What the file beside the weights says; nothing where there is none."""
    from dance3d.training.heads import SCORE

    path = weights.parent / SCORE
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return found
