"""``dance3d synth``: a synthetic dancer as a video, or a folder of crops."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from dance3d.cli.options import Parser, When, count, strict_option

VIDEO = When("without --crops", lambda options: options.crops is None)
CROPS = When("with --crops", lambda options: options.crops is not None)
MOTION = When("with --crops and --data", lambda options: options.crops is not None and options.data is not None)
GENRE, SECONDS = "salsa", 6.0
VIEWS, SIZE, WORKERS = 4, 64, 1


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option("-o", "--out", type=Path, required=True, help="folder for what is made")
    parser.option("--genre", when=VIDEO, help=f"of the video ({GENRE})")
    parser.option("--seconds", when=VIDEO, type=float, help=f"of the video ({SECONDS:g})")
    parser.option("--seed", type=int, default=0, help="of everything random (%(default)s)")
    parser.option("--crops", type=count, metavar="N", help="write the crops of so many moments, not a video")
    text = "for crops: folder of motion capture; invented motion if not given"
    parser.option("--data", when=CROPS, type=Path, metavar="FOLDER", help=text)
    parser.option("--views", when=MOTION, type=count, help=f"for crops of motion capture: cameras ({VIEWS})")
    parser.option("--crop-size", when=CROPS, type=count, help=f"for crops: pixels ({SIZE})")
    parser.option("--workers", when=CROPS, type=count, help=f"for crops: processes ({WORKERS})")
    strict_option(parser, MOTION)


def run(options: Any) -> None:
    """Render a synthetic dancer: a video, or a folder of crops."""
    if options.crops is not None:
        _crops(options)
        print(options.out)
        return
    from dance3d.pipeline.delivery import deliver, prepared
    from dance3d.synth.clip import write_scene

    seconds = SECONDS if options.seconds is None else options.seconds
    with prepared(options.out), tempfile.TemporaryDirectory() as beside:
        write_scene(Path(beside), GENRE if options.genre is None else options.genre, seconds, options.seed)
        deliver(options.out, {path.name: path for path in sorted(Path(beside).iterdir())}, None)
    print(options.out / "video.mp4")


def _crops(options: Any) -> None:
    from dance3d.datasets.mocap import load_motion
    from dance3d.synth.crop_dataset import scenes, write_invented, write_multiview_crops

    size = SIZE if options.crop_size is None else options.crop_size
    workers = WORKERS if options.workers is None else options.workers
    if options.data is None:
        write_invented(options.out, size, options.crops, options.seed, workers)
        return
    views = VIEWS if options.views is None else options.views
    takes = scenes(load_motion(options.data, strict=options.strict))
    write_multiview_crops(options.out, takes, size, options.crops, views, seed=options.seed, workers=workers)
