"""A lock file, where the file system has locks. Nothing may depend on it alone: some have none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a lock file, which is removed afterwards; others wait. A process that ends gives its lock back.

    Yields whether there is a lock: not on file systems without, nor where the file cannot be made.
    """
    handle = _locked(path)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
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
            return None
        os.close(handle)
    return None
