"""The rhythm of a body: beats where it comes to rest, the tempo between them, and repeated phrases.

Everything is computed from the motion of the joints around the pelvis; the sound is not read. ``docs/rhythm.md`` has
the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from dance3d.contracts import Pose3D, Rhythm
from dance3d.geometry.up_direction import up_direction
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rhythm.repeats import PER_SECOND, repeats
from dance3d.timeseries.resampling import grid, interpolate, smooth
from dance3d.timeseries.segments import segments

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
RATE = 30
"""Frames per second at which motion is sampled."""
GAP = 0.25
"""Chosen: seconds without the dancer that are bridged; in longer gaps there is no beat."""
SMOOTH = 1 / 30
"""Chosen: seconds, sigma of the low-pass on positions, and again on the speed whose minima are beats."""
NEAREST = 0.22
"""Chosen: least seconds between two beats."""
DEPTH = 0.1
"""Chosen: least drop of the speed at a beat, as a share of the speed of the body's fast moments."""
STILL = 0.05
"""Chosen: body scales per second; slower motion is jitter rather than dance."""
SLOWEST, FASTEST = 40.0, 240.0
"""Chosen: range of tempo, beats per minute."""
PREFERRED, OCTAVES = 120.0, 1.0
"""Of a tempo, its half and its double, that one wins which lies nearer to 120 per minute, an octave off counting as one
standard deviation: people tap, walk and make dance music about there (Moelants, Preferred tempo reconsidered, 2002)."""
SHARES = np.array([1.0, 0.5, 1.0, 1.0])
"""Chosen: weight of each signal in the tempo: the body's speed, the pelvis' rise, the feet and the hands."""
SURE_FROM, SURE_AT, SURE_BY, SURE_LONG = 0.043, 0.33, 0.20, 20.0
"""After T seconds, 20 at most, a regularity of 0.043 + 0.33 / √T is as often right as wrong, and the odds change e-fold
by 0.20 / √T: fitted to synthetic dances and to motion without a beat, true and lifted (docs/rhythm.md)."""
_SIDES = ("left", "right")
_STEP = round(RATE / PER_SECOND)
_THIN = 0.8  # chosen: sigma of the low-pass before every ``_STEP``-th frame is taken, in steps


@dataclass(frozen=True, eq=False)
class Motion:
    """A clip at ``RATE``.

    Attributes:
        time: (N,) seconds.
        here: (N,) whether the dancer is there.
        signals: (N, 4) speed of the body, rise of the pelvis over the lower foot, speed of the feet and of the hands,
            all in body scales per second.
        joints: (M, 17, 3) at ``PER_SECOND``, in body scales, relative to the pelvis; NaN where the dancer is not there.
        up: (3,) against gravity.
    """

    time: Array
    here: Flags
    signals: Array
    joints: Array
    up: Array


def rhythm(pose: Pose3D) -> Rhythm:
    """The rhythm of one dancer; tempo 0 and nothing else without motion.

    Raises:
        ValueError: the pose has another skeleton than the inner one.
    """
    if pose.skeleton != H36M17.name:
        raise ValueError(f"rhythm reads skeleton {H36M17.name}, the pose has {pose.skeleton}")
    motion = sample_motion(pose)
    if motion is None:
        return Rhythm()
    tempo, sure = estimate_tempo(motion)
    return Rhythm(tempo, sure, tuple(beats(motion)), repeats(motion.joints, motion.up, float(motion.time[0])))


