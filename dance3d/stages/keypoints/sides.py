"""Left and right of a track: in which frames the detector exchanged the joints of a pair.

Half the difference of a left joint and its partner moves smoothly; where the two are exchanged it changes sign. So
every way to label the six pairs of a frame is a state of a Viterbi search, and each state keeps Kalman filters of
the six differences along its best path: where the legs pass each other, the labelling whose velocity goes on wins,
not the one whose jump is smallest. What a frame says by itself is weighed against that: most frames are right, a bone
is not longer than it is elsewhere in the track, joints of one limb are seldom exchanged alone, and hips and shoulders
look the same way. Lengths are measured in body sizes (about one trunk). The constants were found by random search on
rendered films read by MoveNet and on projected motion capture; takes of ``benchmarks.keypoints.sides`` were kept out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.times import median_step
from dance3d.skeleton import H36M17
from dance3d.timeseries.segments import segments

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

PAIRS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
LEFT = H36M17.indices(*(f"left_{pair}" for pair in PAIRS))
RIGHT = H36M17.indices(*(f"right_{pair}" for pair in PAIRS))
HIP, SHOULDER = PAIRS.index("hip"), PAIRS.index("shoulder")
BONES = tuple((one, one + 1) for one in range(len(PAIRS) - 1) if PAIRS[one + 1] != "shoulder")  # along the limbs

AGILITY = np.array([18.0, 54.0, 130.0, 16.0, 66.0, 180.0])  # of each pair: density of acceleration, sizes²/s³
NOISE, DOUBT = 0.045, 0.12  # sizes: standard deviation of a joint of score 1, and what is added at score 0
UNSEEN = 1e6  # sizes²: variance of a pair that is not seen, so that it tells nothing
FIRST_SPEED = 5.0  # sizes per second: standard deviation of the speed where a track begins
OUTLYING = 4.5  # squared standard deviations from which on a deviation tells little more
CHANGE_COST = 0.17  # of every pair whose label changes from one frame to the next
DISTRUST = 5.0  # per second: of a pair that is exchanged, certain and at least ``APART`` apart
APART = 0.25  # sizes, of half the difference
ALONE_COST = 1.8  # per second: of a joint exchanged and the next one of its limb not
TRUNK_COST = 4.0  # per second: of hips exchanged and shoulders not, or the reverse
TWIST_COST, TWIST = 10.0, (0.1, 0.17)  # per second: of hips and shoulders that look apart, both so wide (sizes)
STRETCH_COST, STRETCH = 80.0, 0.98  # per second and share by which a bone is too long; times its 9th decile
LONGEST_STEP = 1.0  # seconds: a longer absence is no more forgotten than this one
LONGEST_BODY = 2.0  # seconds: a whole body exchanged for longer is believed
STATES = ((np.arange(2 ** len(PAIRS))[:, None] >> np.arange(len(PAIRS))) & 1).astype(bool)
"""(64, 6) every way to exchange pairs."""
CHUNK = 4096  # rows at a time, so that hours of video need little more memory than minutes


def find_exchanged(xy: Float, score: Float, size: Float, time: Float) -> Flags:
    """Find the pairs of joints whose left and right the detector exchanged.

    Args:
        xy: (T, 17, 2) pixels, NaN where missing.
        score: (T, 17) 0..1.
        size: (T,) pixels: the body's size.
        time: (T,) seconds.

    Returns:
        (T, 6) true where the pair of ``PAIRS`` is exchanged.
    """
    body = xy / size[:, None, None]
    half = (body[:, LEFT] - body[:, RIGHT]) / 2
    seen: Flags = np.asarray(np.isfinite(half).all(-1))
    half, sure = np.where(seen[..., None], half, 0.0), np.where(seen, np.minimum(score[:, LEFT], score[:, RIGHT]), 0.0)
    step = np.clip(np.diff(time, prepend=time[0] - median_step(time, 0.0)), 0.0, LONGEST_STEP)
    cost = np.empty((len(xy), len(STATES)), np.float32)
    longest = [_longest(body, *bone) for bone in BONES]
    for first in range(0, len(xy), CHUNK):
        rows = slice(first, first + CHUNK)
        cost[rows] = step[rows, None] * _cost_of_frames(body[rows], half[rows], sure[rows], longest)
    return _with_lasting_believed(np.asarray(STATES[_best_path(half, sure, seen, step, cost)]), time)


def exchange(values: Float, flags: Flags) -> Float:
    """``values`` (T, 17, ...) with left and right exchanged in the pairs where ``flags`` (T, 6) are true."""
    out = values.copy()
    for pair, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        rows = flags[:, pair]
        out[rows, left], out[rows, right] = values[rows, right], values[rows, left]
    return out


def _with_lasting_believed(flags: Flags, time: Float) -> Flags:
    """``flags`` less long exchanges of (nearly) the whole body: there the video shows another view, or is mirrored."""
    out = flags.copy()
    for start, stop in segments(flags.sum(1) >= len(PAIRS) - 1):
        if time[stop - 1] - time[start] > LONGEST_BODY:
            out[start:stop] = ~flags[start:stop]
    return out


def _cost_of_frames(body: Float, half: Float, sure: Float, longest: list[float]) -> Float:
    """(T, 64) per second: what speaks against each state in the frame itself.

    Args:
        body: (T, 17, 2) joints, in body sizes.
        half: (T, 6, 2) half of left minus right, 0 where not seen.
        sure: (T, 6) score of the pair.
        longest: of every bone of ``BONES``, in body sizes.
    """
    apart = np.minimum(np.linalg.norm(half, axis=-1) / APART, 1)
    cost = DISTRUST * (apart * sure) @ STATES.T
    for (one, other), most in zip(BONES, longest, strict=True):
        mixed = STATES[:, one] != STATES[:, other]
        kept, crossed = (_too_long(body, one, other, most, other_side) for other_side in (LEFT, RIGHT))
        cost += np.where(mixed, ALONE_COST + STRETCH_COST * crossed[:, None], STRETCH_COST * kept[:, None])
    mixed = STATES[:, HIP] != STATES[:, SHOULDER]
    up = np.nan_to_num(body[:, H36M17.index("thorax")] - body[:, H36M17.index("pelvis")])
    across = np.stack([-up[:, 1], up[:, 0]], -1) / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 0.2)
    hips, shoulders = ((half[:, pair] * across).sum(-1) for pair in (HIP, SHOULDER))
    alike = np.clip(hips * shoulders / np.prod(TWIST), -1, 1) * sure[:, HIP] * sure[:, SHOULDER]
    return np.asarray(
        cost + mixed * TRUNK_COST + TWIST_COST * np.clip(np.where(mixed, 1, -1) * alike[:, None], 0, None)
    )


def _lengths(body: Float, one: int, other: int, left_end: list[int]) -> Float:
    """(T, 2) lengths of a limb's two bones, each to the end of its own side (``LEFT``) or of the other one."""
    right_end = RIGHT if left_end is LEFT else LEFT
    ends = ((LEFT[one], left_end[other]), (RIGHT[one], right_end[other]))
    return np.stack([np.linalg.norm(body[:, a] - body[:, b], axis=-1) for a, b in ends], -1)


