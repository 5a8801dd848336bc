"""Time axes: resampling, filling, smoothing and cutting of sequences. The first axis is time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]
MOST_STEPS = 5_000_000  # of a time grid: more than two hours at the rate of any camera; chosen
_SPARSE = 20  # chosen: times as many frames of a grid as the clip has


def chunks(frames: int, size: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of neighbouring pieces of at most ``size`` that cover ``frames`` once.

    Raises:
        ValueError: ``size`` is below 1.
    """
    if size < 1:
        raise ValueError(f"chunk size is {size}, expected at least 1")
    for start in range(0, frames, size):
        yield start, min(frames, start + size)


def is_sparse(time: NDArray[np.float64], fps: float) -> bool:
    """Whether a clip has so few frames over so long a time that a dense grid is not worth its time."""
    return bool((time[-1] - time[0]) * fps > _SPARSE * len(time))


def is_uniform(time: NDArray[np.float64], fps: float, slack: float = 0.1) -> bool:
    """Whether all steps of a time axis are equal.

    Args:
        time: (T,) seconds.
        fps: frames per second.
        slack: share of a step that each may differ.
    """
    return bool((np.abs(np.diff(time) * fps - 1) <= slack).all())


def grid(time: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """Times at ``fps`` from the first of ``time`` (T,) to the last or just past it, seconds.

    Raises:
        ValueError: they would be more than ``MOST_STEPS``.
    """
    steps = np.ceil((time[-1] - time[0]) * fps - 1e-6)
    if not steps < MOST_STEPS:
        raise ValueError(
            f"times run over {time[-1] - time[0]:g} s, {steps:g} steps at {fps:g} a second; at most {MOST_STEPS} are "
            "laid out: are they seconds?"
        )
    return np.asarray(time[0] + np.arange(int(steps) + 1) / fps, np.float64)


def nearest(time: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.intp]:
    """(N,) row of ``time`` (T,), increasing, that is nearest to each of ``at`` (N,); the earlier of two."""
    right = np.searchsorted(time, at).clip(1, max(len(time) - 1, 1))
    right = np.minimum(right, len(time) - 1)
    left = np.maximum(right - 1, 0)
    return np.asarray(np.where(at - time[left] <= time[right] - at, left, right), np.intp)


def interpolate(
    values: Floats, known: Flags, time: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values at other times, linearly between known rows, held at the ends.

    Args:
        values: (T, ...) rows.
        known: (T,) false where a row is not to be used.
        time: (T,) seconds, increasing.
        at: (N,) seconds.

    Returns:
        (N, ...); NaN throughout where no row is known.
    """
    rows = np.flatnonzero(known)
    if not len(rows):
        return np.full((len(at), *values.shape[1:]), np.nan)
    place = np.interp(at, time[rows], np.arange(len(rows)))
    low = np.minimum(place.astype(int), max(len(rows) - 2, 0))
    part = (place - low).reshape(-1, *(1,) * (values.ndim - 1))
    first, second = values[rows[low]], values[rows[np.minimum(low + 1, len(rows) - 1)]]
    return np.asarray(first * (1 - part) + second * part, np.float64)


def hysteresis(on: Flags, stay: Flags) -> Flags:
    """(T, ...) true from a frame of ``on`` until the first frame that is not ``stay``."""
    index = np.arange(len(on)).reshape(-1, *[1] * (on.ndim - 1))
    last_on = np.maximum.accumulate(np.where(on, index, -1), axis=0)
    last_off = np.maximum.accumulate(np.where(~stay & ~on, index, -1), axis=0)
    held: Flags = last_on > last_off
    return held


def smooth(values: Floats, weight: Floats, sigma: float) -> NDArray[np.float64]:
    """Weighted Gaussian mean over time.

    Args:
        values: (T, ...).
        weight: (T,) of each row; 0 leaves it out.
        sigma: frames.

    Returns:
        (T, ...); NaN where no row near enough has weight.
    """
    weight = np.asarray(weight, np.float64).reshape(-1, *(1,) * (values.ndim - 1))
    used = np.where(weight > 0, values, 0.0).astype(np.float64)
    total = gaussian_filter1d(used * weight, sigma, axis=0, mode="constant")
    share = gaussian_filter1d(np.broadcast_to(weight, values.shape).astype(np.float64), sigma, axis=0, mode="constant")
    out = np.full(values.shape, np.nan)
    np.divide(total, share, out=out, where=share > 1e-9)
    return out


def jitter(values: Floats, known: NDArray[np.bool_] | None = None) -> float:
    """Standard deviation of white noise in slow values (T, J, D); 0 for clips too short to tell.

    Third differences of a motion at video rate are small, those of white noise are sqrt(20) times as wide as it is; the
    median spares what is neither.

    Args:
        values: finite where ``known``.
        known: (T, J); all if not given.
    """
    if len(values) < 4:
        return 0.0
    jumps = np.abs(np.diff(values, n=3, axis=0))
    if known is not None:
        jumps = jumps[known[:-3] & known[1:-2] & known[2:-1] & known[3:]]
    return float(np.median(jumps) / 0.6745 / np.sqrt(20)) if jumps.size else 0.0
