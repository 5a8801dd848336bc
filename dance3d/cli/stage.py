"""``dance3d STAGE fit|validate|test|predict``: a stage's LightningCLI."""

from __future__ import annotations

import argparse
import json
from typing import Any

from dance3d.cli.common import guarded, loudness, reporter
from dance3d.cli.options import verbosity_options


def run_stage(stage: str, args: list[str]) -> int:
    """Run a stage's LightningCLI and give its exit code; ``-v`` and ``-q`` are as for every command."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    verbosity_options(parser)
    options, words = parser.parse_known_args(args)
    with loudness(options):
        return guarded(lambda: _lightning(stage, words, options))


def _lightning(stage: str, args: list[str], options: argparse.Namespace) -> int:
    """Make the folders that the stage learns from first, where the command names none."""
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
        _, data = Learner(Runner(Cache(default_root()), report=reporter(options.quiet)), tiny=tiny).inputs(stage)
        args = [*args, *(f"--data.{name}={_word(given)}" for name, given in data.items())]
    return fit.main(stage, args)


def _word(given: Any) -> str:
    """A setting as the command line takes it."""
    return given if isinstance(given, str) else json.dumps(given)
