"""``dance3d train``: train stages through the runner, each on the outputs of the ones before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.cli.common import open_cache, reporter
from dance3d.cli.options import WEIGHTS, Parser, When, pairs, stage_options, strict_option
from dance3d.pipeline.exit_codes import UsageError
from dance3d.registry import PLAIN, STAGES, TRAINABLE, get, route

FOLDER = When("with --data FOLDER", lambda options: options.data != "synth")
ONE = When("with one stage", lambda options: len(options.stages) == 1)


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    known = ", ".join(TRAINABLE)
    parser.option(
        "stages",
        nargs="*",
        metavar="STAGE",
        offers=TRAINABLE,
        help=f"of {known}; those of a plain run if none is given",
    )
    known = "; ".join(f"{', '.join(stage.methods)} for {name}" for name, stage in STAGES.items() if stage.methods)
    text = f"another way to train one stage: {known}"
    parser.option("--method", when=ONE, help=text)
    parser.option("--data", default="synth", help="folder of motion capture, or labelled videos for genre")
    strict_option(parser, FOLDER)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--tiny", action="store_true", help="small nets and few steps, as the demo and the tests use")
    how.add_argument("--ship", action="store_true", help="put the weights into the package, with their scores")
    parser.option("--runs", type=Path, default=Path("runs"), help="where checkpoints and logs go")
    stage_options(parser)
    parser.option("--weights", **WEIGHTS)


def run(options: Any) -> None:
    """Train stages through the runner."""
    from dance3d.benchmarks.release_weights import OVERRIDES, release
    from dance3d.datasets.mocap import load_motion
    from dance3d.pipeline.runner import Runner
    from dance3d.training.learner import Learner

    stages = options.stages or [name for name in route() if name in PLAIN]
    for stage in stages:
        get(stage)  # a typing error in the last is known before the first is trained
    weights, method = pairs(options.weights, Path), options.method or ""
    check_weights(stages, weights)
    if options.strict:
        load_motion(Path(options.data), strict=True)  # what it refuses is known before anything is trained
    runner = Runner(open_cache(options), weights=weights, report=reporter(options))
    learner = Learner(runner, options.data, tiny=options.tiny, runs=options.runs)
    for stage in stages:
        path = learner.train(stage, OVERRIDES.get(stage) if options.ship else None, method)
        print(path if options.quiet else f"{stage}: {path}")
        if options.ship:
            release(stage, path, options.data, method)


def check_weights(stages: list[str], weights: dict[str, Path]) -> None:
    """Refuse weights that no training asks for: a stage learns from what the stages before it make.

    Raises:
        UsageError: weights of a stage that does not run here before it is trained itself.
        ValueError: a stage that does not exist.
    """
    for name, path in weights.items():
        trained = stages.index(get(name).name) if name in stages else len(stages)
        if not any(name in _before(stage) for stage in stages[:trained]):
            raise UsageError(f"--weights {name}={path} counts only where a stage is trained that learns from {name}")


def _before(stage: str) -> set[str]:
    """The stages whose outputs a stage learns from."""
    needs = {name for name in STAGES[stage].needs if name in STAGES}
    return needs.union(*map(_before, needs))
