"""Parsers that refuse an option where it would be ignored, and options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from dance3d.pipeline.exit_codes import UsageError
from dance3d.registry import DEFAULT_POSES, POSES, TRAINABLE, get
from dance3d.stages.settings import described

POSE_FROM = "how poses are made: lift, from keypoints, or detect, from the dancer's mask, without keypoints"


class When(NamedTuple):
    """When an option counts.

    Attributes:
        text: for the user, to follow "counts only": ``with --keypoints``.
        holds: whether it counts beside these options.
    """

    text: str
    holds: Callable[[argparse.Namespace], Any]


class HelpText(argparse.HelpFormatter):
    """Help that leaves room for the names of actions: argparse measures them without their indent."""

    def add_argument(self, action: argparse.Action) -> None:
        """Add an argument, or all actions of a command."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += self._indent_increment


class Parser(argparse.ArgumentParser):
    """A parser of a command or of one of its actions; options are written out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"allow_abbrev": False, "formatter_class": HelpText}
        super().__init__(*args, **usual | kwargs)
        self.rules: list[tuple[argparse.Action, When]] = []
        self.subparsers: dict[str, Parser] = {}
        self.offers: dict[str, Sequence[str]] = {}
        self._added: Any = None
        self.set_defaults(leaf=self)  # the parser of the action, where there are several, is the last to say so

    def option(
        self, *names: str, when: When | None = None, offers: Sequence[str] = (), **kwargs: Any
    ) -> argparse.Action:
        """Add an argument as ``add_argument`` does.

        Args:
            names: of the option, or of the positional argument.
            when: it is refused where this does not hold; it then has no default but ``None``, ``False`` or ``[]``.
            offers: what a shell offers as values, where there are no choices.
            kwargs: as of ``add_argument``.
        """
        action = self.add_argument(*names, **kwargs)
        self.offers[action.dest] = offers
        if when is not None:
            self.rules.append((action, when))
        return action

    def action(self, name: str, text: str, act: Callable[[argparse.Namespace], int | None]) -> Parser:
        """Add an action, such as ``ls`` of ``cache``.

        Args:
            name: of the action, as one types it.
            text: its line in the help.
            act: runs the action with the options; its result is the exit status.
        """
        if self._added is None:
            self._added = self.add_subparsers(required=True, metavar="ACTION")
        made: Parser = self._added.add_parser(name, help=text, description=sentence(text))
        made.set_defaults(act=act, action=name)
        self.subparsers[name] = made
        return made

    def leaves(self) -> Iterator[Parser]:
        """The parsers of all actions; this one if there are none."""
        if not self.subparsers:
            yield self
        for parser in self.subparsers.values():
            yield from parser.leaves()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what would be ignored."""
        first = args[0] if args else ""
        if self.subparsers and first.startswith("-") and not (first == "-h" or "--help".startswith(first)):
            self.error(f"an action comes first, one of {', '.join(self.subparsers)}; {first} may come after it")
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self._refuse(unknown, options.leaf)
        options.leaf.check(options)
        return options

    def _refuse(self, unknown: list[str], leaf: Parser) -> NoReturn:
        """End with an error that says which actions know an option that this one does not."""
        name = unknown[0].partition("=")[0]
        others = [f"with {other.prog}" for other in self.leaves() if name in other._option_string_actions]
        where = f"; {name} counts only {' or '.join(others)}" if others else ""
        leaf.error(f"{' '.join(unknown)} is not known here{where}")

    def check(self, options: argparse.Namespace) -> None:
        """End with an error if an option is given that counts for nothing beside the others."""
        for action, when in self.rules:
            value = getattr(options, action.dest)
            if value is not None and value is not False and value != [] and not when.holds(options):
                self.error(f"{_given(action, value)} counts only {when.text}")

    def error(self, message: str) -> NoReturn:
        """End with one line and exit code 2."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


def _given(action: argparse.Action, value: Any) -> str:
    name = action.option_strings[-1] if action.option_strings else ""
    values = [] if value is True else value if isinstance(value, list) else [value]
    return " ".join([name, *map(str, values)]).strip()


def count(text: str) -> int:
    """A number of things, 1 or more, of the command line.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def seconds(text: str) -> float:
    """Seconds, at least 0.

    Raises:
        argparse.ArgumentTypeError: anything else.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} are no seconds; give a number from 0 on")
    return value


def ray_address(text: str) -> str:
    """An address of Ray: ``local``, ``auto`` or ``HOST:PORT``.

    Raises:
        ArgumentTypeError: it is none; most likely an input that stands behind ``--ray``.
    """
    host, _, port = text.rpartition(":")
    if text in ("local", "auto") or (host and "/" not in host and port.isdecimal()):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is no address (auto or HOST:PORT); put --ray behind the inputs")


def ray_option(parser: Parser, text: str, when: When | None = None) -> None:
    """Add ``--ray``.

    Args:
        parser: to add it to.
        text: what it does.
        when: it counts only then.
    """
    text += ": a Ray of this machine without ADDRESS, else auto or HOST:PORT of a cluster"
    parser.option("--ray", nargs="?", const="local", type=ray_address, when=when, metavar="ADDRESS", help=text)


def strict_option(parser: Parser, when: When | None = None) -> None:
    """Add ``--strict``, for commands that read a folder of motion."""
    text = "refuse motion of which a file, or a part of one, would be left out with a warning"
    parser.option("--strict", when=when, action="store_true", help=text)


def sentence(text: str) -> str:
    """A short help text as a description."""
    return f"{text[0].upper()}{text[1:]}."


def verbosity_options(parser: argparse.ArgumentParser) -> None:
    """Add ``-v`` and ``-q``."""
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="say more: why a stage runs, where it is kept")
    loudness.add_argument("-q", "--quiet", action="store_true", help="print errors and the result or its path only")


def cache_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--cache``, for commands about the cache itself."""
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="cache folder (or DANCE3D_CACHE)")
    parser.set_defaults(no_cache=False)
    if not any(action.dest == "store" for action in parser._actions):
        parser.set_defaults(store="")  # about this cache alone


