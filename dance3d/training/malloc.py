"""Keep freed memory in the process, since training asks for it again at the next step."""

from __future__ import annotations

import ctypes
import sys

_TRIM, _MMAPS = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of glibc's malloc.h
_ALL = 2**31 - 1  # the largest value that mallopt takes


def keep_freed_memory() -> bool:
    """Let glibc keep what is freed, for this process.

    Every step makes and frees arrays of many megabytes. glibc gives each back at once, and the system clears every page
    before it hands it out again: in training the detector on a processor that took a third of the time.

    Returns:
        Whether it could be said; not where the C library is another one.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        say = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(say(_MMAPS, 0)) and bool(say(_TRIM, _ALL))
