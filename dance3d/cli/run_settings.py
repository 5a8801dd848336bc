"""What ``dance3d run`` is told: settings per stage and weights, from options and YAML files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dance3d.cli.options import When, pairs
from dance3d.pipeline.exit_codes import UsageError
from dance3d.registry import DEFAULT_POSES, POSES, STAGES, get, route
from dance3d.stages.settings import described

FROM_FILE = When("with --keypoints", lambda options: options.keypoints)
POSED = When("where poses are made, not with --until keypoints", lambda options: options.until != "keypoints")
LIFTED = When(
    "where keypoints are lifted, not with --until keypoints or poses from detect",
    lambda options: options.until not in ("keypoints", "detect") and options.pose_from != "detect",
)

TRACKED = When(
    "where dancers are told apart, not with poses from detect",
    lambda options: options.until != "detect" and options.pose_from != "detect",
)


def run_settings(options: Any) -> tuple[dict[str, dict[str, Any]], str]:
    """Settings per stage, and which stage makes the poses.

    Raises:
        UsageError: a word of the command line that would be ignored, or two for one setting.
        ValueError: a value that is not one.
    """
    settings, said = _from_files(options.config)
    pose_from = options.pose_from or ("detect" if options.until == "detect" else said or DEFAULT_POSES)
    if pose_from == "detect" and options.keypoints:
        raise UsageError("detect reads pictures, not files of keypoints; leave out --keypoints or --pose-from")
    if pose_from == "detect" and options.method is not None:
        raise UsageError(f"--method {options.method} counts only {LIFTED.text}")
    given = _from_options(options, pose_from)
    for word, text in pairs(options.set, str).items():
        stage, dot, setting = word.partition(".")
        if not dot:
            raise ValueError(f"--set {word}: expected STAGE.NAME=VALUE")
        if stage in STAGES and stage not in running(pose_from, options.until):
            raise UsageError(f"--set {word}={text} counts for nothing: {_who_runs(pose_from, options.until)}")
        if setting in given.get(stage, {}):
            raise UsageError(f"--set {word}={text} says the same thing as another option; give one of them")
        given.setdefault(stage, {})[setting] = _value(word, text)
    for stage, values in given.items():
        settings.setdefault(stage, {}).update(values)
    for stage, values in given.items():
        read = get(stage).settings.read(settings[stage])
        for name in values:
            if when := read.ignored(name):
                raise UsageError(f"{stage}.{name} counts only {when}")
    return settings, pose_from


def _from_files(paths: Sequence[Path]) -> tuple[dict[str, dict[str, Any]], str | None]:
    """Settings per stage of YAML files, and which stage makes the poses if they say so; later files win."""
    from dance3d.io.yaml_files import read_yaml

    settings: dict[str, dict[str, Any]] = {}
    pose_from = None
    for path in paths:
        loaded = read_yaml(path)
        if isinstance(loaded, dict):
            pose_from = loaded.pop("pose_from", pose_from)
            if not isinstance(pose_from, str | None):
                raise ValueError(f"{path}: pose_from is {pose_from!r}; choose from {', '.join(POSES)}")
        if not isinstance(loaded, dict) or not all(isinstance(value, dict | None) for value in loaded.values()):
            raise ValueError(f"{path}: expected settings per stage, as in configs/pipeline.yaml")
        for stage, values in loaded.items():
            settings.setdefault(stage, {}).update(values or {})
    return settings, pose_from


def _value(word: str, text: str) -> Any:
    """The value of ``--set WORD=TEXT`` by YAML; for a setting that is text, what looks like a number too."""
    from dance3d.io.yaml_files import parse_yaml

    value = parse_yaml(text, f"--set {word}={text}")
    kinds = {f"{name}.{one.name}": one.kinds for name, row in STAGES.items() for one in described(row.settings)}
    return text if kinds.get(word) == (str,) and not isinstance(value, str | None) else value


def _from_options(options: Any, pose_from: str) -> dict[str, dict[str, Any]]:
    """Settings that have an option of their own."""
    given: dict[str, dict[str, Any]] = {}
    if options.keypoints:
        size = _numbers(options.size) if options.size else None
        said = {"format": options.format, "skeleton": options.skeleton, "size": size, "take": options.take}
        said |= {"backend": "file"}
        said |= {"strict": True} if options.strict else {}
        given["keypoints"] = {name: value for name, value in said.items() if value is not None}
    if options.people is not None:
        number = options.people.isdigit()
        given.setdefault("keypoints", {})["people"] = int(options.people) if number else options.people
    if options.quality is not None:
        given.setdefault("keypoints", {})["quality"] = options.quality
    if options.height is not None:
        for stage in POSES:
            given.setdefault(stage, {})["height"] = options.height
    if options.fps is not None:
        for stage in running(pose_from, options.until)[:1]:
            given.setdefault(stage, {})["fps"] = options.fps
    if options.method is not None:
        given.setdefault("lift", {})["method"] = options.method
    return given


def running(pose_from: str, until: str | None) -> tuple[str, ...]:
    """The stages that run, in order."""
    names = route(pose_from)
    return names[: names.index(until) + 1] if until in names else names


def _who_runs(pose_from: str, until: str | None) -> str:
    return f"the stages that run here are {', '.join(running(pose_from, until))}"


def check_weights(options: Any, settings: Mapping[str, Any], weights: Mapping[str, str], pose_from: str) -> None:
    """Refuse weights of a stage that does not run, or that reads none with these settings.

    Args:
        options: of the command line.
        settings: per stage.
        weights: per stage.
        pose_from: the stage that makes the poses.

    Raises:
        UsageError: weights that count for nothing.
    """
    for name, path in weights.items():
        row = get(name)
        if name not in running(pose_from, options.until):
            raise UsageError(f"--weights {name}={path} counts for nothing: {_who_runs(pose_from, options.until)}")
        if not row.reads_weights(row.settings.read(settings.get(name))):
            ways = [f"with {name}.{setting}={value}" for setting, value in row.reads_own_with.items()]
            ways += [f"without {name}.{setting}={value}" for setting, value in row.reads_none_with.items()]
            ways += [f"without {name}.model"] * ("model" in row.settings.names())
            raise UsageError(f"--weights {name}={path} counts only {', '.join(ways)}")


def _numbers(size: str) -> list[int]:
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ValueError(f"--size {size}: expected WIDTHxHEIGHT, such as 1280x720")
    return [int(width), int(height)]
