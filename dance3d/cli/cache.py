"""``dance3d cache``: list, verify, clean or explain what stages keep."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dance3d.cli.common import open_cache, say
from dance3d.cli.options import Parser, cache_option, pose_option
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.registry import DEFAULT_POSES

DAYS = 30.0


def arguments(parser: Parser) -> None:
    """Add the command's actions."""
    cache_option(parser.action("ls", "list what is kept", _list))
    cache_option(parser.action("verify", "read everything, and put aside what is damaged", _verify))
    clean = parser.action("gc", "remove what was not used lately", _clean)
    clean.option("--days", type=float, default=DAYS, help=f"keep what was used within so many days ({DAYS:g})")
    cache_option(clean)
    why = parser.action("explain", "of each stage: whether a video's output is kept, else what changed", _explain)
    why.option("video", type=Path, metavar="VIDEO", help="whose stages are asked about")
    pose_option(why)
    cache_option(why)


def run(options: Any) -> int:
    """Do what the action says."""
    return options.act(options) or 0


def _explain(options: Any) -> None:
    from dance3d.pipeline.run import explain

    for stage, why in explain(options.video, open_cache(options), options.pose_from or DEFAULT_POSES):
        print(f"{stage:10} {why}")


def _list(options: Any) -> None:
    from dance3d.io.safe_names import files_below
    from dance3d.pipeline.cache_entry import MANIFEST

    for folder in open_cache(options).entries():
        files = [folder / name for name in files_below(folder) if name != MANIFEST]
        size = sum(path.lstat().st_size for path in files)
        print(f"{folder.parent.name:14} {folder.name[:16]} {size / 1e6:9.2f} MB")


def _verify(options: Any) -> int:
    cache = open_cache(options)
    faults = cache.verify()
    left = {*cache.entries()} - {folder for folder, _ in faults}
    for folder, fault in faults:
        done = "still there" if os.path.lexists(folder) else "put aside"
        print(f"{folder.parent.name}/{folder.name[:16]}: {fault}; {done}")
    say(options, f"{len(faults)} damaged, {len(left)} sound in {cache.root}")
    return REFUSED if faults else 0


def _clean(options: Any) -> None:
    cache = open_cache(options)
    removed = len(cache.gc(options.days))
    say(options, f"removed {removed} entries from {cache.root}")