KEPT = When("where results are kept, not with --no-cache", lambda options: not options.no_cache)


def store_option(parser: Parser) -> None:
    """Add ``--store``."""
    text = "folder or URL of entries that caches share: s3://, gs://, file://, http:// (or DANCE3D_STORE)"
    parser.option("--store", when=KEPT, metavar="URL", help=text)


def stage_options(parser: Parser) -> None:
    """Add what commands that run stages share."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--cache", type=Path, metavar="FOLDER", help="cache folder (or DANCE3D_CACHE)")
    where.add_argument("--no-cache", action="store_true", help="keep nothing, use nothing kept")
    store_option(parser)
    parser.add_argument("--explain", action="store_true", help="say of each stage why it ran or not")


def pose_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--pose-from``."""
    parser.add_argument("--pose-from", choices=tuple(POSES), help=f"{POSE_FROM} ({DEFAULT_POSES} if not given)")


def setting_help(stage: str, name: str) -> str:
    """What a setting of a stage means, for the option that gives it."""
    one = next(one for one in described(get(stage).settings) if one.name == name)
    default = "" if one.default in (None, False) else f" ({one.default} if not given)"
    return f"{one.description(late=False)}{default}".replace("``", "").replace("%", "%%")


PAIRS: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
WEIGHTS: dict[str, Any] = {
    **PAIRS,
    "metavar": "STAGE=PLACE",
    "help": "in place of those that ship: a file, a folder, or hf://OWNER/REPO[@REVISION] of the Hugging Face Hub",
    "offers": [f"{stage}=" for stage in TRAINABLE],
}


def pairs(words: Sequence[str], convert: Callable[[str], Any]) -> dict[str, Any]:
    """``NAME=VALUE`` words by name, every value converted.

    Raises:
        UsageError: one name twice.
        ValueError: a word without a value.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} has no value; expected {word}=VALUE")
        if name in found:
            raise UsageError(f"{name} is given twice; give it once")
        found[name] = convert(value)
    return found