def sample_motion(pose: Pose3D) -> Motion | None:
    """The motion of a pose, sampled evenly, low-passed and in body scales; None if there is too little of it.

    Missing joints are interpolated in time; joints that are never seen are left out.
    """
    time = pose.time
    known: Flags = np.asarray(np.isfinite(pose.xyz).all(-1))
    present = known.mean(1) >= 0.5
    if present.sum() < 4:
        return None
    scale, up = _scale(pose), up_direction(pose.xyz, pose.up)
    if not scale > 0:
        return None
    often = max(1, round((len(time) - 1) / (time[-1] - time[0]) / RATE))  # a faster camera is low-passed, then thinned
    fine = grid(time, RATE * often)
    when = fine[::often]
    here = _here(time[present], when)
    speed = np.zeros((len(when), len(H36M17.joints)))
    joints, foot = np.zeros((-(-len(when) // _STEP), len(H36M17.joints), 3)), np.full(len(when), np.inf)
    for index, name in enumerate(H36M17.joints):  # joint by joint, so that hours need little memory
        if not known[:, index].any():
            continue
        path = interpolate(pose.xyz[:, index] / scale, known[:, index], time, fine)
        path = gaussian_filter1d(path, SMOOTH * RATE * often, axis=0, mode="nearest")[::often]
        speed[:, index] = np.linalg.norm(_rate(path), axis=-1)
        joints[:, index] = gaussian_filter1d(path, _THIN * _STEP, axis=0, mode="nearest")[::_STEP]
        if name.endswith("ankle"):
            foot = np.minimum(foot, path @ up)
    joints[~here[::_STEP]] = np.nan
    rise = -_rate(foot) if np.isfinite(foot).all() else np.zeros(len(when))
    feet, hands = (speed[:, [H36M17.index(f"{s}_{end}") for s in _SIDES]].sum(1) for end in ("ankle", "wrist"))
    return Motion(when, here, np.stack([speed.mean(1), rise, feet, hands], 1), joints, up)


def _rate(x: Array) -> Array:
    return np.gradient(x, axis=0) * RATE if len(x) > 1 else np.zeros_like(x)


def _scale(pose: Pose3D) -> float:
    """Median length of trunk and leg together, metres; 0 where neither was ever seen."""

    def length(*chain: str) -> float:
        at = [pose.xyz[:, H36M17.index(joint)] for joint in chain]
        bones = np.sum([np.linalg.norm(b - a, axis=-1) for a, b in pairwise(at)], axis=0)
        bones = bones[np.isfinite(bones)]
        return float(np.median(bones)) if len(bones) else 0.0

    legs = [length(f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in _SIDES]
    return length("pelvis", "thorax") + max(legs)


def _here(seen: Array, when: Array) -> Flags:
    """(N,) which of the times ``when`` lie between detections no more than ``GAP`` apart."""
    after = np.searchsorted(seen, when - 1e-9)
    before = np.searchsorted(seen, when + 1e-9, side="right") - 1
    inside = (before >= 0) & (after < len(seen))
    gap = seen[np.minimum(after, len(seen) - 1)] - seen[np.maximum(before, 0)]
    return np.asarray(inside & (gap <= GAP + 1 / RATE))


def beats(motion: Motion) -> list[float]:
    """Seconds of the kinematic beats: local minima of the body's speed, deep enough and far enough apart.

    The definition is that of Kim, Park & Shin, Rhythmic-motion synthesis (SIGGRAPH 2003), used on joint speeds by Li et
    al., AI Choreographer (ICCV 2021), section 5. A body at rest has one beat, in the middle of the rest.
    """
    speed = gaussian_filter1d(motion.signals[:, 0], SMOOTH * RATE, mode="nearest")
    if not motion.here.any():
        return []
    apart = round(NEAREST * RATE)
    depth = max(DEPTH * float(np.percentile(speed[motion.here], 90)), STILL)
    found: list[float] = []
    for start, stop in segments(motion.here):
        # Chosen: a rest lasts while the speed is below its minimum plus a tenth of the drop; drops last up to 10 s.
        _, rest = find_peaks(
            -speed[start:stop], prominence=depth, distance=apart, wlen=10 * RATE, width=0, rel_height=0.1
        )
        middle = start + (rest["left_ips"] + rest["right_ips"]) / 2
        found += (motion.time[0] + middle / RATE).tolist()
    return found


def estimate_tempo(motion: Motion) -> tuple[float, float]:
    """Tempo in beats per minute, and its certainty (0..1).

    A tempo is good if the motion resembles itself one, two, three and four beats later, and not half a beat off: a comb
    over the autocorrelation of each signal. Frames without the dancer are left out.
    """
    values = motion.signals - smooth(np.nan_to_num(motion.signals), motion.here.astype(float), RATE)
    values = np.where(motion.here[:, None], np.nan_to_num(values), 0.0)
    size = np.sqrt((values**2).sum(0) / max(motion.here.sum(), 1))
    if not size.max() > 0:
        return 0.0, 0.0
    tempi = np.exp2(np.arange(np.log2(SLOWEST), np.log2(FASTEST), 1 / 60))
    comb = _comb(values, motion.here, 60 * RATE / tempi)
    weight = SHARES * size / (size + STILL)
    regular = comb @ weight / SHARES.sum()
    best = int(np.argmax(regular * np.exp(-0.5 * (np.log2(tempi / PREFERRED) / OCTAVES) ** 2)))
    if not regular[best] > 0:
        return 0.0, 0.0
    root = np.sqrt(min(motion.here.sum() / RATE, SURE_LONG))
    odds = ((regular[best] - SURE_FROM) * root - SURE_AT) / SURE_BY
    return float(tempi[best]), float(1 / (1 + np.exp(-odds)))


def _comb(values: Array, here: Flags, lags: Array) -> Array:
    """(L, S) how regular signals (N, S) are at each lag, in frames: 1 for a sine wave of that period, 0 for noise."""
    read = likeness(values, here, np.arange(1, 9) / 2 * lags[:, None])  # half a beat, a beat, ... four beats
    gain = read[:, 1::2] - read[:, ::2]  # (L, 4, S)
    counted = np.isfinite(gain).all(-1)
    enough = counted.sum(1) >= 2
    return np.where(enough[:, None], np.nansum(gain, 1) / 2 / np.maximum(counted.sum(1), 1)[:, None], 0.0)


def likeness(values: Array, here: Flags, lags: Array) -> Array:
    """How like signals are to themselves some time later: 1 for the same, 0 for unrelated; their autocorrelation.

    Args:
        values: (N, S) around zero, and zero where they are not known.
        here: (N,) whether they are.
        lags: (L, K) rising, in frames and parts of them.

    Returns:
        (L, K, S); NaN where too few pairs of frames are so far apart.
    """
    n = min(len(values), int(lags.max()) + 2)
    long = 1 << (len(values) + n).bit_length()
    power = np.abs(np.fft.rfft(np.concatenate([values, here[:, None]], 1), long, axis=0)) ** 2
    same = np.fft.irfft(power, axis=0)[:n]
    pairs = np.maximum(same[:, -1], 1.0)
    like = same[:, :-1] / np.maximum(same[0, :-1], 1e-12) * (pairs[0] / pairs)[:, None]
    like[pairs < 0.35 * pairs[0]] = np.nan  # too few pairs that far apart
    below = np.minimum(lags.astype(int), n - 2)
    share = (lags - below)[..., None]
    return np.where((lags <= n - 1)[..., None], like[below] * (1 - share) + like[below + 1] * share, np.nan)
