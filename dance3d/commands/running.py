"""Commands that run and train stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.commands.shared import guarded, open_cache, reporter, tell
from dance3d.options import out_folders, pairs, run_settings, track_edit
from dance3d.stages import PLAIN, route


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
        _, data = Learner(Runner(Cache(default_root()), report=reporter(False)), tiny=tiny).inputs(stage)
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
                "cache": open_cache(options),
                "settings": settings,
                "weights": pairs(options.weights, Path),
                "report": reporter(options.explain),
                "pose_from": pose_from,
                "edits": [] if options.fresh_tracks else None,
            }
            if options.until:
                print(f"  {run_until(options.until, video, out, **common)}")
                return 0
            done = run(video, out, **common)
            if edits := done.result["edits"]:
                print(f"  note: {len(edits)} edit{'s' * (len(edits) > 1)} of tracks kept; --fresh-tracks forgets them")
            tell(done)
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

    runner = Runner(open_cache(options), weights=pairs(options.weights, Path), report=reporter(options.explain))
    learner = Learner(runner, options.data, tiny=options.tiny, runs=options.runs)
    for stage in options.stages or [name for name in route() if name in PLAIN]:
        path = learner.train(stage, OVERRIDES.get(stage) if options.ship else None, options.method)
        print(f"{stage}: {path}")
        if options.ship:
            ship(stage, path, options.data, options.method)


def demo(options: Any) -> None:
    """Everything from nothing, or the shipped weights on a video."""
    from dance3d.demo import demo

    demo(options.video, options.out, open_cache(options), reporter(options.explain))


def tracks(options: Any) -> None:
    """List the dancers of a finished run, or put right who is who."""
    from dance3d.trackwork import retrack, table

    if options.action == "list":
        for line in table(options.results):
            print(line)
        return
    edit = None if options.action == "undo" else track_edit(options)
    report = reporter(options.explain)
    tell(retrack(options.results, edit, video=options.video, cache=open_cache(options), report=report))


def _word(given: Any) -> str:
    """A setting as the command line takes it."""
    import json

    return given if isinstance(given, str) else json.dumps(given)
