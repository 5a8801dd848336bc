"""What Linux, macOS and Windows do each in their own way: processes, locks of files, memory and cores."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

OPEN_FILES_STAY = sys.platform == "win32"
"""Whether a file that somebody has open can be neither removed nor replaced."""
_AGAIN = 0.05  # seconds between two tries of a lock where the system does not wait by itself; chosen
_CGROUP, _OWN_GROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_QUERY, _SYNCHRONIZE, _ACCESS_DENIED, _STILL_RUNS = 0x1000, 0x100000, 5, 0x102  # as in winnt.h and winerror.h


def is_running(process: int) -> bool:
    """Whether there is a process of this number, somebody else's too; it is not disturbed.

    On Windows ``os.kill(process, 0)`` would be Ctrl-C.
    """
    if sys.platform == "win32":
        return _is_running_on_windows(process, ctypes.WinDLL("kernel32", use_last_error=True), ctypes.get_last_error)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # somebody else's
    return True


def _is_running_on_windows(process: int, kernel: Any, last_error: Callable[[], int]) -> bool:
    """As ``is_running``.

    Args:
        process: number.
        kernel: the library kernel32.
        last_error: of that library.
    """
    handle = kernel.OpenProcess(_QUERY | _SYNCHRONIZE, False, process)
    if not handle:
        return last_error() == _ACCESS_DENIED
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == _STILL_RUNS)
    finally:
        kernel.CloseHandle(handle)


def lock(handle: int, *, wait: bool = True) -> bool:
    """Lock an open file for this process alone, until the file is closed.

    Args:
        handle: of the file.
        wait: for whoever has it; else the answer is false.

    Returns:
        Whether it is locked.

    Raises:
        OSError: the file system has no locks, or lost the file.
    """
    if sys.platform == "win32":
        import msvcrt

        return _lock_on_windows(handle, wait, msvcrt)
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _lock_on_windows(handle: int, wait: bool, runtime: Any) -> bool:
    """As ``lock``: one byte far behind the content, which others may read meanwhile.

    Args:
        handle: of the file.
        wait: as in ``lock``.
        runtime: the module msvcrt.
    """
    while True:
        before = os.lseek(handle, 0, os.SEEK_CUR)
        try:
            os.lseek(handle, 2**31 - 2, os.SEEK_SET)
            runtime.locking(handle, runtime.LK_NBLCK, 1)
            return True
        except PermissionError:  # somebody has it
            if not wait:
                return False
        finally:
            os.lseek(handle, before, os.SEEK_SET)
        time.sleep(_AGAIN)


def usable_cores() -> int:
    """Cores that this process may use, also where a container or a scheduler gives it a share of them only."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _groups():
        with suppress(OSError, ValueError):
            quota, period = (group / "cpu.max").read_text().split()
            cores = min(cores, max(int(quota) // int(period), 1))  # "max" is no number: no limit
    return cores


def available_memory() -> float:
    """Bytes that new processes may use; infinite where the system does not say."""
    found = []
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024.0)
    for group in _groups():
        with suppress(OSError, ValueError):
            most, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
            found.append(float(most - used))
    if not found:
        with suppress(OSError, ValueError, AttributeError):
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2)  # chosen: others need some, too
    return min(found, default=float("inf"))


def peak_memory() -> float | None:
    """MiB that this process had at most; none where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _groups() -> list[Path]:
    """The control groups (version 2) whose limits hold for this process: its own and those above."""
    own = ""
    with suppress(OSError):
        lines = _OWN_GROUP.read_text().splitlines()
        own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    return [_CGROUP / own, *(_CGROUP / own).parents[: len(Path(own).parts)]]
