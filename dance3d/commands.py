"""What each command does with its options; ``cli`` calls the function of the command's name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cache import InputChanged
from dance3d.options import out_folders, pairs, run_settings, track_edit
from dance3d.stages import PLAIN, route

if TYPE_CHECKING:
    from dance3d.cache import Cache
    from dance3d.pipeline import Run
    from dance3d.runner import Result


USAGE, REFUSED, CHANGED, INTERRUPTED = 2, 3, 4, 130
_METER = ExitStack()  # of the work that goes on


def guarded(command: Callable[[], int]) -> int:
    """Turn what a user can mend into one line and an exit code; ``DANCE3D_DEBUG=1`` shows where it came from."""
    if os.environ.get("DANCE3D_DEBUG"):
        return command()
    try:
        with _METER:  # whatever ends the work: a bar left open would keep the terminal's cursor
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


def lightning(stage: str, args: list[str]) -> int:
    """A stage's LightningCLI, with the folders it learns from made first where the command names none."""
    from dance3d.training import fit

    working = bool(args) and args[0] in ("fit", "validate", "test", "predict")
    asked = {"-h", "--help", "--print_config"} & {word.split("=")[0] for word in args}
    named = any(word.startswith(("--data.index", "--data.crops")) for word in args)
    if stage != "lift" and working and not asked and not named:
        from dance3d.cache import Cache, default_root
        from dance3d.runner import Runner
        from dance3d.training.learn import Learner

        print(f"{stage} learns from the synthetic dancer; from your own data: dance3d train {stage} --data FOLDER")
        tiny = any("tiny" in word for word in args)
        _, data = Learner(Runner(Cache(default_root()), report=_reporter(False)), tiny=tiny).inputs(stage)
        args = [*args, *(f"--data.{name}={_word(given)}" for name, given in data.items())]
    return fit.main(stage, args)


def run(options: Any) -> int:
    """Run the chain on videos; one that cannot be used does not lose the others."""
    from dance3d.pipeline import run, run_until

    settings, pose_from = run_settings(options)
    outs = out_folders(options.videos, options.out)
    worst = 0
    for video, out in zip(options.videos, outs, strict=True):

        def work(video: Path = video, out: Path = out) -> int:
            common: dict[str, Any] = {
                "cache": _open_cache(options),
                "settings": settings,
                "weights": pairs(options.weights, Path),
                "report": _reporter(options.explain),
                "pose_from": pose_from,
                "edits": [] if options.fresh_tracks else None,
            }
            if options.until:
                print(f"  {run_until(options.until, video, out, **common)}")
                return 0
            done = run(video, out, **common)
            if edits := done.result["edits"]:
                print(f"  note: {len(edits)} edit{'s' * (len(edits) > 1)} of tracks kept; --fresh-tracks forgets them")
            _tell(done)
            return 0

        if len(options.videos) > 1:
            print(video)
        worst = max(worst, guarded(work) if len(options.videos) > 1 else work())
    return worst


def train(options: Any) -> None:
    """Train stages through the runner."""
    from dance3d.runner import Runner
    from dance3d.training.learn import Learner
    from dance3d.training.ship import OVERRIDES, ship

    runner = Runner(_open_cache(options), weights=pairs(options.weights, Path), report=_reporter(options.explain))
    learner = Learner(runner, options.data, tiny=options.tiny, runs=options.runs)
    for stage in options.stages or [name for name in route() if name in PLAIN]:
        path = learner.train(stage, OVERRIDES.get(stage) if options.ship else None, options.method)
        print(f"{stage}: {path}")
        if options.ship:
            ship(stage, path, options.data, options.method)


def demo(options: Any) -> None:
    """Everything from nothing, or the shipped weights on a video."""
    from dance3d.demo import demo

    demo(options.video, options.out, _open_cache(options), _reporter(options.explain))


def check(options: Any) -> None:
    """Diagnose a clip."""
    from dance3d.doctor import check_video

    for line in check_video(options.video):
        print(line)


def doctor(options: Any) -> int:
    """Diagnose the machine."""
    import json

    from dance3d.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO ' if finding.needed else '-- '} {finding.name}: {finding.text}")
    if options.json:
        options.json.write_text(json.dumps([vars(finding) for finding in findings], indent=1))
    return 0 if all(finding.ok for finding in findings if finding.needed) else REFUSED


