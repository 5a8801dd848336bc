"""``dance3d STAGE fit|validate|test|predict``: a stage's LightningCLI."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from dance3d.cli.common import guarded, loudness, reporter, say
from dance3d.cli.options import Parser, verbosity_options
from dance3d.registry import get


def run_stage(stage: str, args: list[str]) -> int:
    """Run a stage's LightningCLI and give its exit code.

    ``-v`` and ``-q`` are as for every command; ``--trust`` lets settings name classes of other packages.
    """
    parser = Parser(prog=f"dance3d {stage}", add_help=False)
    verbosity_options(parser)
    parser.add_argument("--trust", action="store_true")  # not of the LightningCLI: no YAML may say it
    options, words = parser.parse_known_args(args)

    def work() -> int:
        from dance3d.training import fit

        folders = _Synthetic(stage, options) if get(stage).folders else None
        made = print if options.quiet else lambda weights: None
        return fit.main(stage, words, folders, made, trust=options.trust)

    with loudness(options):
        return guarded(work)


class _Synthetic:
    """The folders that the synthetic dancer gives, made when they are asked for."""

    def __init__(self, stage: str, options: argparse.Namespace) -> None:
        self.stage, self.options = stage, options
        self.names = get(stage).folders

    def make(self, tiny: bool) -> Mapping[str, Any]:
        """Make the folders, small ones for ``tiny``."""
        from dance3d.pipeline.cache import default_cache
        from dance3d.pipeline.runner import Runner
        from dance3d.training.learner import Learner

        hint = f"from your own data: dance3d train {self.stage} --data FOLDER"
        say(self.options, f"{self.stage} learns from the synthetic dancer; {hint}")
        runner = Runner(default_cache(), report=reporter(self.options))
        return Learner(runner, tiny=tiny).inputs(self.stage)[1]
