"""Faults of file systems over a network that pass: another host has just replaced a file, or the server was busy."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")
PASSING = frozenset({errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN})
WAITS = (0.02, 0.2)  # seconds before it is tried again; chosen


def again(work: Callable[[], Made]) -> Made:
    """Do work that opens and reads files, and do it again where a fault may pass.

    Raises:
        OSError: it stays, or is no such fault.
    """
    for wait in WAITS:
        try:
            return work()
        except OSError as error:
            if error.errno not in PASSING:
                raise
        time.sleep(wait)
    return work()
