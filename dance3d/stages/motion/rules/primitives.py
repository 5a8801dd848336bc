"""One detector per kind of movement of docs/movements.md, except periodic ones; all take signals at 30 frames/s.

Angles are in degrees, lengths in body scales S, times in seconds. Every detector returns flags (N,), false where the
stretch is too short.
"""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import find_peaks

from dance3d.geometry.vectors import unit
from dance3d.stages.motion.rules.signals import RATE, Array, Flags, rate
from dance3d.stages.motion.rules.thresholds import Values
from dance3d.timeseries.segments import long_segments, segments

EDGE = 2
"""Chosen: frames of a wave before its first peak and after its last."""
FASTEST_TURN = 1800.0
"""Chosen: degrees/s, faster turns of a direction are noise and count as this."""
NDArrayInt = np.ndarray[tuple[int, ...], np.dtype[np.intp]]


def frames(seconds: float) -> int:
    """Number of frames that last at least so many seconds."""
    return ceil(seconds * RATE - 1e-6)


def fill(n: int, starts: NDArrayInt, stops: NDArrayInt) -> Flags:
    """Flags that are true from each start up to its stop.

    Args:
        n: number of flags.
        starts: (K,) first true frames.
        stops: (K,) frames after the last true ones.

    Returns:
        (n,).
    """
    steps = np.zeros(n + 1, int)
    np.add.at(steps, np.clip(starts, 0, n), 1)
    np.add.at(steps, np.clip(stops, 0, n), -1)
    return np.cumsum(steps)[:n] > 0


def bridged(on: Flags, most: int) -> Flags:
    """Flags that are also true in gaps of at most so many frames."""
    starts, stops = segments(~on).T
    inside = (starts > 0) & (stops < len(on)) & (stops - starts <= most)
    return on | fill(len(on), starts[inside], stops[inside])


def spread(on: Flags, before: int, after: int) -> Flags:
    """Flags that are also true around every true frame.

    Args:
        on: (N,) flags.
        before: frames before.
        after: frames after.
    """
    at = np.flatnonzero(on)
    return fill(len(on), at - before, at + after + 1)


def going(x: Array, on: Flags, at: Values) -> Flags:
    """Intervals of ``on``, long enough, in which a signal gets far enough from its start; short gaps are ignored.

    Args:
        x: (N,) signal.
        on: (N,) flags.
        at: thresholds: ``bridge`` and ``run`` in seconds, ``excursion`` in the signal's unit.
    """
    starts, stops = segments(bridged(on, floor(at["bridge"] * RATE + 1e-6))).T
    far = np.abs(x[np.minimum(stops, len(x) - 1)] - x[starts]) >= at["excursion"]
    keep = far & (stops - starts >= frames(at["run"]))
    return fill(len(on), starts[keep], stops[keep])


def turning(x: Array, sign: int, at: Values, guard: Flags | bool = True) -> Flags:
    """R: an angle rises or falls.

    Args:
        x: (N,) degrees.
        sign: +1 rises, -1 falls.
        at: thresholds: ``rate`` in degrees/s, and those of ``going``.
        guard: (N,) flags that must hold as well.
    """
    return going(x, (sign * rate(x) >= at["rate"]) & guard, at)


def moving(x: Array, axis: int, sign: int, at: Values, guard: Flags | bool = True) -> Flags:
    """T: a point moves along an axis, and mainly along it.

    Args:
        x: (N, D) positions, S.
        axis: column of the axis.
        sign: +1 along it, -1 against it.
        at: thresholds: ``speed`` in S/s, its least share ``along`` of the whole speed, and those of ``going``.
        guard: (N,) flags that must hold as well.
    """
    velocity = rate(x)
    along = sign * velocity[:, axis]
    on = (along >= at["speed"]) & (along >= at["along"] * np.linalg.norm(velocity, axis=-1))
    return going(x[:, axis], on & guard, at)


def holding(on: Flags, x: Array, at: Values) -> Flags:
    """H: ``on`` lasts while a point is slow.

    Args:
        on: (N,) flags.
        x: (N, 3) positions, S.
        at: thresholds: ``still`` in S/s, ``run`` in seconds.
    """
    return long_segments(on & (np.linalg.norm(rate(x), axis=-1) < at["still"]), frames(at["run"]))


def around(on: Flags, at: Values) -> Flags:
    """E: the frames around every true one."""
    return spread(on, frames(at["around"]), frames(at["around"]))


# C: circular -----------------------------------------------------------------------------------------------------


def phase_rate(x: Array, axis: Array) -> Array:
    """Turning rate, degrees/s, of the direction of x (N, 3) projected along ``axis`` (N, 3); right-hand rule."""
    flat = x - (x * axis).sum(-1, keepdims=True) * axis
    turned = (np.cross(flat, rate(flat)) * axis).sum(-1)
    out: Array = np.degrees(turned / np.maximum((flat**2).sum(-1), 1e-9))
    return out


