"""``dance3d crops``: cut people out of footage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.cli.common import say
from dance3d.cli.options import Parser, count


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option(
        "source", type=Path, metavar="SOURCE", help="video, folder of images with masks, COCO JSON, or a set's folder"
    )
    parser.option("-o", "--out", type=Path, required=True, help="folder for the crops")
    text = "how the source is laid out: human36m, mpi3dhp, multiview, coco, images, video; found out if not given"
    parser.option("--kind", default="auto", help=text)
    text = "how people are found, such as selfie or mog2; if not given, by the masks that come with the source, if any"
    parser.option("--foreground", default="auto", help=text)
    parser.option("--size", type=count, default=64, help="of the crops, pixels (%(default)s)")
    parser.option("--every", type=count, default=1, metavar="N", help="take every N-th frame")
    text = "three cameras or more stand still and see one person: masks are made better by what they agree on"
    parser.option("--standing", action="store_true", help=text)
    parser.option("--split", help="train, val or test for all; if not given, by the set's own rule, or train")


def run(options: Any) -> None:
    """Cut people out of footage."""
    from dance3d.datasets.crop_sources import write_crops

    how = (options.kind, options.foreground, options.size, options.every, options.split, options.standing)
    tally = write_crops(options.source, options.out, *how)
    for line in tally.lines():
        say(options, line)
    print(options.out)
