"""What commands share: one line for what a user can mend, the cache, and what is told along the way."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from dance3d.io.interrupts import INTERRUPTED, SAID
from dance3d.pipeline.cache_entry import InputChanged

if TYPE_CHECKING:
    from dance3d.contracts import Genre
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.run import Run
    from dance3d.pipeline.runner import Result

USAGE, REFUSED, CHANGED = 2, 3, 4
_METER = ExitStack()  # of the work that goes on


class UsageError(ValueError):
    """Words that do not fit each other, which only shows once files are read."""


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
    except UsageError as error:
        code, message = USAGE, str(error)
    except (ValueError, OSError) as error:
        code, message = REFUSED, str(error)
    except KeyboardInterrupt:
        code, message = INTERRUPTED, SAID
    print(f"dance3d: {' '.join(message.split())}", file=sys.stderr)
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
    """The cache that the options ask for."""
    from dance3d.pipeline.cache import Cache, default_root

    return Cache(None if options.no_cache else options.cache or default_root())


def reporter(options: Any) -> Callable[[str, str, Result | None], None]:
    """Says of each stage that it works, and how long it took; with ``--explain`` why; with ``-v`` where it is kept."""
    from dance3d.cli.progress_bar import Meter

    explain = options.verbose or getattr(options, "explain", False)

    def report(stage: str, why: str, result: Result | None) -> None:
        if options.quiet:
            return
        _METER.close()
        if result is None:
            print(f"  {stage:10} working{f' ({why})' if explain else ''} ...", flush=True)
            _METER.enter_context(Meter(stage, sys.stdout))
            return
        kept = f", in {result.entry.folder}" if options.verbose else ""
        print(f"  {stage:10} {'cached' if result.cached else f'{result.seconds:.1f} s'}{kept}", flush=True)

    return report


def tell(done: Run, quiet: bool) -> None:
    """Say what a run found, and where it lies."""
    from dance3d.report.genre import clip_genre

    if quiet:
        print(done.out / "report.html" if done.out else "")
        return
    for warning in done.result["warnings"]:
        print(f"  note: {warning}")
    for dancer in done.dancers:
        name = f"dancer {dancer.person}" + (f", {dancer.keypoints.name}" if dancer.keypoints.name else "")
        print(f"  {name}: {_answer(dancer.genre)}")
    if len(done.dancers) > 1 and (clip := clip_genre(done.dancers)) is not None:
        print(f"  together: {_answer(clip)}")
    print(f"  {done.out / 'report.html' if done.out else ''}")


def _answer(genre: Genre) -> str:
    """``salsa (97%)``, likely to be that, or that it is none of the classes and which it is most like."""
    if genre.best == genre.likeliest:
        return f"{genre.best} ({genre.sure:.0%})"
    return f"{genre.best} (most like {genre.likeliest})"
