"""Repeated phrases: long intervals in which the body's posture follows the same path as some time before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Repeat
from dance3d.geometry.body_frame import heading_frame, to_right
from dance3d.skeleton import H36M17
from dance3d.timeseries.segments import segments

Array = NDArray[np.float64]
PER_SECOND = 10
"""Chosen: postures per second that are compared."""
PHRASE = 2.0
"""Chosen: seconds of the shortest phrase, and the shortest time from its start to its repetition."""
ALIKE = 0.8
"""Chosen: least similarity of two phrases in every ``PHRASE`` seconds."""
MOVED = 0.03
"""Chosen: least motion of a phrase, body scales, root mean square over joints; two rests are not a repetition."""
REACH = 600.0
"""Chosen: longest time in seconds to a repetition, so that hours of video take seconds."""
MOST = 10
"""Chosen: most phrases of a clip."""
_LYING = (
    0.1  # body scales, chosen: on a body that lies on its side, hips and shoulders are closer in the view from above
)
_EVEN = 0.05  # chosen: a phrase that is just alike enough counts by this times its length
_AXES = 12  # chosen: main directions of posture that are compared; the others are mostly jitter


def repeats(joints: Array, up: Array, start: float = 0.0) -> tuple[Repeat, ...]:
    """Repeated phrases, the longest first, at most ``MOST``, without those that others already cover.

    Two intervals are alike by 1 - E|a - b|² / (var a + var b) of their postures (Lin's concordance, 1989): 1 for the
    same motion, 0 for unrelated motion. Postures are relative to the dancer's heading; left and right are not
    exchanged.

    Args:
        joints: (M, 17, 3) at ``PER_SECOND``, body scales relative to the pelvis; NaN where missing.
        up: (3,) unit vector against gravity.
        start: seconds of the first posture.
    """
    width = round(PHRASE * PER_SECOND)
    if len(joints) < 2 * width:
        return ()
    posture, seen = _postures(joints, up)
    found = _search(posture, seen, width)
    return tuple(
        Repeat(
            start + first / PER_SECOND,
            start + (first + length) / PER_SECOND,
            lag / PER_SECOND,
            round(float(np.clip(alike, 0, 1)), 4),
        )
        for first, length, lag, alike in _selected(found, len(joints))
    )


def _postures(joints: Array, up: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Postures (M, 12) relative to the heading, in their main directions of variance, and (M,) which are seen."""
    frames = heading_frame(to_right(joints, "hip", "shoulder"), up, _LYING)
    seen: NDArray[np.bool_] = np.asarray(np.isfinite(joints).all((1, 2)))
    body = (joints[:, :, None] * frames[:, None]).sum(-1)
    flat = np.where(seen[:, None], body.reshape(len(body), -1), 0.0) / np.sqrt(len(H36M17.joints))
    flat = np.where(seen[:, None], flat - flat.sum(0) / max(seen.sum(), 1), 0.0)
    _, axes = np.linalg.eigh(flat.T @ flat)
    return flat @ axes[:, : -_AXES - 1 : -1], seen


def _search(posture: Array, seen: NDArray[np.bool_], width: int) -> list[tuple[int, int, int, float]]:
    """Intervals (first, length, lag, alike), in postures, whose every window of ``width`` is alike enough."""

    def mean(x: Array) -> Array:
        total = np.concatenate([np.zeros((1, *x.shape[1:])), np.cumsum(x, axis=0)])
        return np.asarray((total[width:] - total[:-width]) / width)

    square = (posture**2).sum(1)
    spread = mean(square) - (mean(posture) ** 2).sum(1)  # (M - width + 1,) variance of every window
    fit = mean(seen.astype(float)) > 1 - 1e-9
    found = []
    for lag in range(width, min(len(posture) - width, round(REACH * PER_SECOND)) + 1):
        there = fit[lag:] & fit[:-lag]
        if not there.any():
            continue
        off = mean(square[lag:] + square[:-lag] - 2 * np.einsum("ij,ij->i", posture[lag:], posture[:-lag]))
        both = spread[lag:] + spread[:-lag]
        on = (off <= (1 - ALIKE) * np.maximum(both, 2 * MOVED**2)) & there  # with pauses
        if not on.any():
            continue
        for first, stop in segments(on).tolist():
            moved, apart = float(both[first:stop].mean()), float(off[first:stop].mean())
            if moved >= 2 * MOVED**2:
                found.append((first, stop - first + width - 1, lag, 1 - apart / moved))
    return found


def _selected(found: list[tuple[int, int, int, float]], frames: int) -> list[tuple[int, int, int, float]]:
    """The best intervals, the longest first, without those that others already cover in both halves."""
    covered = np.zeros(frames, bool)
    kept: list[tuple[int, int, int, float]] = []
    for run in sorted(found, key=lambda run: (-run[1] * (run[3] - ALIKE + _EVEN), run)):
        first, length, lag, _ = run
        once, again = slice(first, first + length), slice(first + lag, first + lag + length)
        if covered[once].mean() > 0.5 and covered[again].mean() > 0.5:
            continue
        covered[once] = covered[again] = True
        kept.append(run)
        if len(kept) == MOST:
            break
    return sorted(kept, key=lambda run: (-run[1], run))
