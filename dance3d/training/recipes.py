"""Recipes: several stages trained as one method, and the settings with which its weights run, from one YAML file.

::

    # What it is and where it comes from: the line that lists of recipes show.
    train:           # stages in order of data flow, each with what differs from its own YAML file
      motion:
        method: paper
    tiny:            # laid over that with --tiny
      motion:
        trainer: {max_epochs: 2}
    folds: 3         # optional: films are read by nets that never saw their group of takes, so many of each stage
    fold:            # laid over the settings of those nets
      lift:
        trainer: {max_epochs: 6}
    sweep:           # optional: as a file of --sweep, for a method that trains one stage several times
    pipeline:        # as a file of dance3d run -c: the inputs of the trainings are made with it, too
      lift:
        method: seeds

Reading one imports no torch. ``known_settings.check_recipe`` holds the settings below ``train`` and ``tiny`` to those
that the stages have.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dance3d.pipeline.cache_entry import key_of
from dance3d.registry import DEFAULT_POSES, get, route

FOLDER = Path(__file__).parents[1] / "configs" / "recipes"
HELP = "help"
"""Stands for a list of the recipes."""
PIPELINE = "pipeline.yaml"
_PARTS = ("train", "tiny", "folds", "fold", "sweep", "pipeline")
_POSES = "pose_from"


@dataclass(frozen=True)
class TrainingRecipe:
    """A recipe, as plain values.

    Attributes:
        name: of the file.
        about: its first line.
        file: where it lies.
        train: settings by stage, in order of data flow; ``method`` among them names the training method.
        tiny: laid over those for a small training.
        folds: of cross-fitting; 0: none.
        fold: by stage, what is laid over the settings of the nets of folds.
        sweep: lists of values by dotted name; empty where every stage is trained once.
        pipeline: settings of inference by stage.
        pose_from: the stage that returns the poses.
    """

    name: str
    about: str
    file: str
    train: Mapping[str, Mapping[str, Any]]
    tiny: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folds: int = 0
    fold: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sweep: Mapping[str, list[Any]] = field(default_factory=dict)
    pipeline: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pose_from: str = DEFAULT_POSES

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that it trains, in order."""
        return tuple(self.train)

    def method(self, stage: str) -> str:
        """How a stage is trained; empty for its own way."""
        return str(self.train[stage].get("method", ""))

    def settings(self, stage: str, tiny: bool = False) -> dict[str, Any]:
        """What a stage is trained with, above its YAML files and those of the method."""
        layers = [self.train[stage], *([self.tiny.get(stage, {})] if tiny else [])]
        return {name: value for name, value in merged(layers).items() if name != "method"}

    def fold_settings(self, stage: str, tiny: bool = False) -> dict[str, Any]:
        """What the nets of folds are trained with; those of a tiny training are tiny as well."""
        layers = [self.settings(stage), self.fold.get(stage, {}), self.tiny.get(stage, {}) if tiny else {}]
        return {name: value for name, value in merged(layers).items() if name != "method"}

    def only(self, stages: Sequence[str]) -> tuple[str, ...]:
        """Those stages of it, in its order; all where none are given.

        Raises:
            ValueError: a stage that it does not train.
        """
        for stage in stages:
            if get(stage).name not in self.train:
                raise ValueError(f"recipe {self.name} does not train {stage}; it trains {', '.join(self.stages)}")
        return tuple(stage for stage in self.stages if not stages or stage in stages)


def recipes() -> dict[str, str]:
    """Names of the recipes that ship, each with its first line; that of this project comes first."""
    found = {path.stem: _about(path) for path in sorted(FOLDER.glob("*.yaml"))}
    return {name: found[name] for name in sorted(found, key=lambda name: (name != "dance3d", name))}


def read_recipe(name: str) -> TrainingRecipe:
    """A recipe that ships, by its name, or a file.

    Raises:
        ValueError: no such recipe, or a file that is none; it says which part of the file is wrong.
    """
    from dance3d.io.yaml_files import read_yaml

    path = FOLDER / f"{name}.yaml"
    if "/" in name or Path(name).suffix in (".yaml", ".yml"):
        path = Path(name)
    elif not path.is_file():
        raise ValueError(f"recipe {name!r} is not known; choose from {', '.join(recipes())}, or name a YAML file")
    given = _mapping(read_yaml(path), str(path), _PARTS)
    train = _by_stage(given.get("train"), f"{path}: train")
    if not train:
        raise ValueError(f"{path}: train names no stage to train")
    pipeline = dict(_mapping(given.get("pipeline") or {}, f"{path}: pipeline"))
    try:
        pose_from = str(pipeline.pop(_POSES, DEFAULT_POSES))
        order = route(pose_from)
        _check_pipeline(pipeline, train, order)
    except ValueError as error:
        raise ValueError(f"{path}: pipeline: {error}") from error
    if outside := [stage for stage in train if stage not in order]:
        raise ValueError(f"{path}: train: {outside[0]} does not run where poses come from {pose_from}")
    for stage, settings in train.items():
        try:
            get(stage).classes(str(settings.get("method", "")))
        except ValueError as error:
            raise ValueError(f"{path}: train: {error}") from error
    tiny = _by_stage(given.get("tiny"), f"{path}: tiny", tuple(train))
    sweep = _sweep(given.get("sweep"), f"{path}: sweep", train)
    fold = _by_stage(given.get("fold"), f"{path}: fold", tuple(train))
    folds = given.get("folds") or 0
    if type(folds) is not int or folds < 0 or folds == 1 or (fold and not folds):
        raise ValueError(f"{path}: folds is {given.get('folds')!r}, expected 2 or more")
    in_order = {stage: train[stage] for stage in order if stage in train}
    return TrainingRecipe(path.stem, _about(path), str(path), in_order, tiny, folds, fold, sweep, pipeline, pose_from)


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Settings of a stage, later layers above earlier ones: groups such as ``model`` are merged, values replaced."""
    out: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            group = isinstance(value, Mapping) and isinstance(out.get(name, {}), Mapping)
            out[name] = {**out.get(name, {}), **value} if group else value
    return out


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by dotted name as nested mappings."""
    made: dict[str, Any] = {}
    for name, value in settings.items():
        *groups, last = name.split(".")
        place = made
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = value
    return made


