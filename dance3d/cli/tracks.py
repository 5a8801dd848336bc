"""``dance3d tracks``: who is who in a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import open_cache, reporter, tell
from dance3d.cli.options import Parser, stage_options

if TYPE_CHECKING:
    from dance3d.tracks.edits import Edit


def arguments(parser: Parser) -> None:
    """Add the command's actions."""

    def action(name: str, text: str, *dancers: str, when: bool = False) -> Parser:
        made = parser.action(name, text, _list if name == "list" else _edit)
        made.option("results", type=Path, metavar="OUT", help="folder of a finished run")
        for dancer in dancers:
            made.option(dancer.lower(), type=int, metavar=dancer, help="number of a dancer, as list shows it")
        if when:
            at = made.add_mutually_exclusive_group(required=True)
            at.add_argument("--at", type=float, metavar="SECONDS", help="from this time on")
            at.add_argument("--frame", type=int, help="from this frame on, counted from 0")
        if name != "list":
            made.option("--video", type=Path, help="where the video is now, if it has moved")
            stage_options(made)
        return made

    action("list", "dancers with times, sizes and crossings")
    action("swap", "exchange two dancers from a time on, where a crossing went wrong", "FIRST", "SECOND", when=True)
    action("confirm", "two dancers are right after a doubtful crossing", "FIRST", "SECOND", when=True)
    merge = action("merge", "make GONE a part of INTO", "INTO", "GONE")
    merge.option("--prefer", type=int, default=0, metavar="N", help="whose rows are kept where both are seen")
    action("split", "from a time on, DANCER is somebody new", "DANCER", when=True)
    action("keep", "drop all but these").option("dancers", type=int, nargs="+", metavar="DANCER")
    action("rename", "give DANCER a name", "DANCER").option("name")
    action("undo", "take back the last edit")


def run(options: Any) -> int:
    """Do what the action says."""
    return options.act(options) or 0


def _list(options: Any) -> None:
    from dance3d.pipeline.retrack import table

    for line in table(options.results):
        print(line)


def _edit(options: Any) -> None:
    from dance3d.pipeline.retrack import retrack

    edit = None if options.action == "undo" else track_edit(options)
    report = reporter(options)
    done = retrack(options.results, edit, video=options.video, cache=open_cache(options), report=report)
    tell(done.result, done.out, options.quiet)


def track_edit(options: Any) -> Edit:
    """The edit that ``dance3d tracks ACTION OUT ...`` asks for."""
    from dance3d.pipeline.retrack import dancers, frame_at, free_number
    from dance3d.tracks.edits import Edit

    out: Path = options.results
    values: dict[str, Any]
    if options.action == "merge":
        values = {"into": options.into, "gone": options.gone, "prefer": options.prefer}
    elif options.action == "keep":
        values = {"persons": sorted(set(options.dancers))}
    elif options.action == "rename":
        values = {"person": options.dancer, "name": options.name}
    else:
        frame = frame_at(dancers(out), options.at) if options.frame is None else options.frame
        if options.action in ("swap", "confirm"):
            values = {"first": options.first, "second": options.second, "frame": frame}
        else:
            values = {"person": options.dancer, "frame": frame, "new": free_number(out)}
    return Edit(options.action, values)
