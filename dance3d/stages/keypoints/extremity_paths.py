"""Extremities of a track through time: the vector from the ankle to the toe is corrected, filled and smoothed.

It is added to the ankle's own path, since extremities are read in fewer pictures than joints. The constants are chosen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.extremities import PARENTS, SWAP
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.clean import fill_gaps
from dance3d.stages.keypoints.sides import PAIRS
from dance3d.stages.keypoints.smooth import smooth
from dance3d.timeseries.segments import segments

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

OUTLIER_DISTANCE = 0.3  # body sizes: an offset further from the median of five readings is an outlier
LONGEST_GAP = 0.25  # seconds between readings over which an offset is interpolated
HELD = 0.13  # seconds for which the first offset is taken to be there before, and the last one afterwards
_PARENTS = H36M17.indices(*PARENTS)


def exchange(extremities: Float, flags: Flags) -> Float:
    """Extremities (T, 7, 2) with left and right exchanged where the joint that they hang on is.

    Args:
        extremities: of a track.
        flags: (T, 6) true where the pair of ``sides.PAIRS`` is exchanged.
    """
    out = extremities.copy()
    for point, parent in enumerate(PARENTS):
        pair = parent.partition("_")[2]
        if pair in PAIRS:
            rows = flags[:, PAIRS.index(pair)]
            out[rows, point] = extremities[rows, SWAP[point]]
    return out


def follow(
    extremities: Float, joints: Float, path: Float, body: Float, time: NDArray[np.float64], smoothed: bool
) -> Float:
    """Paths of extremities.

    Args:
        extremities: (T, 7, 2) pixels as read, NaN where not.
        joints: (T, 17, 2) pixels as detected in the same pictures; NaN where they are outliers.
        path: (T, 17, 2) pixels: the final joints, to which the offsets are added.
        body: (T,) pixels: the body's size.
        time: (T,) seconds.
        smoothed: whether the offsets are smoothed.

    Returns:
        (T, 7, 2) pixels; NaN where nothing was read nearby, or the joint is missing.
    """
    offsets = extremities - joints[:, _PARENTS]
    offsets[_outliers(offsets, body)] = np.nan
    offsets, weight = fill_gaps(offsets, np.where(np.isfinite(offsets).all(-1), 1.0, 0.0), time, LONGEST_GAP)
    if smoothed:
        offsets = smooth(offsets, weight, time, body)
    return np.asarray(_held(offsets, time) + path[:, _PARENTS])


def on_joints(
    extremities: NDArray[np.floating], before: NDArray[np.floating], after: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Extremities that go with the joints on which they hang; a joint that became its partner takes them along.

    Args:
        extremities: (T, 7, 2) pixels, of ``before``.
        before: (T, 17, 2) pixels.
        after: (T, 17, 2) pixels: the same joints in other places; where they are the same, nothing is changed.
    """
    one, other = after[:, _PARENTS] - before[:, _PARENTS], after[:, _PARENTS] - before[:, _PARENTS][:, SWAP]
    straight, crossed = (np.linalg.norm(np.nan_to_num(moved, nan=np.inf), axis=-1) for moved in (one, other))
    with np.errstate(invalid="ignore"):
        exchanged = (crossed + crossed[:, SWAP] < straight + straight[:, SWAP])[..., None]
    offsets = extremities - before[:, _PARENTS]
    moved = np.where(exchanged, offsets[:, SWAP], offsets) + after[:, _PARENTS]
    same = ((before == after) | (np.isnan(before) & np.isnan(after))).all(-1)[:, _PARENTS, None]
    return np.where(same, extremities, moved).astype(np.float32)


def _outliers(offsets: Float, body: Float) -> Flags:
    """(T, 7) true where an offset lies far from the median of five readings (Hampel)."""
    out = np.zeros(offsets.shape[:2], bool)
    for point in range(offsets.shape[1]):
        rows = np.flatnonzero(np.isfinite(offsets[:, point]).all(1))
        if len(rows) >= 3:
            padded = np.pad(offsets[rows, point], ((2, 2), (0, 0)), constant_values=np.nan)
            middle = np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0), axis=-1)
            out[rows, point] = np.linalg.norm(offsets[rows, point] - middle, axis=1) > OUTLIER_DISTANCE * body[rows]
    return out


def _held(offsets: Float, time: NDArray[np.float64]) -> Float:
    """Offsets that go on for ``HELD`` seconds before and behind each stretch, as far as nothing else is known there."""
    out = offsets.copy()
    for point in range(offsets.shape[1]):
        for start, stop in segments(np.logical_not(np.isfinite(offsets[:, point]).all(1))):
            before = time[start:stop] - time[start - 1] if start else np.full(stop - start, np.inf)
            after = time[stop] - time[start:stop] if stop < len(time) else np.full(stop - start, np.inf)
            close = np.minimum(before, after) <= HELD
            nearest = np.where(before <= after, start - 1, min(stop, len(time) - 1))
            out[start:stop][close, point] = offsets[nearest[close], point]
    return out
