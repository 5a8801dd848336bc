"""Removing entries from a cache that processes, containers and hosts share: the damaged, and what nobody uses."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dance3d.io.safe_names import is_folder
from dance3d.pipeline.cache_entry import MANIFEST
from dance3d.pipeline.live import TEMPORARY, clock, in_use, others, sweep
from dance3d.pipeline.owner import owner_mark, remove
from dance3d.pipeline.unfinished import UNFINISHED, outdated

log = logging.getLogger(__name__)
_TOGETHER = 16  # entries that are out of the way while marks are read again; chosen


def collect(root: Path, entries: Sequence[Path], damaged: Sequence[Path], keep_days: float) -> list[Path]:
    """Remove what was not used lately, and return it.

    What another process may use is kept: all that was used since the oldest began, and all that one names in its mark,
    whatever its age. Marks are read again once an entry is out of the way, and it is put back if one names it now.

    Args:
        root: of the cache.
        entries: all of them, sound or not.
        damaged: folders of entries that were put aside.
        keep_days: what was used within so many days is kept.
    """
    sweep(root)
    now = clock(root)
    users = list(others(root))
    starts = [user.began - 1 for user in users]
    limit = min(now - keep_days * 86400, *starts, now)
    used = in_use(users)
    old = [folder for folder in entries if _used(folder) <= limit and _name(folder) not in used]
    old += outdated(root, limit, used)
    removed = []
    for folder in damaged:
        remove(folder)
        removed.append(folder)
    for first in range(0, len(old), _TOGETHER):
        part = [folder for folder in old[first : first + _TOGETHER] if _used(folder) <= limit]  # not used meanwhile
        removed += _discard(root, part)
    return removed


def put_aside(folder: Path, fault: str) -> None:
    """Move a damaged entry out of the way, or remove it; what another user keeps to himself stays."""
    name, aside = f"{folder.parent.name}/{folder.name[:12]}", folder.parents[1] / "quarantine"
    with suppress(OSError):
        if is_folder(folder) and not os.access(folder, os.R_OK | os.X_OK):
            folder.chmod(0o700)  # fails where it belongs to somebody else
        try:
            aside.mkdir(parents=True, exist_ok=True)
            place = tempfile.mkdtemp(prefix=f"{folder.parent.name}-", dir=aside)
            folder.replace(Path(place) / folder.name)
        except OSError:
            remove(folder)
    done = "could not be put aside, going around it" if os.path.lexists(folder) else "put aside, making it again"
    log.warning("cache: %s is damaged (%s); %s", name, fault, done)


def _discard(root: Path, folders: Sequence[Path]) -> list[Path]:
    """Remove entries, of which nobody sees a half; which were removed."""
    moved: dict[Path, Path] = {}
    place = None
    with suppress(OSError):
        (root / TEMPORARY).mkdir(exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{owner_mark()}-", dir=root / TEMPORARY))
        for number, folder in enumerate(folders):
            moved[folder] = folder.replace(place / str(number))
    used = in_use(others(root))
    back = {folder for folder in folders if _name(folder) in used}
    for folder in back & moved.keys():
        with suppress(OSError):  # made again meanwhile
            moved[folder].replace(folder)
    gone = [folder for folder in folders if folder not in back]
    for folder in gone:
        remove(moved.get(folder, folder))
    if place is not None:
        remove(place)
    return gone


def _name(folder: Path) -> str:
    """``<stage>/<key>`` of an entry or of the unfinished work on it."""
    if folder.parent.name == UNFINISHED:
        stage, _, key = folder.name.rpartition("-")
        return f"{stage}/{key}"
    return f"{folder.parent.name}/{folder.name}"


def _used(folder: Path) -> float:
    """When an entry was last used; never, where it has no manifest."""
    try:
        return (folder / MANIFEST).lstat().st_mtime
    except OSError:
        return 0.0
