"""``dance3d cache``: list, verify, clean, explain or share what stages keep."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from dance3d.cli.common import open_cache, say
from dance3d.cli.options import Parser, cache_option, pose_option, store_option
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.registry import DEFAULT_POSES

DAYS = 30.0
HOST, PORT = "127.0.0.1", 8470
_LINES = 10.0  # seconds between two lines of progress


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
    store_option(why)
    cache_option(why)
    for name, text, days in (
        ("push", "put entries into a store, those that are not there", "put what was used within so many days; all"),
        ("pull", "fetch entries from a store, those that are not here", "fetch what was put within so many days; all"),
    ):
        copy = parser.action(name, text, _copy)
        copy.option("place", metavar="STORE", help="folder or URL: s3://, gs://, file://; pull also http://")
        copy.option("--stage", action="append", default=[], help="only entries of this stage; may come several times")
        copy.option("--days", type=float, help=f"{days} if not given")
        cache_option(copy)
    serve = parser.action("serve-readonly", "let others read the cache over HTTP: --store http://HOST:PORT", _serve)
    serve.option("--port", type=int, default=PORT, help=f"to listen on; 0 takes a free one ({PORT})")
    text = f"address to listen on; whoever reaches it can read all that is kept ({HOST}: this machine alone)"
    serve.option("--host", default=HOST, help=text)
    cache_option(serve)


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

    cache = open_cache(options)
    kept = list(cache.entries())
    if not kept:
        say(options, f"nothing is kept in {cache.root}")
    for folder in kept:
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


def _copy(options: Any) -> int:
    """Push or pull, as the action says."""
    from dance3d.pipeline.cache_transfer import pull, push
    from dance3d.pipeline.store import open_store

    store, copy = open_store(options.place), push if options.action == "push" else pull
    counts: Counter[str] = Counter()
    size, said = 0, time.monotonic()
    try:
        for one in copy(open_cache(options), store, options.stage, options.days):
            counts[one.done] += 1
            size += one.size
            if one.done == "damaged":
                print(f"{one.name[:30]} is damaged and was left out", flush=True)
            if time.monotonic() - said > _LINES:
                said = time.monotonic()
                say(options, f"  {one.number} of {one.of} entries, {size / 1e6:.1f} MB")
    except OSError:
        say(
            options, f"ended early: {_sum(counts, size, options.action, store.url)}; the same command goes on from here"
        )
        raise
    say(options, _sum(counts, size, options.action, store.url))
    return REFUSED if counts["damaged"] else 0


def _sum(counts: Counter[str], size: int, action: str, url: str) -> str:
    """What was copied, in a line."""
    done = (
        f"{counts['copied']} entries ({size / 1e6:.1f} MB) {'put into' if action == 'push' else 'fetched from'} {url}"
    )
    return f"{done}, {counts['there']} there already, {counts['damaged']} damaged"


def _serve(options: Any) -> None:
    from dance3d.pipeline.cache_server import CacheServer

    if not 0 <= options.port < 1 << 16:
        raise ValueError(f"--port {options.port}: expected 0 to 65535")
    cache = open_cache(options)
    try:
        server = CacheServer(cache, options.host, options.port)
    except OSError as error:
        raise ValueError(f"nothing can listen on {options.host} port {options.port} ({error.strerror})") from error
    with server:
        print(f"{cache.root} can be read at {server.url}; Ctrl-C ends it", flush=True)
        server.serve_forever()
