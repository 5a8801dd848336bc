"""Unfinished work of stages: kept in the cache by key until the entry is there, so that the next run goes on with it.

It lies in ``<root>/unfinished/<stage>-<key>/``; ``dance3d.io.pieces`` says how.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dance3d.io.safe_names import is_folder
from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.owner import remove

UNFINISHED = "unfinished"  # folder of it below the root
KEPT = 30 * 86400.0  # seconds for which nobody need go on; chosen, as long as ``dance3d cache gc`` keeps entries
_NAME = re.compile(r"[\w-]+-[0-9a-f]{64}")


def place(root: Path, stage: str, key: str) -> Path:
    """The folder of the unfinished work on a key.

    Args:
        root: of the cache.
        stage: name of what makes the entry.
        key: of the entry.
    """
    return root / UNFINISHED / f"{stage}-{key}"


@contextmanager
def unfinished(folder: Path, kept: Callable[[], bool]) -> Iterator[None]:
    """Keep the pieces of the work on a key, done inside a ``with`` block; once it is done they are removed.

    An error or the end of the process leaves them, for the next run to go on.

    Args:
        folder: see ``place``.
        kept: whether a piece may be written, as in ``pieces_in``; what is there is used in any case.
    """
    from dance3d.io.pieces import pieces_in  # numpy takes a while, and `dance3d cache` does without

    with suppress(OSError):
        os.utime(folder)  # used now
    try:
        with pieces_in(folder, kept):
            yield
    except InputChanged:  # they may be of either content
        remove(folder)
        raise
    remove(folder)


def outdated(root: Path, limit: float, used: Collection[str] = ()) -> list[Path]:
    """Folders of unfinished work that may go.

    Args:
        root: of the cache.
        limit: those with no sign of life since then, seconds since the epoch.
        used: ``<stage>/<key>`` of entries that somebody works on; their folders stay.
    """
    kept = {name.replace("/", "-") for name in used}
    found = []
    with suppress(OSError):
        for folder in sorted((root / UNFINISHED).iterdir()):
            with suppress(OSError):
                stays = folder.name in kept or not _NAME.fullmatch(folder.name)
                if not stays and is_folder(folder) and folder.lstat().st_mtime <= limit:
                    found.append(folder)
    return found
