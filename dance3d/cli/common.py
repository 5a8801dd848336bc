"""What commands share: one line for what a user can mend, the cache, and what is told along the way."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.io.interrupts import INTERRUPTED, SAID
from dance3d.lazy_import import what_to_install
from dance3d.pipeline.exit_codes import MENDABLE, REFUSED, exit_code, one_line

if TYPE_CHECKING:
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.runner import Result

METER = ExitStack()
"""Of the work that goes on: a bar left open when it ends would keep the terminal's cursor."""


def guarded(command: Callable[[], int]) -> int:
    """Turn what a user can mend into one line and an exit code; ``DANCE3D_DEBUG=1`` shows where it came from."""
    if os.environ.get("DANCE3D_DEBUG"):
        return command()
    try:
        with METER:
            return command()
    except BrokenPipeError:  # whoever read our lines has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MENDABLE as error:
        code, message = exit_code(error), one_line(error)
    except ImportError as error:
        if not (message := what_to_install(error)):
            raise
        code = REFUSED
    except KeyboardInterrupt:
        code, message = INTERRUPTED, SAID
    print(f"dance3d: {message}", file=sys.stderr)
    return code


@contextmanager
def loudness(options: Any) -> Iterator[None]:
    """Log what ``-v`` and ``-q`` ask for: with ``-v`` info too, with ``-q`` errors only."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    ours = logging.getLogger("dance3d")
    before = ours.level
    with warnings.catch_warnings():
        if options.quiet:
            warnings.simplefilter("ignore")
            ours.setLevel(logging.ERROR)
        elif os.environ.get("DANCE3D_DEBUG"):
            ours.setLevel(logging.DEBUG)  # tracebacks of training, too
        elif options.verbose:
            ours.setLevel(logging.INFO)
        try:
            yield
        finally:
            ours.setLevel(before)


def say(options: Any, line: str) -> None:
    """Print a line that is not the result: nothing with ``-q``."""
    if not options.quiet:
        print(line, flush=True)


def open_cache(options: Any) -> Cache:
    """The cache that the options ask for, with its store."""
    from dance3d.pipeline.cache import Cache

    return Cache(cache_root(options), store_url(options))


def cache_root(options: Any) -> Path | None:
    """Root of that cache; none keeps nothing."""
    from dance3d.pipeline.cache import default_root

    return None if options.no_cache else options.cache or default_root()


def store_url(options: Any) -> str:
    """URL of its store: as ``--store`` says, else ``DANCE3D_STORE``; empty where there is none."""
    if options.no_cache:
        return ""
    return os.environ.get("DANCE3D_STORE", "") if options.store is None else str(options.store)


def weights_files(options: Any, places: Mapping[str, str]) -> dict[str, Path]:
    """The files of weights that stages are given by place, fetched where they lie in a repository.

    Raises:
        ValueError: a stage that is not known, or a place that holds no weights of it.
    """
    if not places:
        return {}
    from dance3d.io.kept_weights import weights_at
    from dance3d.registry import get

    report = lambda line: say(options, f"  {line}")  # noqa: E731
    return {stage: weights_at(get(stage).name, place, report) for stage, place in places.items()}


def reporter(options: Any) -> Callable[[str, str, Result | None], None]:
    """Says of each stage that it works, and how long it took; with ``--explain`` why; with ``-v`` where it is kept.

    Raises:
        ValueError: the environment asks for lines of progress in seconds that are none.
    """
    from dance3d.cli.progress_bar import Meter, seconds_between_lines

    between = seconds_between_lines()
    explain = options.verbose or getattr(options, "explain", False)

    def report(stage: str, why: str, result: Result | None) -> None:
        if options.quiet:
            return
        METER.close()
        if result is None:
            print(f"  {stage:10} working{f' ({why})' if explain else ''} ...", flush=True)
            METER.enter_context(Meter(stage, sys.stdout, lines=between))
            return
        kept = f", in {result.entry.folder}" if options.verbose else ""
        print(f"  {stage:10} {'cached' if result.cached else f'{result.seconds:.1f} s'}{kept}", flush=True)

    return report


def tell(result: Mapping[str, Any], out: Path | None, quiet: bool) -> None:
    """Say what a run found, and where it lies.

    Args:
        result: the contents of ``result.json``.
        out: the folder of the results, if they are kept.
        quiet: print where the report lies and nothing else.
    """
    report = out / "report.html" if out else ""
    if quiet:
        print(report)
        return
    for warning in result["warnings"]:
        print(f"  note: {warning}")
    for dancer in result["dancers"]:
        name = f"dancer {dancer['person']}" + (f", {dancer['name']}" if dancer["name"] else "")
        print(f"  {name}: {_answer(dancer['answer'])}")
    if len(result["dancers"]) > 1 and (clip := result["genre"]):
        print(f"  together: {_answer(clip['answer'])}")
    print(f"  {report}")


def _answer(answer: Mapping[str, Any]) -> str:
    """``salsa (97%)``, ``like salsa`` or ``none of these``: only what is named has a number."""
    return f"{answer['text']} ({answer['sure']:.0%})" if answer["grade"] == "named" else str(answer["text"])