def write_system(
    recipe: TrainingRecipe, weights: Mapping[str, Path], told: Mapping[str, str], runs: Path
) -> tuple[Path, list[str]]:
    """Put what a recipe has trained into one folder, to run it as one system.

    Args:
        recipe: that was trained.
        weights: files by stage: those that were trained, and those that somebody gave.
        told: ``command`` that trained it, and what it was ``trained_on``.
        runs: the folder goes below this one, by name and content: the same system lies in the same place.

    Returns:
        The folder, and the words of the command that runs it, behind ``dance3d run VIDEO``.

    Raises:
        ValueError: files that are no weights of their stage.
        OSError: nothing can be written there.
    """
    import yaml

    from dance3d.io.file_hash import hash_file
    from dance3d.io.kept_weights import put, row, shelf
    from dance3d.pipeline.many.table_files import replace_file

    used = {stage: weights[stage] for stage in route(recipe.pose_from) if stage in weights}
    settings = dict(recipe.pipeline) | ({_POSES: recipe.pose_from} if recipe.pose_from != DEFAULT_POSES else {})
    content = {"weights": {stage: hash_file(path) for stage, path in used.items()}, "settings": settings}
    folder = runs / recipe.name / key_of(content)[:12]
    words = ["-c", str(folder / PIPELINE)] if settings else []
    words += ["--weights", *(f"{stage}={folder}" for stage in used)] if used else []
    shown = shlex.join(["dance3d", "run", "VIDEO", *words])
    card = f"# {recipe.name}\n\n{recipe.about}\n\nTrained by `{told['command']}`; to run it:\n\n    {shown}\n"
    for stage, path in used.items():
        put(str(folder), shelf(str(folder)), path, row(stage, path, told), card)
    if settings:
        text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
        replace_file(folder / PIPELINE, f"# Recipe {recipe.name}: for dance3d run -c\n{text}".encode())
    return folder, words


def _about(path: Path) -> str:
    """The first line of a file if it is a comment."""
    with path.open(encoding="utf-8") as file:
        first = file.readline()
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def _mapping(given: Any, where: str, known: Sequence[str] = ()) -> Mapping[str, Any]:
    """A mapping of names to values.

    Args:
        given: what a file holds.
        where: it stands, for errors.
        known: names that it may have; any where none are given.

    Raises:
        ValueError: it is none, or has other names.
    """
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ValueError(f"{where} is {given!r}, expected settings by name")
    for name in given:
        if known and name not in known:
            raise ValueError(f"{where}: {name!r} is not known; choose from {', '.join(known)}")
    return given


def _by_stage(given: Any, where: str, known: Sequence[str] = ()) -> dict[str, Mapping[str, Any]]:
    """Settings by stage; arguments as of ``_mapping``.

    Raises:
        ValueError: another thing, a stage that does not exist or is not among the known, or one that is not trained.
    """
    found = {}
    for stage, settings in _mapping({} if given is None else given, where, known).items():
        try:
            trained = get(stage).module
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        if not trained:
            raise ValueError(f"{where}: stage {stage} has nothing to train")
        found[stage] = _mapping({} if settings is None else settings, f"{where}: {stage}")
    return found


def _check_pipeline(pipeline: Mapping[str, Any], train: Mapping[str, Any], order: Sequence[str]) -> None:
    """Hold settings of inference to the stages.

    Args:
        pipeline: settings by stage.
        train: the stages that are trained.
        order: the stages that run.

    Raises:
        ValueError: a stage or setting that does not exist, or weights that are trained and then not read.
    """
    for stage in pipeline:
        if get(stage).name not in order:
            raise ValueError(f"{stage} does not run; the stages that do are {', '.join(order)}")
    for stage in train:
        row = get(stage)
        settings = row.settings.read(pipeline.get(stage))
        if stage in order and not row.reads_weights(settings):
            told = {name: value for name, value in settings.plain().items() if name in (*row.reads_own_with, "method")}
            raise ValueError(f"with {told} {stage} reads no weights, yet it is trained")
    for stage, values in pipeline.items():
        get(stage).settings.read(values)


def _sweep(given: Any, where: str, train: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Lists of values by dotted name.

    Args:
        given: what a file holds.
        where: it stands, for errors.
        train: the stages that are trained.

    Raises:
        ValueError: another thing, or more than one stage is trained.
    """
    lists = dict(_mapping({} if given is None else given, where))
    if not all(isinstance(values, list) and values for values in lists.values()):
        raise ValueError(f"{where}: expected lists of values by dotted name, as optimizer.lr: [1.0e-3, 3.0e-3]")
    if lists and len(train) > 1:
        raise ValueError(f"{where}: it counts only with one stage, not with {', '.join(train)}")
    return lists
