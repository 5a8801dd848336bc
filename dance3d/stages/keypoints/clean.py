"""Faults of per-frame detectors, undone before smoothing: sides exchanged, joints that jump away, short absences.

All lengths are measured in the dancer's own size (about one trunk), so that neither the picture's size nor the
distance to the camera matters.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import median_step
from dance3d.timeseries.segments import segments

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

CUT = 1.0  # a pelvis that moves so many trunks between two frames is another person, or another shot
FAR = 0.5  # a joint so many trunks from the median of its neighbourhood was not seen there
CROWD = 6  # so many joints away at once: the whole frame was someone else
LONGEST_FILL = 0.5  # seconds of absence that are bridged by a straight line
FILL_SCORE = 0.5  # of the weaker end, for what was bridged
CHUNK = 4096  # rows at a time, so that hours of video need little more memory than minutes
SWITCH = 0.3  # cost in trunks of exchanging the sides anew, so that noise near a crossing does not flicker
OWN_WORD = 4.0  # per second, for not believing the detector, and for legs and arms that disagree
LIMBS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
_BONES = [("thorax", "pelvis")]
_BONES += [(f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in (("hip", "knee"), ("knee", "ankle"))]
_LONG = np.array([H36M17.indices(*bone) for bone in _BONES])


def longest_bone(xy: NDArray[np.floating]) -> NDArray[np.floating]:
    """(T,) pixels: the longest of trunk, thighs and shins of bodies (T, 17, 2); 0 where none of them is seen."""
    ends = xy[:, _LONG]
    return np.asarray(np.nan_to_num(np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=-1)).max(1))


def body_size(xy: Float, time: Float) -> Float:
    """(T,) pixels: the longest of trunk, thighs and shins, median over about a second; NaN where nobody ever is."""
    longest = longest_bone(xy)
    seen = np.flatnonzero(longest > 0)
    if len(seen) == 0:
        return np.full(len(xy), np.nan)
    filled = np.interp(np.arange(len(xy)), seen, longest[seen])
    reach = min(round(0.5 / median_step(time, np.inf)), 100)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(filled, reach, mode="edge"), 2 * reach + 1)
    return np.asarray(np.median(around, axis=-1), np.float64)


def cuts(xy: Float, size: Float, time: Float) -> list[tuple[int, int]]:
    """(start, stop) rows of stretches without a cut: within one, the pelvis never jumps."""
    pelvis = xy[:, H36M17.index("pelvis")]
    seen = np.flatnonzero(np.isfinite(pelvis).all(1))
    jump = np.linalg.norm(np.diff(pelvis[seen], axis=0), axis=-1)
    allowed = CUT * size[seen[1:]] * np.maximum(np.diff(time[seen]) * 30, 1)  # an absence gives time to move
    edges = [0, *seen[1:][jump > allowed].tolist(), len(xy)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def exchanged(xy: Float, size: Float, time: Float) -> Flags:
    """Where left and right are exchanged, (T, 2): of the legs, of the arms.

    Dynamic programming over four states (legs and arms as detected or exchanged): limbs do not jump across the body
    from one frame to the next, so the labelling with the least jumping wins; where the sides cross, changing costs
    little. Not believing the detector costs by the second: the wider apart the sides are where it changed its mind,
    the longer an exchange is undone, of the whole body often half a second. A lasting one is left as it is,
    since jumps alone do not tell which of the two sides of one was right.
    """
    states = [(legs, arms) for legs in (False, True) for arms in (False, True)]
    step = median_step(time, 0.0)
    own = OWN_WORD * step * np.array([legs + arms + (legs != arms) for legs, arms in states])
    move = np.zeros((len(xy), 2, 2))  # [t, limb, exchanged relative to the frame before]
    for k, joints in enumerate(LIMBS):
        left = H36M17.indices(*(f"left_{j}" for j in joints))
        right = H36M17.indices(*(f"right_{j}" for j in joints))
        seen = np.flatnonzero(np.isfinite(xy[:, left + right]).all((1, 2)))
        a, b, unit = xy[seen[:-1]], xy[seen[1:]], size[seen[1:], None]
        for other, target in ((0, left + right), (1, right + left)):
            moved = np.linalg.norm(a[:, left + right] - b[:, target], axis=-1) / unit
            move[seen[1:], k, other] = np.minimum(moved, 1).sum(1) + SWITCH * other
        move[seen[1:][np.diff(time[seen]) > LONGEST_FILL], k] = 0  # too long ago to know
    change = np.array([[[p[k] != q[k] for q in states] for p in states] for k in range(2)], int)
    cost, back = own.copy(), np.zeros((len(xy), 4), int)
    for t in range(1, len(xy)):
        total = cost[:, None] + move[t, 0][change[0]] + move[t, 1][change[1]]
        back[t] = total.argmin(0)
        cost = total[back[t], range(4)] + own
    path = [int(cost.argmin())]
    for t in range(len(xy) - 1, 0, -1):
        path.append(int(back[t, path[-1]]))
    return np.array([states[s] for s in path[::-1]], bool)


def exchange(values: Float, flags: Flags) -> Float:
    """Put sides right: ``values`` (T, 17, ...) with left and right exchanged where ``flags`` (T, 2) say so."""
    out = values.copy()
    for k, joints in enumerate(LIMBS):
        both = H36M17.indices(*(f"{s}_{j}" for s in ("left", "right") for j in joints))
        partners = [H36M17.swap[j] for j in both]
        rows = np.flatnonzero(flags[:, k])[:, None]
        out[rows, both] = values[rows, partners]
    return out


def outliers(xy: Float, size: Float) -> Flags:
    """(T, 17) true where a joint lies far from the median of five frames, or too much of the body does (Hampel)."""
    padded = np.pad(xy, ((2, 2), (0, 0), (0, 0)), constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0)
    middle = np.full(xy.shape, np.nan)
    for first in range(0, len(xy), CHUNK):
        part = around[first : first + CHUNK]
        known = np.isfinite(part).all(2).sum(-1) >= 3  # two frames cannot outvote each other
        middle[first : first + CHUNK][known] = np.nanmedian(part[known], axis=-1)
    with np.errstate(invalid="ignore"):
        far = np.linalg.norm(xy - middle, axis=-1) > FAR * size[:, None]
    return np.asarray(far | (far.sum(1, keepdims=True) >= CROWD), bool)


def fill(xy: Float, score: Float, time: Float) -> tuple[Float, Float]:
    """Bridge absences of up to ``LONGEST_FILL`` seconds by straight lines, with a low score; longer ones stay NaN."""
    xy, score = xy.copy(), score.copy()
    for j in range(xy.shape[1]):
        for start, b in segments(np.logical_not(np.isfinite(xy[:, j]).all(1))):
            a = start - 1
            if a >= 0 and b < len(xy) and time[b] - time[a] <= LONGEST_FILL + 1e-6:
                inner = slice(a + 1, b)
                share = ((time[inner] - time[a]) / (time[b] - time[a]))[:, None]
                xy[inner, j] = (1 - share) * xy[a, j] + share * xy[b, j]
                score[inner, j] = FILL_SCORE * min(score[a, j], score[b, j])
    return xy, score
