"""Which command a user asks for; errors to one line and an exit code. ``--help`` imports nothing heavy.

Exit codes: 0 done, 2 wrong usage, 3 an input that cannot be used, 4 an input that changed, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import NamedTuple

import dance3d
from dance3d.cli.common import guarded, loudness
from dance3d.cli.options import Parser, sentence, verbosity_options
from dance3d.io import interrupts
from dance3d.registry import TRAINABLE


class Command(NamedTuple):
    """One command: its file has ``arguments(parser)`` and ``run(options)``, and imports nothing heavy.

    Attributes:
        name: as the user types it.
        module: of the package.
        text: one line of help.
    """

    name: str
    module: str
    text: str


COMMANDS = (
    Command("run", "dance3d.cli.run", "poses, movements, genre and a report of videos; every stage cached"),
    Command("train", "dance3d.cli.train", "train stages, each on the outputs of the ones before"),
    Command("demo", "dance3d.cli.demo", "train small stages on the synthetic dancer and run them on a new clip"),
    Command("settings", "dance3d.cli.settings", "what stages read beside their inputs: default, meaning, choices"),
    Command("check", "dance3d.cli.check", "what a video holds, and what is wrong with it"),
    Command("doctor", "dance3d.cli.doctor", "what this machine has and what is missing"),
    Command("cache", "dance3d.cli.cache", "list, verify, clean and explain the cache"),
    Command("export", "dance3d.cli.export", "write the files of a finished run again, in chosen formats, or a net"),
    Command("tracks", "dance3d.cli.tracks", "who is who in a finished run: list, and put right"),
    Command("movements", "dance3d.cli.movements", "movement types, labels of motion as CSV, and how often they happen"),
    Command("compare", "dance3d.cli.compare", "two dancers: what B does other than A, where, and early or late"),
    Command("studio", "dance3d.cli.studio", "a page of your own in the browser: drop videos, put right, label, train"),
    Command("live", "dance3d.cli.live", "a camera or stream as it comes: joints, the body in space, current movements"),
    Command("synth", "dance3d.cli.synth", "render a synthetic dancer, or a folder of crops, with ground truth"),
    Command("crops", "dance3d.cli.crops", "cut people out of footage or a data set, for the detector to learn from"),
    Command("bench", "dance3d.cli.bench", "the figures of the documentation, measured here and now"),
    Command("weights", "dance3d.cli.weights", "list, verify or fetch weights: those that ship, and other detectors'"),
    Command("completion", "dance3d.cli.completion", "a script that lets bash, zsh or fish complete these commands"),
)
BY_NAME = {command.name: command for command in COMMANDS}


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    if args is None:
        return interrupts.run(lambda: main(sys.argv[1:]))
    words = list(args)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be text
    name = words[0] if words else ""
    if name in TRAINABLE:
        from dance3d.cli.stage import run_stage

        return run_stage(name, words[1:])
    if name not in BY_NAME:
        overview = _overview()
        if name.startswith("-") and name not in ("-h", "--help", "--version"):
            overview.error(f"a command comes first; {name} may come after it")
        overview.parse_args(words)  # answers --help, and refuses a name that is not known
    options = parser_of(name).parse_args(words[1:])
    with loudness(options):
        return guarded(lambda: import_module(BY_NAME[name].module).run(options) or 0)


def parser_of(name: str) -> Parser:
    """The parser of a command."""
    command = BY_NAME[name]
    parser = Parser(prog=f"dance3d {name}", description=sentence(command.text))
    import_module(command.module).arguments(parser)
    for leaf in parser.leaves():
        verbosity_options(leaf)
    return parser


def _overview() -> argparse.ArgumentParser:
    """What ``dance3d --help`` shows: the commands, without their options."""
    parser = Parser(
        prog="dance3d",
        description="From a dance video to 3D poses, body-part movements and dance genre.",
        epilog=f"dance3d {{{','.join(TRAINABLE)}}} fit|validate|test|predict -c YAML ... runs a stage's LightningCLI. "
        "Each command takes -v to say more and -q to print errors and the result only. "
        "Exit codes: 0 done, 2 wrong usage, 3 an input that cannot be used, 4 an input that changed, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"dance3d {dance3d.__version__}")
    names = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        names.add_parser(command.name, help=command.text)
    for stage in TRAINABLE:
        names.add_parser(stage)  # known, but told of below the list
    return parser
