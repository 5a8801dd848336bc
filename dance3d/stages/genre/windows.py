"""The windows of a track that the genre net reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.stages.genre.features import STEP, TURN, Features

WINDOW = 5.0
"""Chosen: seconds that the net reads at once."""
STEPS = round(WINDOW / STEP)
_LEAST = 0.2  # chosen: least share of a window with a person


def windows(present: NDArray[np.floating]) -> list[tuple[int, int]]:
    """(start, stop) steps of the windows with a person; they overlap by half, and a short clip is one window."""
    frames, size = len(present), STEPS
    starts = sorted({*range(0, frames - size, size // 2), frames - size}) if frames > size else [0]
    return [(i, min(i + size, frames)) for i in starts if present[i : i + size].mean() >= _LEAST]


def pad_start(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(STEPS, ...) of a window that may be shorter: its start is padded with absence."""
    return np.concatenate([np.zeros((STEPS - len(rows), *rows.shape[1:]), np.float32), rows])


def stack_windows(
    features: Features, spans: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, STEPS, D) features and (N, STEPS) presence of windows."""
    values, present = (np.stack([pad_start(array[i:j]) for i, j in spans]) for array in features[:2])
    return values, present


def resample(values: Tensor, present: Tensor, at: Tensor, speed: Tensor) -> tuple[Tensor, Tensor]:
    """Features and presence at fractional rows.

    Args:
        values: (N, D) features.
        present: (N,) presence.
        at: (B, T) rows.
        speed: (B,) factor of the tempo.

    Returns:
        (B, T, D) and (B, T).
    """
    low = at.floor().long()
    high = (low + 1).clamp_max(len(values) - 1)
    part = (at - low).float()
    out = values[low]
    out += (values[high] - out) * part[..., None]
    out[..., TURN] *= speed[:, None].float()
    return out, torch.where(part > 0, torch.minimum(present[low], present[high]), present[low])