def _sweeps(speed: Array, usable: Flags, at: Values) -> list[tuple[int, int]]:
    """Intervals that turn one way in most of their frames and cover enough degrees fast enough."""
    sweep, slowest, least = at["sweep"], at["slowest"], frames(at["run"])
    out = []
    for sign in (1, -1):
        agree = np.convolve((usable & (sign * speed > 0)).astype(float), np.ones(5) / 5, mode="same")
        for start, stop in segments(agree >= at["agree"] - 1e-9):
            swept, long = sign * np.clip(speed[start:stop], -FASTEST_TURN, FASTEST_TURN).sum() / RATE, stop - start
            if swept >= sweep and long >= least and swept * RATE / long >= slowest:
                out.append((start, stop))
    return out


def circling(x: Array, axis: Array, at: Values, sign: int = 0, angular: bool = False) -> Flags:
    """C: a point moves in circles about an axis; the centre does not matter.

    The phase is the direction of its velocity; the path must be wide enough, and round rather than back and forth.

    Args:
        x: (N, 3) lengths or directions.
        axis: (N, 3) unit vectors.
        at: thresholds.
        sign: +1 only counter-clockwise about the axis, -1 only clockwise, 0 either way.
        angular: x are directions, and the radius is in degrees.
    """
    radius = np.radians(at["radius"]) if angular else at["radius"]
    roundness = at["round"]
    velocity = rate(x)
    fast = np.linalg.norm(velocity, axis=-1) >= 0.5 * radius * np.radians(at["slowest"])
    speed = phase_rate(velocity, axis)
    out = np.zeros(len(x), bool)
    for start, stop in _sweeps(speed, fast, at):
        if sign and sign * speed[start:stop].sum() < 0:
            continue
        centre = unit(axis[start:stop].mean(0))
        part = x[start:stop] - x[start:stop].mean(0)
        part = part - (part @ centre)[:, None] * centre
        _, short, long = np.sqrt(np.maximum(np.linalg.eigvalsh(part.T @ part / len(part)), 0))
        if np.hypot(short, long) >= radius and short >= roundness * long:
            out[start:stop] = True
    return out


def sweeping(x: Array, axis: Array, guard: Flags, at: Values) -> Flags:
    """C: a direction itself turns by enough degrees about an axis.

    Args:
        x: (N, 3) directions.
        axis: (N, 3) unit vectors.
        guard: (N,) flags that must hold as well.
        at: thresholds: ``sweep`` in degrees, ``slowest`` in degrees/s, ``run`` in seconds, ``agree`` a share of frames.
    """
    out = np.zeros(len(x), bool)
    for start, stop in _sweeps(phase_rate(x, axis), guard, at):
        out[start:stop] = True
    return out


def flat(a: Array, b: Array) -> tuple[Array, Array]:
    """Two signals (N,) as points (N, 3) for ``circling``, and their axis: counter-clockwise is from a to b."""
    return np.stack([a, b, np.zeros_like(a)], 1), np.tile([0.0, 0.0, 1.0], (len(a), 1))


# W: wave ---------------------------------------------------------------------------------------------------------


def wave(signals: list[Array], least: list[float], at: Values) -> Flags:
    """W: signals peak one after the other, from first to last or from last to first.

    Args:
        signals: (N,) each, in the order of the body.
        least: prominence that a peak needs, for each.
        at: thresholds: ``shortest`` and ``longest`` seconds between neighbouring peaks.
    """
    n, shortest, longest = len(signals[0]), at["shortest"] - 1e-9, at["longest"] + 1e-9
    peaks = [find_peaks(x, prominence=p)[0] for x, p in zip(signals, least, strict=True)]
    out = np.zeros(n, bool)
    for order in (peaks, peaks[::-1]):
        now, start = order[0], order[0]
        for following in order[1:]:
            lag = (following[:, None] - now[None, :]) / RATE
            fits = (lag >= shortest) & (lag <= longest)
            source = np.argmax(fits, 1) if len(now) else np.zeros(len(following), int)
            keep = fits.any(1)
            now, start = following[keep], start[source[keep]]
        out |= fill(n, start - EDGE, now + EDGE + 1)
    return out


# V: ballistic ----------------------------------------------------------------------------------------------------


def bursting(x: Array, arrived: Flags, at: Values) -> Flags:
    """V: a signal grows fast, and ``arrived`` is true soon after its end.

    Args:
        x: (N,) signal.
        arrived: (N,) flags.
        at: thresholds: ``speed`` in the signal's unit per second, ``within`` in seconds.
    """
    settle = frames(at["within"])
    starts, stops = segments(rate(x) >= at["speed"]).T
    reached = np.concatenate([arrived, np.zeros(settle, bool)])
    near = np.array([reached[max(stop - 1, 0) : stop + settle].any() for stop in stops], bool)
    return fill(len(x), starts[near], stops[near] + 1) if len(starts) else np.zeros(len(x), bool)


def stopping(fast: Flags, slow: Flags, at: Values) -> Flags:
    """V: ``fast`` is soon followed by ``slow``; the flags cover both.

    Args:
        fast: (N,) flags.
        slow: (N,) flags.
        at: thresholds: ``within`` in seconds.
    """
    within = frames(at["within"])
    later = sliding_window_view(np.pad(slow, (0, within)), within + 1).any(1)
    return spread(fast & later, 1, within)
