"""Corrections of per-frame detections before smoothing: cuts, outlying joints, short gaps.

Lengths are measured in body sizes (about one trunk), so that neither the picture's size nor the distance to the camera
matters. The constants are chosen.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.times import median_step
from dance3d.skeleton import H36M17
from dance3d.timeseries.segments import segments

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

CUT_DISTANCE = 1.0  # body sizes per frame at 30 frames/s: a faster pelvis means another person or another shot
CUT_RATE = 30  # frames/s to which ``CUT_DISTANCE`` refers
SIZE_SECONDS, SIZE_FRAMES = 0.5, 100  # half width of the body size's median; at most so many frames
OUTLIER_DISTANCE = 0.5  # body sizes: a joint further from the median of its neighbouring frames is an outlier
MOST_OUTLIERS = 6  # outliers in one frame from which on the whole frame is one
LONGEST_GAP = 0.5  # seconds: longer gaps are not interpolated
GAP_SCORE = 0.5  # score of interpolated points, relative to the lower score at the ends of the gap
EDGE = 0.01  # of the picture's sides: a joint nearer to the edge, or beyond it, is a guess of the detector
BEYOND_SCORE = 0.1  # most score of such a joint
CHUNK = 4096  # rows at a time, so that hours of video need little more memory than minutes
_BONES = [("thorax", "pelvis")]
_BONES += [(f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in (("hip", "knee"), ("knee", "ankle"))]
_LONG = np.array([H36M17.indices(*bone) for bone in _BONES])


def longest_bone(xy: NDArray[np.floating]) -> NDArray[np.floating]:
    """(T,) pixels: the longest of trunk, thighs and shins of bodies (T, 17, 2); 0 where none of them is detected."""
    ends = xy[:, _LONG]
    return np.asarray(np.nan_to_num(np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=-1)).max(1))


def body_size(xy: Float, time: Float) -> Float:
    """(T,) pixels: the longest of trunk, thighs and shins, median over about a second; NaN if there is no detection."""
    longest = longest_bone(xy)
    seen = np.flatnonzero(longest > 0)
    if len(seen) == 0:
        return np.full(len(xy), np.nan)
    filled = np.interp(np.arange(len(xy)), seen, longest[seen])
    reach = min(round(SIZE_SECONDS / median_step(time, np.inf)), SIZE_FRAMES)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(filled, reach, mode="edge"), 2 * reach + 1)
    return np.asarray(np.median(around, axis=-1), np.float64)


def split_at_cuts(xy: Float, size: Float, time: Float) -> list[tuple[int, int]]:
    """Split a path where the pelvis jumps: at a cut of the video, or where another person was detected.

    Args:
        xy: (T, 17, 2) pixels, NaN where missing.
        size: (T,) pixels: the body's size.
        time: (T,) seconds.

    Returns:
        (start, stop) rows of the segments.
    """
    pelvis = xy[:, H36M17.index("pelvis")]
    seen = np.flatnonzero(np.isfinite(pelvis).all(1))
    jump = np.linalg.norm(np.diff(pelvis[seen], axis=0), axis=-1)
    # longer gaps allow more movement
    allowed = CUT_DISTANCE * size[seen[1:]] * np.maximum(np.diff(time[seen]) * CUT_RATE, 1)
    edges = [0, *seen[1:][jump > allowed].tolist(), len(xy)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def outliers(xy: Float, size: Float) -> Flags:
    """(T, 17) true where a joint lies far from the median of five frames, or many joints of its frame do (Hampel)."""
    padded = np.pad(xy, ((2, 2), (0, 0), (0, 0)), constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0)
    middle = np.full(xy.shape, np.nan)
    for first in range(0, len(xy), CHUNK):
        part = around[first : first + CHUNK]
        known = np.isfinite(part).all(2).sum(-1) >= 3  # a median of two points would lie between them
        middle[first : first + CHUNK][known] = np.nanmedian(part[known], axis=-1)
    with np.errstate(invalid="ignore"):
        far = np.linalg.norm(xy - middle, axis=-1) > OUTLIER_DISTANCE * size[:, None]
    return np.asarray(far | (far.sum(1, keepdims=True) >= MOST_OUTLIERS), bool)


def beyond(xy: Float, size: tuple[int, int]) -> Flags:
    """(T, J) true where a joint (T, J, 2), pixels, lies outside of a picture of (width, height), or at its edge."""
    share = xy / np.array(size)
    with np.errstate(invalid="ignore"):
        return np.asarray(((share < EDGE) | (share > 1 - EDGE)).any(-1))


def fill_gaps(xy: Float, score: Float, time: Float, longest: float = LONGEST_GAP) -> tuple[Float, Float]:
    """Interpolate short gaps linearly, with a low score; longer gaps stay NaN.

    Args:
        xy: (T, J, 2) pixels, NaN where missing.
        score: (T, J) 0..1.
        time: (T,) seconds.
        longest: seconds of a gap that is filled.

    Returns:
        ``xy`` and ``score`` with the gaps filled.
    """
    xy, score = xy.copy(), score.copy()
    for j in range(xy.shape[1]):
        for start, b in segments(np.logical_not(np.isfinite(xy[:, j]).all(1))):
            a = start - 1
            if a >= 0 and b < len(xy) and time[b] - time[a] <= longest + 1e-6:
                inner = slice(a + 1, b)
                share = ((time[inner] - time[a]) / (time[b] - time[a]))[:, None]
                xy[inner, j] = (1 - share) * xy[a, j] + share * xy[b, j]
                score[inner, j] = GAP_SCORE * min(score[a, j], score[b, j])
    return xy, score
