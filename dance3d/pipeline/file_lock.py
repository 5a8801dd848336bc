"""A lock file, where the file system has locks, or else one that its maker alone may have.

Nothing may depend on the first alone: some file systems have no locks, and some have them for one host only. The second
is renewed while it is held. Whether that of another host is left over is seen by watching it, so clocks do not count.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dance3d.io.operating_system import OPEN_FILES_STAY, lock
from dance3d.pipeline.owner import ended, marked, owner_mark

PATIENCE = 60.0
"""Seconds, chosen: a lock file of a process elsewhere that is not renewed for so long is left over."""
_AGAIN = 0.01  # seconds between two looks; chosen
_FLAGS = os.O_RDWR | sum(getattr(os, f"O_{name}", 0) for name in ("CLOEXEC", "NOFOLLOW", "NONBLOCK"))
_TRIES = 1000  # lock files that may be removed by others while we wait for them; chosen


@contextmanager
def locked(path: Path, *, always: bool = False) -> Iterator[bool]:
    """Hold a lock file, which is removed afterwards; others wait. A process that ends gives its lock back.

    Args:
        path: of the file.
        always: on a file system without locks too, for work of seconds: then the file itself is the lock.

    Yields:
        Whether it is held: not on file systems without locks, nor where the file cannot be made.
    """
    handle = _locked(path)
    made = handle is None and always and _made(path)
    held = handle is not None or made
    try:
        with _renewed(path, made):
            yield held
    finally:
        if held and not OPEN_FILES_STAY:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)
        if held and OPEN_FILES_STAY:
            with suppress(OSError):  # whoever waited has it open, and so it stays
                path.unlink(missing_ok=True)


def _locked(path: Path) -> int | None:
    for _ in range(_TRIES):
        try:
            handle, new = _opened(path)
        except OSError:
            return None
        try:
            lock(handle)
        except OSError as error:
            os.close(handle)
            if error.errno == errno.ESTALE:  # of another host, which has removed it: as below
                time.sleep(_AGAIN)
                continue
            if new:  # else it is the lock of somebody who has made it, as there are no other locks here
                with suppress(OSError):
                    path.unlink()
            return None
        with suppress(OSError):  # removed by the one before us: the lock is of a file that is gone
            if os.path.samestat(path.stat(), os.fstat(handle)):
                return handle
        os.close(handle)
    return None


def _opened(path: Path) -> tuple[int, bool]:
    """The file, open, and whether it is new."""
    for _ in range(_TRIES):
        try:
            return os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666), True
        except FileExistsError:
            with suppress(FileNotFoundError):  # removed meanwhile
                return os.open(path, _FLAGS), False
    raise FileNotFoundError(path)


def _made(path: Path) -> bool:
    """Make the file, once nobody else has it; whether that could be done."""
    watched, since = None, time.monotonic()
    while True:
        try:
            with path.open("x") as file:
                file.write(owner_mark())
            return True
        except FileExistsError:
            with suppress(FileNotFoundError):
                there = path.lstat()
                if not stat.S_ISREG(there.st_mode):
                    return False
                mark, seen = marked(path.read_text()), (there.st_ino, there.st_mtime_ns)
                if seen != watched:
                    watched, since = seen, time.monotonic()
                if _left(mark, there.st_mtime, since):
                    path.unlink()
            time.sleep(_AGAIN)
        except OSError:
            return False


def _left(mark: str, seen: float, since: float) -> bool:
    """Whether a lock file is left from a process that ended.

    Args:
        mark: of the process.
        seen: when the file was changed.
        since: when we saw it first as it is now, by ``time.monotonic``; counts for a process elsewhere.
    """
    here = mark.partition(".")[0] == owner_mark().partition(".")[0]
    return ended(mark, seen) if here else time.monotonic() - since > PATIENCE


@contextmanager
def _renewed(path: Path, made: bool) -> Iterator[None]:
    """Renew a lock file that was made, until the block ends, from time to time."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(PATIENCE / 4):
            with suppress(OSError), path.open("r+") as file:
                file.write(owner_mark())  # not every file system lets times be set

    if made:
        threading.Thread(target=renew, daemon=True).start()
    try:
        yield
    finally:
        done.set()
