"""Bodies fitted to the masks of a folder of crops, computed once and stored beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.datasets.crop_folder import Crops
from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.body_fit import fit_bodies
from dance3d.stages.detect.kept_beside import alone, digest, read_note, write_note

log = logging.getLogger(__name__)
FITTED, CHECK = "fitted.bin", "fitted.json"
METHOD = 1
"""Goes up when the method changes, so that stored bodies are fitted again."""
MOST = 64
"""Chosen: moments that are fitted together; a longer clip shares the lengths of its bones in parts."""
_NUMBERS = len(H36M17.joints) * 3 + 1


def ensure_fitted(
    folder: Path, crops: Crops, rows: Sequence[int] | NDArray[np.integer], scenes: Callable[[list[int]], Scenes]
) -> NDArray[np.float32]:
    """The body of every moment, read from the folder, or fitted and written there first; goes on where it stopped.

    Args:
        folder: that keeps them; made if need be.
        crops: the folder of crops.
        rows: moments of the folder that are needed.
        scenes: batch of moments with distance maps, by their places in ``rows``.

    Returns:
        (M, 52) float32, mapped from disk, for all M moments: 17 joints in metres, world, then the misfit
        (``body_fit.FittedBodies``); NaN for a moment that was never asked for.
    """
    shape = (len(crops.moments), _NUMBERS)
    label: dict[str, object] = {"shape": list(shape), "masks": digest(crops.mask), "method": METHOD}
    path = folder / FITTED
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        if read_note(folder / CHECK) != label or not path.is_file() or path.stat().st_size != 4 * shape[0] * shape[1]:
            np.full(shape, np.nan, np.float32).tofile(path)
            write_note(folder / CHECK, label)
        out = np.memmap(path, np.float32, "r+", shape=shape)
        missing = [place for place, row in enumerate(rows) if np.isnan(out[row, -1])]
        done = 0
        for part in _parts([crops.moments[rows[place]]["name"] for place in missing]):
            places = [missing[n] for n in part]
            names = [crops.moments[rows[place]]["name"] for place in places]
            clips = torch.tensor([names.index(name) for name in names])
            found = fit_bodies(scenes(places), clips)
            out[[rows[place] for place in places]] = torch.cat([found.world.flatten(1), found.misfit[:, None]], 1)
            out.flush()
            done += len(part)
            log.info("bodies fitted to the masks of %d of %d moments", done, len(missing))
    return np.memmap(path, np.float32, "r", shape=shape)


def _parts(names: Sequence[str]) -> list[list[int]]:
    """Places of ``names`` in groups of at most ``MOST``, clip by clip."""
    order = sorted(range(len(names)), key=lambda n: names[n])
    parts: list[list[int]] = []
    for _, group in groupby(order, key=lambda n: names[n]):
        clip = list(group)
        for first in range(0, len(clip), MOST):
            piece = clip[first : first + MOST]
            if parts and len(parts[-1]) + len(piece) <= MOST:
                parts[-1] += piece
            else:
                parts.append(piece)
    return parts