def cache(options: Any) -> int:
    """List, verify, clean or explain the cache."""
    from dance3d.cache import MANIFEST

    cache = _open_cache(options)
    if options.action == "explain":
        if options.video is None:
            raise ValueError("cache explain needs the video to explain")
        from dance3d.pipeline import explain

        for stage, why in explain(options.video, cache, options.pose_from):
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


def export(options: Any) -> None:
    """Write a finished run's tables again, or a net for other programs."""
    if options.onnx:
        from dance3d.io.weights import default
        from dance3d.stages import get, resolve

        given = pairs(options.weights, Path)
        resolve(get(options.onnx).onnx)(given.get(options.onnx) or default(options.onnx), options.results)
        print(options.results)
        return
    from dance3d.exports import export_again

    for path in export_again(options.results, [kind.strip() for kind in options.to.split(",")]):
        print(path)


def tracks(options: Any) -> None:
    """List the dancers of a finished run, or put right who is who."""
    from dance3d.trackwork import retrack, table

    if options.action == "list":
        for line in table(options.results):
            print(line)
        return
    edit = None if options.action == "undo" else track_edit(options)
    report = _reporter(options.explain)
    _tell(retrack(options.results, edit, video=options.video, cache=_open_cache(options), report=report))


def synth(options: Any) -> None:
    """Render a synthetic dancer: a video, or a folder of crops."""
    if options.crops is not None:
        from dance3d.io.mocap import load_motion
        from dance3d.synth.shots import scenes, write_invented, write_shots

        if options.data is None:
            write_invented(options.out, options.crop_size, options.crops, options.seed, options.workers)
        else:
            takes, more = scenes(load_motion(options.data)), {"seed": options.seed, "workers": options.workers}
            write_shots(options.out, takes, options.crop_size, options.crops, options.views, **more)
        print(options.out)
        return
    from dance3d.synth.scene import write_scene

    options.out.mkdir(parents=True, exist_ok=True)
    write_scene(options.out, options.genre, options.seconds, options.seed)
    print(options.out / "video.mp4")


def crops(options: Any) -> None:
    """Cut people out of footage."""
    from dance3d.footage import write_crops

    how = (options.kind, options.foreground, options.size, options.every, options.split, options.standing)
    tally = write_crops(options.source, options.out, *how)
    for line in tally.lines():
        print(line)
    print(options.out)


def bench(options: Any) -> None:
    """Measure the figures of the documentation."""
    from dance3d.bench import bench

    bench(options.stages, options.data, options.json, options.budget)


def weights(options: Any) -> int:
    """List, verify or fetch weights."""
    from dance3d.io import fetch

    if options.action == "fetch":
        if not options.names:
            raise ValueError(f"weights fetch needs a name; choose from {', '.join(fetch.third_party())}")
        for name in options.names:
            print(fetch.fetch(name, options.origin, lambda line: print(f"  {line}", flush=True)))
        return 0
    broken = 0
    for name, entry, state in fetch.states(options.names, options.action == "verify"):
        free = entry["commercial_ok"] is True
        if free or not options.commercial:
            try:
                said = state()
            except ValueError as error:
                said, broken = str(error), broken + 1
            licence = entry["license"] + ("" if free else ", commercial use unclear")
            print(f"{name:21} {entry['bytes'] / 1e6:6.1f} MB  {entry['sha256'][:12]}  {licence}; {said}")
    return REFUSED if broken else 0


# ---- what they share ----


def _tell(done: Run) -> None:
    for warning in done.result["warnings"]:
        print(f"  note: {warning}")
    for dancer in done.dancers:
        name = f"dancer {dancer.person}" + (f", {dancer.keypoints.name}" if dancer.keypoints.name else "")
        print(f"  {name}: {dancer.genre.best} ({dancer.genre.prob.max():.0%})")
    print(f"  {done.out / 'report.html' if done.out else ''}")


def _word(given: Any) -> str:
    """A setting as the command line takes it."""
    import json

    return given if isinstance(given, str) else json.dumps(given)


def _open_cache(options: Any) -> Cache:
    from dance3d.cache import Cache, default_root

    return Cache(None if options.no_cache else options.cache or default_root())


def _reporter(explain: bool) -> Callable[[str, str, Result | None], None]:
    from dance3d.eta import Meter

    def report(stage: str, why: str, result: Result | None) -> None:
        _METER.close()
        if result is None:
            print(f"  {stage:10} working{f' ({why})' if explain else ''} ...", flush=True)
            _METER.enter_context(Meter(stage, sys.stdout))
        else:
            print(f"  {stage:10} {'cached' if result.cached else f'{result.seconds:.1f} s'}", flush=True)

    return report
