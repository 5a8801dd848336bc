"""A smoother that keeps fast movements: local quadratic regression in time, weighted by confidence.

Like the one-euro filter (Casiez et al., CHI 2012) it smooths more the slower a joint moves; unlike it, it uses frames
on both sides and so adds no lag. Times are in seconds, so the frame rate may vary. The constants are chosen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.times import median_step

Float = NDArray[np.float64]

REST_WIDTH = 0.40  # seconds: half width of the window on a joint at rest
PILOT_WIDTH = 0.10  # seconds: half width of the first fit, which only measures speed
HALF_SPEED = 1.5  # body sizes per second at which the window is half as wide
LEAST_WIDTH = 2.2  # frames: least half width, about two neighbours on each side
MOST_FRAMES = 100  # frames on each side: largest half width
LEAST_SCORE = 0.05  # below it a measured point counts no less
CERTAINTY = 3  # weight is score to this power: on rendered films MoveNet's error grew about as score ** -1.5
RIDGE = (1e-12, 1e-3, 1e-3)  # on value, slope and curvature of the fit
CHUNK = 1024  # rows at a time, so that hours of video need no more memory than minutes


def smooth(xy: Float, score: Float, time: Float, size: Float) -> Float:
    """Smooth every joint's path.

    Args:
        xy: (T, J, 2) pixels, NaN where missing.
        score: (T, J) 0..1: certainty of a point.
        time: (T,) seconds.
        size: (T,) pixels: the body's size, by which speeds are divided.

    Returns:
        (T, J, 2) pixels; NaN stays NaN.
    """
    if len(time) < 3 or np.isnan(size).all():
        return xy.copy()
    step = median_step(time, 0.0)
    weight = np.where(np.isfinite(xy).all(-1), np.clip(score, LEAST_SCORE, 1) ** CERTAINTY, 0.0)
    pilot = np.full(weight.shape, max(PILOT_WIDTH, LEAST_WIDTH * step))
    speed = np.linalg.norm(_regress(xy, weight, time, pilot, 1), axis=-1) / size[:, None]
    speed = _max_nearby(np.where(weight > 0, speed, 0.0), max(round(PILOT_WIDTH / step), 1))
    width = np.maximum(REST_WIDTH / (1 + speed / HALF_SPEED), LEAST_WIDTH * step)
    return np.where(weight[..., None] > 0, _regress(xy, weight, time, width, 0), np.nan)


def _max_nearby(speed: Float, reach: int) -> Float:
    """Largest speed within ``reach`` frames: a fast joint is slow where it turns, and its window must stay narrow."""
    padded = np.pad(speed, ((reach, reach), (0, 0)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0).max(-1), np.float64)


def _regress(xy: Float, weight: Float, time: Float, width: Float, derivative: int) -> Float:
    """Value (0) or slope per second (1) at every frame of a parabola fitted around it.

    Weighted least squares with a tricube kernel of half width ``width`` (T, J) seconds (Cleveland 1979). A small ridge
    on slope and curvature lets it fall back to a mean where there are too few points.
    """
    reach = min(int(np.ceil(width.max() / median_step(time, 0.0))), MOST_FRAMES)
    out = np.zeros(xy.shape)
    pad = ((reach, reach), (0, 0))
    values = np.pad(np.where(weight[..., None] > 0, xy, 0.0), (*pad, (0, 0)))
    weights, times = np.pad(weight, pad), np.pad(time, reach, mode="edge")
    window = np.arange(2 * reach + 1)
    for first in range(0, len(time), CHUNK):
        rows = np.arange(first, min(first + CHUNK, len(time)))
        around = rows[:, None] + window  # (R, K)
        u = (times[around] - time[rows, None])[..., None] / width[rows, None, :]  # (R, K, J), -1..1 inside
        kernel = np.clip(1 - np.abs(u) ** 3, 0, None) ** 3 * weights[around]
        centre = np.where(
            weight[rows, :, None] > 0, xy[rows], 0.0
        )  # subtracted, so that the ridge pulls towards nothing
        powers = np.stack([kernel * u**n for n in range(5)], -1).sum(1)  # (R, J, 5)
        target = np.stack([np.einsum("rkj,rkjc->rjc", kernel * u**n, values[around]) for n in range(3)], -2)
        target -= powers[..., :3, None] * centre[..., None, :]
        matrix = powers[..., np.add.outer(np.arange(3), np.arange(3))]
        matrix = matrix + np.diag(RIDGE)
        solved = np.linalg.solve(matrix, target)
        out[rows] = centre + solved[..., 0, :] if derivative == 0 else solved[..., 1, :] / width[rows, :, None]
    return out
