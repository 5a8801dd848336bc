"""``dance3d run``: the chain of stages on videos."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import METER, cache_root, reporter, say, store_url, tell
from dance3d.cli.options import PAIRS, WEIGHTS, Parser, When, pairs, pose_option, setting_help, stage_options
from dance3d.pipeline.exit_codes import UsageError
from dance3d.registry import DEFAULT_POSES, POSES, STAGES, get, route
from dance3d.stages.settings import described

if TYPE_CHECKING:
    from dance3d.pipeline.many.job import Outcome

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


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option(
        "videos", nargs="+", type=Path, metavar="VIDEO", help="video, or with --keypoints a file or folder of keypoints"
    )
    parser.option("-o", "--out", type=Path, help="folder for the results; VIDEO-dance3d here if not given")
    pose_option(parser)
    parser.option("--until", choices=tuple(STAGES), help="stop after this stage and write what the stages made")
    parser.option("--keypoints", action="store_true", help="the inputs are files of keypoints, not videos")
    parser.option("--format", when=FROM_FILE, help=setting_help("keypoints", "format"))
    text = "layout of the keypoints where the file does not say: coco17, ...; or a YAML file that names its joints"
    parser.option("--skeleton", when=FROM_FILE, help=text)
    text = "WIDTHxHEIGHT of the frames, pixels, where a file of keypoints does not say"
    parser.option("--size", when=FROM_FILE, help=text)
    parser.option("--fps", type=float, help=setting_help("keypoints", "fps"))
    parser.option("--take", when=FROM_FILE, help=setting_help("keypoints", "take"))
    parser.option("--strict", when=FROM_FILE, action="store_true", help=setting_help("keypoints", "strict"))
    parser.option("--people", when=TRACKED, metavar="NUMBER|all", help=setting_help("keypoints", "people"))
    parser.option("--quality", when=TRACKED, help=setting_help("keypoints", "quality"))
    parser.option("--height", when=POSED, type=float, help=setting_help("lift", "height"))
    parser.option("--method", when=LIFTED, help=setting_help("lift", "method"))
    text = "change settings of stages; dance3d settings lists them"
    names = [f"{stage}.{one.name}=" for stage, row in STAGES.items() for one in described(row.settings)]
    parser.option("--set", **PAIRS, offers=names, metavar="STAGE.NAME=VALUE", help=text)
    text = "YAML of settings per stage (dance3d settings --as yaml); of several, later ones win"
    parser.option("-c", "--config", type=Path, action="append", default=[], metavar="YAML", help=text)
    parser.option("--fresh-tracks", action="store_true", help="forget the edits that OUT keeps (dance3d tracks)")
    stage_options(parser)
    parser.option("--weights", **WEIGHTS)


def run(options: Any) -> int:
    """Run the chain on videos; one that cannot be used does not lose the others."""
    from dance3d.pipeline.many.job import Job, do

    settings, pose_from = run_settings(options)
    weights = pairs(options.weights, Path)
    _check_weights(options, settings, weights, pose_from)
    common: dict[str, Any] = {
        "settings": settings,
        "weights": weights,
        "pose_from": pose_from,
        "until": options.until or "",
        "fresh_tracks": options.fresh_tracks,
        "cache": cache_root(options),
        "store": store_url(options),
    }
    worst = 0
    for video, out in zip(options.videos, out_folders(options.videos, options.out), strict=True):
        if len(options.videos) > 1:
            say(options, video)
        with METER:
            outcome = do(Job(video, out, **common), reporter(options))
        if outcome.code:
            print(f"dance3d: {outcome.reason}", file=sys.stderr)
        else:
            _tell(outcome, options)
        worst = max(worst, outcome.code)
    return worst


def _tell(outcome: Outcome, options: Any) -> None:
    """Say what a job that succeeded found, and where it lies."""
    if outcome.result is None:
        print(outcome.out if options.quiet else f"  {outcome.out}")
        return
    if edits := outcome.result["edits"]:
        number = f"{len(edits)} edit{'s' * (len(edits) > 1)}"
        say(options, f"  note: {number} of tracks kept; --fresh-tracks forgets them")
    tell(outcome.result, outcome.out, options.quiet)


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


def _check_weights(options: Any, settings: Mapping[str, Any], weights: Mapping[str, Path], pose_from: str) -> None:
    """Refuse weights of a stage that does not run, or that reads none with these settings."""
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


def out_folders(videos: Sequence[Path], out: Path | None) -> list[Path]:
    """One folder per video; videos of the same name get a number, never the same folder."""
    if out is not None and len(videos) == 1:
        return [out]
    names: list[str] = []
    for video in videos:
        stem, number = video.stem, 2
        while stem in names:
            stem, number = f"{video.stem}-{number}", number + 1
        names.append(stem)
    return [(out / name) if out is not None else Path(f"{name}-dance3d") for name in names]
