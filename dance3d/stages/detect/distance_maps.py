"""Distance maps of a folder of crops, computed once and stored in the folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.datasets.crop_folder import Crops
from dance3d.io.operating_system import lock
from dance3d.masks.geodesic import distance_map

DISTANCE, CHECK = "distance.bin", "distance.json"
_CHUNK = 256
"""Chosen: maps computed between two notes of the progress."""


def ensure_distances(folder: Path, crops: Crops) -> NDArray[np.float32]:
    """The ``distance_map`` of every crop's mask, read from the folder, or computed and written there first.

    The file is keyed by the masks and computed again if they change. An interrupted run is resumed; the file gets its
    name only when it is complete.

    Args:
        folder: of the crops; written to.
        crops: the crops in it.

    Returns:
        (N, S, S) float32, pixels, mapped from disk.
    """
    shape = crops.mask.shape
    whole, part = folder / DISTANCE, folder / f"{DISTANCE}.part"
    label: dict[str, object] = {"shape": list(shape), "masks": _digest(crops.mask)}
    size = 4 * int(np.prod(shape))
    if not size:
        return np.zeros(shape, np.float32)
    with _alone(folder):
        if _read_note(folder / CHECK) != label or not whole.is_file() or whole.stat().st_size != size:
            (folder / CHECK).unlink(missing_ok=True)
            _compute(crops.mask, part, label)
            part.replace(whole)
            _write_note(folder / CHECK, label)
            part.with_suffix(".json").unlink(missing_ok=True)
    return np.memmap(whole, np.float32, "r", shape=shape)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work in a folder: those of one training all want the same maps."""
    place = None
    with suppress(OSError):  # a system that opens no folders, or a file system without locks
        place = os.open(folder, os.O_RDONLY)
        lock(place)
    try:
        yield
    finally:
        if place is not None:
            os.close(place)  # gives the lock back


def _compute(masks: NDArray[np.uint8], part: Path, label: dict[str, object]) -> None:
    """Compute maps into ``part``, from where the note beside it says that it stopped."""
    progress, size = part.with_suffix(".json"), 4 * int(np.prod(masks.shape))
    note = _read_note(progress)
    resumed = note.get("label") == label and part.is_file() and part.stat().st_size == size
    first = int(str(note["done"])) if resumed else 0
    out = np.memmap(part, np.float32, "r+" if resumed else "w+", shape=masks.shape)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for start in range(first, len(masks), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            for index, found in enumerate(pool.map(distance_map, masks[chunk].astype(bool))):
                out[start + index] = found
            out.flush()
            _write_note(progress, {"label": label, "done": min(start + _CHUNK, len(masks))})


def _digest(masks: NDArray[np.uint8]) -> str:
    """sha256 of all masks, read in chunks."""
    found = hashlib.sha256()
    for start in range(0, len(masks), _CHUNK):
        found.update(masks[start : start + _CHUNK].tobytes())
    return found.hexdigest()


def _read_note(path: Path) -> dict[str, object]:
    """Content of a note; empty if it is missing or incomplete."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_note(path: Path, content: dict[str, object]) -> None:
    """Write a note atomically."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(content))
    temporary.replace(path)
