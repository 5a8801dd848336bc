"""Distance maps of a folder of crops, computed once and stored in the folder."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.datasets.crop_folder import Crops
from dance3d.masks.geodesic import distance_map
from dance3d.stages.detect.kept_beside import CHUNK, alone, digest, read_note, write_note

DISTANCE, CHECK = "distance.bin", "distance.json"


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
    label: dict[str, object] = {"shape": list(shape), "masks": digest(crops.mask)}
    size = 4 * int(np.prod(shape))
    if not size:
        return np.zeros(shape, np.float32)
    with alone(folder):
        if read_note(folder / CHECK) != label or not whole.is_file() or whole.stat().st_size != size:
            (folder / CHECK).unlink(missing_ok=True)
            _compute(crops.mask, part, label)
            part.replace(whole)
            write_note(folder / CHECK, label)
            part.with_suffix(".json").unlink(missing_ok=True)
    return np.memmap(whole, np.float32, "r", shape=shape)


def _compute(masks: NDArray[np.uint8], part: Path, label: dict[str, object]) -> None:
    """Compute maps into ``part``, from where the note beside it says that it stopped."""
    progress, size = part.with_suffix(".json"), 4 * int(np.prod(masks.shape))
    note = read_note(progress)
    resumed = note.get("label") == label and part.is_file() and part.stat().st_size == size
    first = int(str(note["done"])) if resumed else 0
    out = np.memmap(part, np.float32, "r+" if resumed else "w+", shape=masks.shape)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for start in range(first, len(masks), CHUNK):
            chunk = slice(start, start + CHUNK)
            for index, found in enumerate(pool.map(distance_map, masks[chunk].astype(bool))):
                out[start + index] = found
            out.flush()
            write_note(progress, {"label": label, "done": min(start + CHUNK, len(masks))})
