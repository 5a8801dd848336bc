"""Options of ``dance3d train`` for a user's own few examples: labelled videos for genre, labelled times for motion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.cli.common import say
from dance3d.cli.options import Parser, When
from dance3d.pipeline.exit_codes import UsageError

MOTION = When(
    "with motion alone, without --recipe and --method",
    lambda options: options.stages == ["motion"] and not options.recipe and not options.method,
)


def own_examples(parser: Parser, one: When) -> None:
    """Add the options.

    Args:
        parser: of the command.
        one: that one stage is trained.
    """
    text = "of labelled videos: train only a layer on the shipped net, or all of it; by itself: under 20 videos a class"
    parser.option("--head", choices=("yes", "no"), when=one, help=text)
    text = "when movements of your own happen in the clips of --data: a layer on the shipped net learns them"
    parser.option("--labels", type=Path, metavar="CSV", when=MOTION, help=text)
    text = "the types that --labels names, as motion.types of a run has them"
    parser.option("--types", type=Path, metavar="YAML", when=MOTION, help=text)


def own_given(options: Any) -> dict[str, Any]:
    """What a ``Learner`` is told of a user's own examples.

    Raises:
        UsageError: as of ``own_of``.
    """
    return {"head": {"yes": True, "no": False}.get(options.head), "own": own_of(options)}


def own_of(options: Any) -> tuple[Path, Path] | None:
    """The files of types and labels of a user's own movements; none where none are given.

    Raises:
        UsageError: only one of them, or no such file.
    """
    if (options.types is None) != (options.labels is None):
        raise UsageError("--types and --labels go together: the labels name the types")
    if options.types is None:
        return None
    for path in (options.types, options.labels):
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
    return options.types, options.labels


def tell_scores(path: Path, options: Any) -> None:
    """Say what the scores beside weights say in words, where there are any.

    Args:
        path: of the weights.
        options: of the command.
    """
    from dance3d.training.heads import lines_of

    for line in lines_of(path):
        say(options, line)
