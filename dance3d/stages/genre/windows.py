"""The windows of a track that the genre net looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dance3d.stages.genre.features import STEP, Features

WINDOW = 5.0
"""Seconds that the net sees at once."""
STEPS = round(WINDOW / STEP)
_LEAST = 0.2  # share of a window in which there must be a person


def windows(present: NDArray[np.floating]) -> list[tuple[int, int]]:
    """(start, stop) steps of the windows in which somebody is seen; they overlap by half, a short clip is one."""
    frames, size = len(present), STEPS
    starts = sorted({*range(0, frames - size, size // 2), frames - size}) if frames > size else [0]
    return [(i, min(i + size, frames)) for i in starts if present[i : i + size].mean() >= _LEAST]


def pad_start(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(STEPS, ...) of a window that may be shorter: nobody is there until it begins."""
    return np.concatenate([np.zeros((STEPS - len(rows), *rows.shape[1:]), np.float32), rows])


def stack_windows(
    features: Features, spans: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, STEPS, D) features and (N, STEPS) presence of windows."""
    values, present = (np.stack([pad_start(array[i:j]) for i, j in spans]) for array in features[:2])
    return values, present
