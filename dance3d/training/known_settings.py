"""Which settings a training knows, asked of the stages' own command lines: so that recipes are held to them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout, suppress
from functools import cache
from typing import Any

import yaml
from jsonargparse import ArgumentError

from dance3d.lazy_import import resolve
from dance3d.registry import get
from dance3d.training import class_paths
from dance3d.training.cli_arguments import building
from dance3d.training.fit import configs_of, words_of
from dance3d.training.recipes import TrainingRecipe, merged, nested
from dance3d.training.stage_cli import CLASSES, StageCLI

OF_THE_COMMAND = ("run_folder", "resume", "tiny", "ckpt_path", "method")
"""Settings that the runner gives."""


def check_recipe(recipe: TrainingRecipe, tiny: bool = False) -> None:
    """Hold the settings of a recipe to what its stages know and can be built of, before anything is trained.

    Args:
        recipe: to check.
        tiny: it is to be trained with its tiny settings.

    Raises:
        ValueError: a setting that does not exist, or a value that it cannot have; it names the file.
    """
    for stage in recipe.stages:
        method, known = recipe.method(stage), _known(stage, recipe.method(stage))
        for part, settings in _parts(recipe, stage):
            _check_names(settings, known, f"{recipe.file}: {part}")
            _check_folders(stage, settings, f"{recipe.file}: {part}")
        first = nested({name: values[0] for name, values in recipe.sweep.items()})
        try:
            every = resolved(stage, method, merged([recipe.settings(stage, tiny), first]), tiny)
            for path, group in zip(get(stage).classes(method), ("model", "data"), strict=True):
                with building(group):
                    resolve(path)(**every[group])
        except (ArgumentError, ValueError) as error:
            message = " ".join(str(error).split())
            told = class_paths.refusal(message).partition("; --trust")[0] or message  # an option of a stage alone
            raise ValueError(f"{recipe.file}: train: {stage}: {told}") from error


def resolved(
    stage: str, method: str = "", settings: Mapping[str, Any] | None = None, tiny: bool = False
) -> dict[str, Any]:
    """All settings of a training through the runner, nested.

    Args:
        stage: that is trained.
        method: by which.
        settings: above those of the YAML files.
        tiny: take the small YAML file of the stage.

    Raises:
        ArgumentError, ValueError: a setting that does not exist, or a value that it cannot have.
    """
    files = [f"--config={path}" for path in configs_of(stage, method, tiny)]
    words = words_of({**({"method": method} if method else {}), **(settings or {})})
    class_paths.limit(trust=False)
    text = io.StringIO()
    with redirect_stdout(text), suppress(SystemExit):
        StageCLI(stage, ["fit", *files, *words, "--print_config"])
    return dict(yaml.safe_load(text.getvalue()))


@cache
def _known(stage: str, method: str) -> dict[str, Any]:
    found = resolved(stage, method)
    return found | {name: {**found[name], **found[name]["init_args"]} for name in CLASSES}


def _parts(recipe: TrainingRecipe, stage: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Settings of a stage by the part of the file where they stand."""
    yield f"train: {stage}", recipe.settings(stage)
    yield f"tiny: {stage}", recipe.tiny.get(stage, {})
    yield f"fold: {stage}", recipe.fold.get(stage, {})
    yield "sweep", nested({name: values[0] for name, values in recipe.sweep.items()})


def _check_names(settings: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
    """Hold names of settings to those that there are.

    Args:
        settings: nested.
        known: all settings, nested.
        where: they stand, for errors.

    Raises:
        ValueError: one that is not among them.
    """
    choices = [name for name in known if name not in OF_THE_COMMAND]
    for name, value in settings.items():
        if name not in choices:
            raise ValueError(f"{where}: {name} is not known; choose from {', '.join(choices)}")
        if not isinstance(known[name], Mapping):
            continue
        if not isinstance(value, Mapping):
            raise ValueError(f"{where}: {name} is {value!r}, expected settings by name: {', '.join(known[name])}")
        if "class_path" in value:
            continue  # the parser knows what that class takes
        for one in value:
            if one not in known[name]:
                raise ValueError(f"{where}: {name}.{one} is not known; choose from {', '.join(known[name])}")


def _check_folders(stage: str, settings: Mapping[str, Any], where: str) -> None:
    """Refuse folders of data, which the runner makes.

    Args:
        stage: that is trained.
        settings: nested.
        where: they stand, for errors.

    Raises:
        ValueError: a folder among them.
    """
    for name in get(stage).folders or ("source",):
        if name in settings.get("data", {}):
            raise ValueError(f"{where}: data.{name} counts for nothing here: --data names what it is made of")
