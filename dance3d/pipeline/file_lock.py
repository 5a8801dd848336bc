"""A lock file, where the file system has locks, or else one that its maker alone may have.

Nothing may depend on the first alone: some file systems have no locks, and some have them for one host only.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dance3d.pipeline.owner import ended, marked, owner_mark

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

PATIENCE = 60.0  # seconds, chosen: so old is the lock file of a process elsewhere that does not live any more
_AGAIN = 0.01  # seconds between two looks; chosen


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
    held = handle is not None or (always and _made(path))
    try:
        yield held
    finally:
        if held:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def _locked(path: Path) -> int | None:
    while fcntl is not None:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):  # removed by the one before us: the lock is of a file that is gone
                if os.path.samestat(path.stat(), os.fstat(handle)):
                    return handle
        except OSError:
            os.close(handle)
            with suppress(OSError):
                path.unlink()
            return None
        os.close(handle)
    return None


def _made(path: Path) -> bool:
    """Make the file, once nobody else has it; whether that could be done."""
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
                if _left(marked(path.read_text()), there.st_mtime):
                    path.unlink()
            time.sleep(_AGAIN)
        except OSError:
            return False


def _left(mark: str, since: float) -> bool:
    """Whether a lock file of a process is left from one that ended; of one elsewhere by its age."""
    here = mark.partition(".")[0] == owner_mark().partition(".")[0]
    return ended(mark, since) if here else time.time() - since > PATIENCE