def _longest(body: Float, one: int, other: int) -> float:
    lengths = _lengths(body, one, other, LEFT)
    lengths = lengths[np.isfinite(lengths)]
    return STRETCH * float(np.percentile(lengths, 90)) if len(lengths) else np.inf


def _too_long(body: Float, one: int, other: int, most: float, left_end: list[int]) -> Float:
    share = np.nan_to_num(_lengths(body, one, other, left_end)) / max(most, 1e-6)
    return np.asarray(np.clip(share - 1, 0, 1).sum(-1))


def _best_path(half: Float, sure: Float, seen: Flags, step: Float, cost: NDArray[np.float32]) -> NDArray[np.int64]:
    """(T,) the state of every frame on the path that costs least.

    The filters' variances and gains do not depend on the labels, so that all states share them.

    Args:
        half: (T, 6, 2) half of left minus right, 0 where not seen.
        sure: (T, 6) score of the pair.
        seen: (T, 6) whether both joints are there.
        step: (T,) seconds since the frame before.
        cost: (T, 64) of each state in each frame.
    """
    signs = np.where(STATES, -1.0, 1.0)[..., None]
    changes = CHANGE_COST * (STATES[:, None] != STATES).sum(-1)
    labels = np.concatenate([~STATES, STATES], 1).astype(np.float64)  # (64, 12)
    every = np.arange(len(STATES))
    noise = np.where(seen, (NOISE + DOUBT * (1 - sure)) ** 2, UNSEEN)
    squared = (half**2).sum(-1)
    place, speed = signs * half[0], np.zeros((*STATES.shape, 2))
    variances = (np.where(seen[0], noise[0], 1.0), np.zeros(len(PAIRS)), np.full(len(PAIRS), FIRST_SPEED**2))
    total, back = cost[0].astype(np.float64), np.zeros(cost.shape, np.uint8)
    for t in range(1, len(half)):
        variances, gain, spread = _filtered(*variances, step[t], noise[t])
        place = place + step[t] * speed
        near = ((place * place).sum(-1) + squared[t]) / (OUTLYING * spread)
        twice = 2 * (place * half[t]).sum(-1) / (OUTLYING * spread)
        off = np.concatenate([near - twice, near + twice], 1)  # as detected, and exchanged
        off = OUTLYING / 2 * np.log1p(np.maximum(off, 0))
        through = labels @ off.T + changes + total  # (64 now, 64 before)
        before = through.argmin(1)
        back[t], total = before, through[every, before] + cost[t]
        off_place = signs * half[t] - place[before]
        place, speed = place[before] + gain[0][:, None] * off_place, speed[before] + gain[1][:, None] * off_place
    path = np.zeros(len(half), np.int64)
    path[-1] = total.argmin()
    for t in range(len(half) - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path


def _filtered(
    place: Float, both: Float, speed: Float, step: float, noise: Float
) -> tuple[tuple[Float, Float, Float], tuple[Float, Float], Float]:
    """One step of the variances of a Kalman filter whose acceleration is white noise.

    Args:
        place: (6,) variance of the place.
        both: (6,) covariance of place and speed.
        speed: (6,) variance of the speed.
        step: seconds.
        noise: (6,) variance of what is seen.

    Returns:
        The variances afterwards, the gains of place and speed, and the variance of what is expected to be seen.
    """
    place = place + 2 * step * both + step**2 * speed + AGILITY * step**3 / 3
    both = both + step * speed + AGILITY * step**2 / 2
    speed = speed + AGILITY * step
    spread = place + noise
    gain = (place / spread, both / spread)
    return ((1 - gain[0]) * place, (1 - gain[0]) * both, speed - gain[1] * both), gain, spread
