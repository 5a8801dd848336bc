"""``dance3d bench``: measure the figures of the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.cli.options import Parser, When
from dance3d.registry import STAGES

BUDGET = 600.0
_SCORED = ", ".join(name for name, stage in STAGES.items() if stage.trials)
TRAINED = When(
    f"without --data and with a stage that is trained for its figures: {_SCORED}",
    lambda options: options.data is None and any(STAGES[n].trials for n in options.stages or STAGES if n in STAGES),
)


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option(
        "stages", nargs="*", metavar="STAGE", offers=tuple(STAGES), help="all that have figures if none is given"
    )
    parser.option("--data", type=Path, help="score on the files in this folder instead of the default split")
    parser.option("--json", type=Path, help="write the figures here as well; with -q only here")
    text = f"seconds of each training that is scored without --data ({BUDGET:g}); 0 for none"
    parser.option("--budget", when=TRAINED, type=float, metavar="SECONDS", help=text)


def run(options: Any) -> None:
    """Measure the figures of the documentation."""
    from dance3d.benchmarks.run import bench

    budget = BUDGET if options.budget is None else options.budget
    bench(options.stages, options.data, options.json, budget, shown=not (options.quiet and options.json))
    if options.quiet and options.json:
        print(options.json)
