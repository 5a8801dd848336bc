"""Signs of life of the processes that use a cache, so that others, wherever they run, spare what these need.

``<root>/live/<mark>`` belongs to one process. Its first line says when the process began, by the clock of the file
system; every further line names an entry that it uses, or works on. A thread renews it while the process lives, however
long its work takes: a mark that is not renewed any more is that of a process that ended.
"""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dance3d.io.safe_names import is_file
from dance3d.pipeline.owner import leftovers, marked, owner_mark, remove
from dance3d.pipeline.unfinished import KEPT, outdated

LIVE, TEMPORARY = "live", "tmp"  # folders below the root
RENEWED = 60.0
"""Seconds between two signs of life; chosen, far less than ``owner.ABANDONED``."""


class User(NamedTuple):
    """Another process that uses a cache.

    Attributes:
        began: when, seconds since the epoch by the clock of the file system; 0 where it does not say.
        entries: ``<stage>/<key>`` of what it uses or works on.
    """

    began: float
    entries: frozenset[str]


class _Lease:
    """The mark of this process on one cache."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[str, None] = {}
        self._began = 0.0
        self._lock = threading.Lock()

    def hold(self, *entries: str) -> bool:
        """Note entries; whether others can read that."""
        with self._lock:
            new = [entry for entry in entries if entry not in self._entries]
            self._entries |= dict.fromkeys(new)
            return (not new and self.path.exists()) or self._write(new)

    def renew(self) -> None:
        """Give a sign of life: bytes are written, since not every file system lets times be set."""
        with self._lock:
            if self.path.parents[1].is_dir():  # whoever has removed the cache does not get it back
                self._write([])

    def _write(self, new: list[str]) -> bool:
        try:
            with self.path.open("r+b") as file:  # it may have been taken for that of a process that ended
                first = file.read(1)
                file.seek(0, os.SEEK_END if new or not first else os.SEEK_SET)
                file.write("".join(f"{entry}\n" for entry in new).encode() or first)
                if self._began:
                    return True
        except FileNotFoundError:
            pass
        except OSError:
            return False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()
            self._began = self._began or self.path.stat().st_mtime
            self.path.write_text("\n".join([repr(self._began), *self._entries, ""]))
        except OSError:
            return False
        return True


class _Process:
    """What this process renews; a fork begins with nothing, as it has a mark of its own and no thread."""

    def __init__(self) -> None:
        self.leases: dict[Path, _Lease] = {}
        self.folders: set[Path] = set()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def renew(self) -> None:
        """Renew all marks and folders once."""
        for lease in list(self.leases.values()):
            lease.renew()
        for folder in list(self.folders):
            try:
                os.utime(folder)
            except FileNotFoundError:
                self.folders.discard(folder)
            except OSError:
                pass

    def begin(self) -> None:
        """Start the thread that renews, once."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._go_on, name="dance3d-live", daemon=True)
            self.thread.start()
            if (processes := sys.modules.get("multiprocessing.util")) is not None:
                processes.Finalize(None, self.take_leave, exitpriority=0)  # a child of it ends without atexit

    def _go_on(self) -> None:
        while True:
            time.sleep(RENEWED)
            self.renew()

    def take_leave(self) -> None:
        """Remove the marks: others need not wait until they are old."""
        leases, self.leases = self.leases, {}  # so that the thread brings none back
        for path in leases:
            if path.name == owner_mark():
                remove(path)


_process = _Process()
atexit.register(lambda: _process.take_leave())


def _forked() -> None:
    global _process
    _process = _Process()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def hold(root: Path, *entries: str) -> bool:
    """Tell others that this process uses a cache until it ends; whether they can know.

    Args:
        root: of the cache.
        entries: ``<stage>/<key>`` of those that it uses or works on, told before it looks at them.
    """
    path = root / LIVE / owner_mark()
    with _process.lock:
        lease = _process.leases.setdefault(path, _Lease(path))
        _process.begin()
    return lease.hold(*entries)


def renewed(folder: Path) -> None:
    """Keep a temporary folder of this process young while the process lives and the folder is there."""
    with _process.lock:
        _process.folders.add(folder)
        _process.begin()


def others(root: Path) -> Iterator[User]:
    """The other processes that use a cache."""
    try:
        names = sorted(path.name for path in (root / LIVE).iterdir())
    except OSError:
        return
    for name in names:
        if name == owner_mark() or marked(name) != name:
            continue
        try:
            if not is_file(root / LIVE / name):
                continue
            began, _, entries = (root / LIVE / name).read_text().partition("\n")
            yield User(float(began), frozenset(entries.split()))
        except FileNotFoundError:
            pass  # it has ended
        except (OSError, ValueError):  # just being written, or not to be read: it may need anything
            yield User(0.0, frozenset())


def in_use(users: Iterable[User]) -> frozenset[str]:
    """``<stage>/<key>`` of all that processes use or work on."""
    return frozenset().union(*(user.entries for user in users))


def clock(root: Path) -> float:
    """Now, by the clock of the file system that a cache lies on, which may be another host's; else by our own."""
    with suppress(OSError):
        if root.is_dir():
            (root / LIVE).mkdir(exist_ok=True)
            # among the marks: a host that has just changed a folder does not list it from memory
            with tempfile.NamedTemporaryFile(prefix=f"{owner_mark()}-", dir=root / LIVE) as probe:
                return os.fstat(probe.fileno()).st_mtime
    return time.time()


def sweep(root: Path) -> None:
    """Remove what processes left that ended, and unfinished work with which nobody went on."""
    now = clock(root)
    for name in (LIVE, TEMPORARY):
        for path in leftovers(root / name, now=now, signs=root / LIVE):
            remove(path)
    if outdated(root, now - KEPT):
        used = in_use(others(root))
        for path in outdated(root, now - KEPT, used):
            remove(path)
