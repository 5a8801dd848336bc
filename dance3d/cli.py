"""The commands, and nothing else: their work lives behind late imports, so that ``--help`` is quick.

Exit codes: 0 done, 2 wrong usage, 3 an input that cannot be used, 4 an input that changed, 130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.stages import STAGES

if TYPE_CHECKING:
    from dance3d.cache import Cache
    from dance3d.runner import Result

USAGE, REFUSED, CHANGED, INTERRUPTED = 2, 3, 4, 130
LEARNERS = tuple(name for name, stage in STAGES.items() if stage.module)


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    words = list(sys.argv[1:] if args is None else args)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    if words and words[0] in LEARNERS:
        return _guarded(lambda: _lightning(words[0], words[1:]))
    options = _parser().parse_args(words)
    return _guarded(lambda: int(options.handle(options) or 0))


def _guarded(command: Callable[[], int]) -> int:
    """Turn what a user can mend into one line and an exit code; ``DANCE3D_DEBUG=1`` shows where it came from."""
    from dance3d.cache import InputChanged

    if os.environ.get("DANCE3D_DEBUG"):
        return command()
    try:
        return command()
    except BrokenPipeError:  # whoever read our lines has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InputChanged as error:
        code, message = CHANGED, str(error)
    except (ValueError, OSError) as error:
        code, message = REFUSED, str(error)
    except KeyboardInterrupt:
        code, message = INTERRUPTED, "interrupted; run the same command again to go on"
    print(f"dance3d: {' '.join(message.split())}", file=sys.stderr)
    return code


def _lightning(stage: str, args: list[str]) -> int:
    from dance3d import training

    return training.main(stage, args)


# ---- the parser -----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dance3d",
        description="From a dance video to 3D poses, body-part movements and dance genre.",
        epilog=f"dance3d {{{','.join(LEARNERS)}}} fit|validate|test|predict -c YAML ...  runs a stage's LightningCLI.  "
        "Exit codes: 0 done, 2 wrong usage, 3 an input that cannot be used, 4 an input that changed, 130 interrupted.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", _run, "poses, movements, genre and a report of videos; every stage cached")
    run.add_argument(
        "videos", nargs="+", type=Path, metavar="VIDEO", help="video, or .npz of keypoints with --keypoints"
    )
    run.add_argument("-o", "--out", type=Path, help="folder for the results; VIDEO-dance3d here if not given")
    run.add_argument("--until", choices=tuple(STAGES), help="stop after this stage and write what the stages made")
    run.add_argument("--keypoints", action="store_true", help="the inputs are files of keypoints, not videos")
    run.add_argument("--skeleton", help="layout of the keypoints where the file does not say: coco17, h36m17, ...")
    run.add_argument("--size", help="WIDTHxHEIGHT of the frames, pixels, where a file of keypoints does not say")
    run.add_argument("--fps", type=float, help="frames per second, where a file of keypoints does not say")
    run.add_argument("--height", type=float, help="the dancer's height in metres, for true scale")
    run.add_argument("--set", nargs="*", default=[], metavar="STAGE.NAME=VALUE", help="change a stage's setting")
    run.add_argument("-c", "--config", type=Path, help="YAML of settings per stage, as configs/pipeline.yaml")
    _cache_options(run)
    _weights_option(run)

    train = _command(commands, "train", _train, "train stages, each on the outputs of the ones before")
    train.add_argument("stages", nargs="*", metavar="STAGE", help=f"of {', '.join(LEARNERS)}; all if none is given")
    train.add_argument("--data", default="synth", help="folder of motion capture, or labelled videos for genre")
    train.add_argument("--tiny", action="store_true", help="small nets and few steps, as the demo and the tests use")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where checkpoints and logs go")
    train.add_argument("--ship", action="store_true", help="put the weights into the package, with their scores")
    _cache_options(train)
    _weights_option(train)

    demo = _command(commands, "demo", _demo, "train small stages on the synthetic dancer and run them on a new clip")
    demo.add_argument("video", nargs="?", type=Path, help="your own video: the shipped weights run on it instead")
    demo.add_argument("-o", "--out", type=Path, default=Path("out/demo"))
    _cache_options(demo)

    check = _command(commands, "check", _check, "what a video holds, and what is wrong with it")
    check.add_argument("video", type=Path)

    doctor = _command(commands, "doctor", _doctor, "what this machine has and what is missing")
    doctor.add_argument("--json", type=Path)

    cache = _command(commands, "cache", _cache, "list, verify, clean and explain the cache")
    cache.add_argument("action", choices=("ls", "verify", "gc", "explain"))
    cache.add_argument("video", nargs="?", type=Path, help="for explain: the video whose stages are asked about")
    cache.add_argument("--days", type=float, default=30.0, help="gc: keep what was used within so many days")
    _cache_options(cache)

    export = _command(commands, "export", _export, "write the files of a finished run again, in chosen formats")
    export.add_argument("results", type=Path, metavar="OUT", help="folder of a finished run")
    export.add_argument("--to", default="csv,bvh", help="of csv, bvh, json; several with commas")

    synth = _command(commands, "synth", _synth, "render a synthetic dancer with ground truth")
    synth.add_argument("-o", "--out", type=Path, required=True)
    synth.add_argument("--genre", default="salsa")
    synth.add_argument("--seconds", type=float, default=6.0)
    synth.add_argument("--seed", type=int, default=0)

    bench = _command(commands, "bench", _bench, "the figures of the documentation, measured here and now")
    bench.add_argument("stages", nargs="*", metavar="STAGE", help="all that have figures if none is given")
    bench.add_argument("--data", type=Path, help="score on the files in this folder instead of the default split")
    bench.add_argument("--json", type=Path, help="write the figures here as well")

    weights = _command(commands, "weights", _weights, "list or verify the weights that ship")
    weights.add_argument("action", choices=("list", "verify"))
    weights.add_argument("--commercial", action="store_true", help="list: only those free for commercial use")
    return parser


def _command(commands: Any, name: str, handle: Callable[[Any], int | None], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(handle=handle)
    return parser


def _cache_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cache", type=Path, help="cache folder (or DANCE3D_CACHE)")
    parser.add_argument("--no-cache", action="store_true", help="keep nothing, use nothing kept")
    parser.add_argument("--explain", action="store_true", help="say of each stage why it ran or not")


def _weights_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", nargs="*", default=[], metavar="STAGE=FILE", help="in place of those that ship")


# ---- the commands ---------------------------------------------------------------------------------------------------


def _run(options: Any) -> int:
    from dance3d.pipeline import run, run_until

    settings = _settings(options)
    outs = _out_folders(options.videos, options.out)
    worst = 0
    for video, out in zip(options.videos, outs, strict=True):

        def work(video: Path = video, out: Path = out) -> int:
            common: dict[str, Any] = {
                "cache": _open_cache(options),
                "settings": settings,
                "weights": _pairs(options.weights, Path),
                "report": _reporter(options.explain),
            }
            if options.until:
                print(f"  {run_until(options.until, video, out, **common)}")
                return 0
            done = run(video, out, **common)
            for warning in done.result["warnings"]:
                print(f"  note: {warning}")
            for dancer in done.dancers:
                print(f"  dancer {dancer.person}: {dancer.genre.best} ({dancer.genre.prob.max():.0%})")
            print(f"  {out / 'report.html'}")
            return 0

        if len(options.videos) > 1:
            print(video)
        worst = max(worst, _guarded(work) if len(options.videos) > 1 else work())
    return worst


def _train(options: Any) -> None:
    from dance3d.learn import Learner
    from dance3d.runner import Runner

    runner = Runner(_open_cache(options), weights=_pairs(options.weights, Path), report=_reporter(options.explain))
    learner = Learner(runner, options.data, tiny=options.tiny, runs=options.runs)
    for stage in options.stages or LEARNERS:
        path = learner.train(stage)
        print(f"{stage}: {path}")
        if options.ship:
            from dance3d.ship import ship

            ship(stage, path, options.data)


def _demo(options: Any) -> None:
    from dance3d.demo import demo

    demo(options.video, options.out, _open_cache(options), _reporter(options.explain))


def _check(options: Any) -> None:
    from dance3d.doctor import check_video

    for line in check_video(options.video):
        print(line)


def _doctor(options: Any) -> int:
    import json

    from dance3d.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO '} {finding.name}: {finding.text}")
    if options.json:
        options.json.write_text(json.dumps([vars(finding) for finding in findings], indent=1))
    return 0 if all(finding.ok for finding in findings if finding.needed) else REFUSED


def _cache(options: Any) -> int:
    from dance3d.cache import MANIFEST

    cache = _open_cache(options)
    if options.action == "explain":
        if options.video is None:
            raise ValueError("cache explain needs the video to explain")
        from dance3d.pipeline import explain

        for stage, why in explain(options.video, cache):
            print(f"{stage:10} {why}")
    elif options.action == "ls":
        for folder in cache.entries():
            size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
            print(f"{folder.parent.name:14} {folder.name[:16]} {size / 1e6:9.2f} MB")
    elif options.action == "verify":
        faults = cache.verify()
        for folder, fault in faults:
            print(f"{folder.parent.name}/{folder.name[:16]}: {fault}; put aside")
        print(f"{len(faults)} damaged, {len(list(cache.entries()))} sound in {cache.root}")
        return REFUSED if faults else 0
    else:
        print(f"removed {len(cache.gc(options.days))} entries from {cache.root}")
    return 0


def _export(options: Any) -> None:
    from dance3d.exports import export_again

    for path in export_again(options.results, [kind.strip() for kind in options.to.split(",")]):
        print(path)


def _synth(options: Any) -> None:
    from dance3d.synth.scene import write_scene

    options.out.mkdir(parents=True, exist_ok=True)
    write_scene(options.out, options.genre, options.seconds, options.seed)
    print(options.out / "video.mp4")


def _bench(options: Any) -> None:
    from dance3d.bench import bench

    bench(options.stages, options.data, options.json)


def _weights(options: Any) -> int:
    from dance3d.io.weights import default, manifest

    for stage, entry in manifest().items():
        if options.commercial and entry["commercial_ok"] is not True:
            continue
        state = "sound" if options.action == "verify" and default(stage) else entry["license"]
        print(f"{stage:8} {entry['file']:24} {entry['bytes'] / 1e6:5.1f} MB  {entry['sha256'][:12]}  {state}")
    return 0


# ---- what they share ------------------------------------------------------------------------------------------------


def _open_cache(options: Any) -> Cache:
    from dance3d.cache import Cache, default_root

    return Cache(None if options.no_cache else options.cache or default_root())


def _reporter(explain: bool) -> Callable[[str, str, Result | None], None]:
    def report(stage: str, why: str, result: Result | None) -> None:
        if result is None:
            print(f"  {stage:10} working{f' ({why})' if explain else ''} ...", flush=True)
        else:
            print(f"  {stage:10} {'cached' if result.cached else f'{result.seconds:.1f} s'}", flush=True)

    return report


def _settings(options: Any) -> dict[str, dict[str, Any]]:
    import yaml

    settings: dict[str, dict[str, Any]] = {}
    if options.config:
        loaded = yaml.safe_load(options.config.read_text())
        if not isinstance(loaded, dict) or not all(isinstance(value, dict | None) for value in loaded.values()):
            raise ValueError(f"{options.config}: expected settings per stage, as in configs/pipeline.yaml")
        settings = {stage: dict(values or {}) for stage, values in loaded.items()}
    for name, value in _pairs(options.set, yaml.safe_load).items():
        stage, dot, setting = name.partition(".")
        if not dot:
            raise ValueError(f"--set {name}: expected STAGE.NAME=VALUE")
        settings.setdefault(stage, {})[setting] = value
    if options.keypoints:
        size = _numbers(options.size) if options.size else None
        settings.setdefault("keypoints", {}).update(
            backend="file", skeleton=options.skeleton, size=size, fps=options.fps
        )
    if options.height is not None:
        settings.setdefault("lift", {})["height"] = options.height
    return settings


def _numbers(size: str) -> list[int]:
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ValueError(f"--size {size}: expected WIDTHxHEIGHT, such as 1280x720")
    return [int(width), int(height)]


def _pairs(words: Sequence[str], convert: Callable[[str], Any]) -> dict[str, Any]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r}: expected NAME=VALUE")
        found[name] = convert(value)
    return found


def _out_folders(videos: Sequence[Path], out: Path | None) -> list[Path]:
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


if __name__ == "__main__":
    sys.exit(main())
