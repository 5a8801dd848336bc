"""Files kept beside a folder of crops, which follow from its masks and are computed once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io.operating_system import lock

CHUNK = 256
"""Chosen: masks that are read at a time."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work in a folder: those of one training all want the same files."""
    place = None
    with suppress(OSError):  # a system that opens no folders, or a file system without locks
        place = os.open(folder, os.O_RDONLY)
        lock(place)
    try:
        yield
    finally:
        if place is not None:
            os.close(place)  # gives the lock back


def digest(masks: NDArray[np.uint8]) -> str:
    """sha256 of all masks, read in chunks."""
    found = hashlib.sha256()
    for start in range(0, len(masks), CHUNK):
        found.update(masks[start : start + CHUNK].tobytes())
    return found.hexdigest()


def read_note(path: Path) -> dict[str, object]:
    """Content of a note; empty if it is missing or incomplete."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_note(path: Path, content: dict[str, object]) -> None:
    """Write a note atomically."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(content))
    temporary.replace(path)
