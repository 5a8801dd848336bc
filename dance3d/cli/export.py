"""``dance3d export``: a finished run's tables again, or a net for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.cli.common import weights_files
from dance3d.cli.options import WEIGHTS, Parser, When, pairs
from dance3d.io.export_files.formats import DEFAULTS, FORMATS, JOINT_NAMES
from dance3d.lazy_import import resolve
from dance3d.pipeline.exit_codes import UsageError
from dance3d.registry import STAGES, get

TABLES = When("without --onnx", lambda options: not options.onnx)
NET = When("with --onnx", lambda options: options.onnx)


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option("results", type=Path, metavar="OUT", help="folder of a finished run; with --onnx the file to write")
    parser.option(
        "--to",
        when=TABLES,
        metavar="FORMATS",
        help=f"of {', '.join(FORMATS)}; several with commas ({','.join(DEFAULTS)})",
    )
    parser.option(
        "--names",
        choices=JOINT_NAMES,
        when=TABLES,
        help="of joints: BVH has those of dance3d, GLB and USD those of mixamo, if not given",
    )
    able = [name for name, stage in STAGES.items() if stage.onnx]
    parser.option("--onnx", choices=able, help="write the net of this stage as an ONNX file instead")
    parser.option("--weights", when=NET, **WEIGHTS)


def run(options: Any) -> None:
    """Write a finished run's tables again, or a net for other programs."""
    if options.onnx:
        from dance3d.io.weights import default

        given = pairs(options.weights, str)
        for name, path in given.items():
            if get(name).name != options.onnx:
                raise UsageError(f"--weights {name}={path} counts only with --onnx {name}")
        path = weights_files(options, given).get(options.onnx) or default(options.onnx)
        resolve(get(options.onnx).onnx)(path, options.results)
        print(options.results)
        return
    from dance3d.pipeline.export_run import export_again

    formats = [name.strip() for name in options.to.split(",")] if options.to else DEFAULTS
    for path in export_again(options.results, formats, options.names):
        print(path)
