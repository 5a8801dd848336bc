"""``dance3d bench``: measure the figures of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.options import Parser, When
from dance3d.registry import STAGES

if TYPE_CHECKING:
    from dance3d.benchmarks.run import Send

BUDGET = 600.0
RUNS = Path("runs/bench")
"""Where W&B keeps what it is sent."""
PICTURES = "keypoints"
"""The stage whose detectors are scored on pictures."""
PEERS = "lift"
"""The stage whose nets are compared with those of others."""
_SCORED = ", ".join(name for name, stage in STAGES.items() if stage.trials)
TRAINED = When(
    f"without --data and --peers, and with a stage that is trained for its figures: {_SCORED}",
    lambda options: (
        options.data is None
        and not options.peers
        and any(STAGES[name].trials for name in options.stages or STAGES if name in STAGES)
    ),
)
ALONE = When(
    f"as `dance3d bench {PICTURES} --pictures`, without --data",
    lambda options: options.stages == [PICTURES] and options.data is None,
)
COMPARED = When(f"as `dance3d bench {PEERS} --peers`", lambda options: options.stages == [PEERS])
NOT_COMPARED = When("without --peers", lambda options: not options.peers)
WITH_PICTURES = When("with --pictures", lambda options: options.pictures)


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option(
        "stages", nargs="*", metavar="STAGE", offers=tuple(STAGES), help="all that have figures if none is given"
    )
    parser.option(
        "--data", type=Path, metavar="FOLDER", help="score on the files in this folder instead of the default split"
    )
    parser.option("--json", type=Path, metavar="FILE", help="write the figures here as well; with -q only here")
    text = "send the figures to Weights & Biases as well, a run for each stage (auto: offline without a key)"
    parser.option("--wandb", when=NOT_COMPARED, choices=("auto", "online", "offline"), help=text)
    text = f"seconds of each training that is scored without --data ({BUDGET:g}); 0 for none"
    parser.option("--budget", when=TRAINED, type=float, metavar="SECONDS", help=text)
    text = "compare our lifters with those of files, in one table, and nothing else: .safetensors, .bin or .onnx"
    parser.option("--peers", when=COMPARED, type=Path, nargs="+", metavar="FILE", help=text)
    text = "score detectors on the labelled pictures of COCO keypoint sets, and nothing else"
    parser.option("--pictures", when=ALONE, type=Path, nargs="+", metavar="COCO.json", help=text)
    text = "folder of the pictures, one for each set (beside the JSON if not given)"
    parser.option("--images", when=WITH_PICTURES, type=Path, nargs="+", metavar="DIR", help=text)
    text = "detectors to score there, or all (that of the settings if not given)"
    parser.option("--backend", when=WITH_PICTURES, nargs="+", metavar="NAME", help=text)
    text = "presets to score there: fast, balanced, best (the detector's own if not given)"
    parser.option("--quality", when=WITH_PICTURES, nargs="+", metavar="NAME", help=text)


def run(options: Any) -> None:
    """Measure the figures of the documentation."""
    with _runs(options) as send:
        _measure(options, send)


@contextmanager
def _runs(options: Any) -> Iterator[Send | None]:
    """What sends figures to W&B, where that is asked for."""
    if options.wandb is None:
        yield None
        return
    from dance3d.training.loggers.wandb_bench import BenchRuns
    from dance3d.training.loggers.wandb_log import wandb_mode

    if (mode := wandb_mode(options.wandb)) == "off":  # WANDB_MODE says so
        yield None
        return
    runs = BenchRuns(RUNS, mode, options.data)
    try:
        yield runs.send
    finally:
        runs.close()


def _measure(options: Any, send: Send | None) -> None:
    from dance3d.benchmarks.run import bench, publish

    shown = not (options.quiet and options.json)
    if options.pictures:
        from dance3d.benchmarks.keypoints.pictures import pictures

        measured = pictures(options.pictures, options.images or (), options.backend or (), options.quality or ())
        publish(((PICTURES, found) for found in measured), options.json, shown, send=send)
    elif options.peers:
        from dance3d.benchmarks.lift.peers import compare

        compare(options.peers, options.data, options.json, shown)
    else:
        budget = BUDGET if options.budget is None else options.budget
        bench(options.stages, options.data, options.json, budget, shown=shown, send=send)
    if options.quiet and options.json:
        print(options.json)
