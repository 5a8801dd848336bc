"""One detector per kind of movement of docs/movements.md, periodic ones apart; all take signals at 30 frames/s.

Angles in degrees, lengths in body scales S, times in seconds. Every detector gives flags (N,), false where the
stretch is too short to tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import find_peaks

from dance3d.stages.motion.signals_rules import RATE, Array, Flags, rate, unit


@dataclass(frozen=True)
class Thresholds:
    """Defaults of docs/movements.md, tuned on the label shares of motion capture (docs/motion.md)."""

    turn_rate: float = 25.0  # degrees/s of R
    turn: float = 12.0  # degrees of R
    small_turn: float = 8.0  # degrees of R for twists, hikes and the head
    speed: float = 0.12  # S/s of T
    small_speed: float = 0.06  # S/s of T for a shoulder that rises
    along: float = 0.7  # share of T's speed along the named axis
    shift: float = 0.025  # S of T
    small_shift: float = 0.012  # S of T for shoulders
    run: int = 4  # frames of R and T
    still: float = 0.25  # S/s below which H holds
    hold: int = 12  # frames of H
    autocorrelation: float = 0.5  # of P
    flight: float = 0.9  # seconds that a jump lasts at most
    radius: float = 0.02  # S of C
    radius_angle: float = 8.0  # degrees of C
    roundness: float = 0.35  # short over long axis of C
    event: int = 2  # frames either side of E


AT = Thresholds()
NDArrayInt = np.ndarray[tuple[int, ...], np.dtype[np.intp]]


def runs(on: Flags) -> tuple[NDArrayInt, NDArrayInt]:
    """First and one-past-last frames of every run of true."""
    edges = np.diff(np.concatenate([[0], on.astype(np.int8), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def fill(n: int, starts: NDArrayInt, stops: NDArrayInt) -> Flags:
    """Flags (n,) true from each start up to its stop."""
    steps = np.zeros(n + 1, int)
    np.add.at(steps, np.clip(starts, 0, n), 1)
    np.add.at(steps, np.clip(stops, 0, n), -1)
    return np.cumsum(steps)[:n] > 0


def lasting(on: Flags, frames: int) -> Flags:
    """Only the runs of at least so many frames."""
    starts, stops = runs(on)
    keep = stops - starts >= frames
    return fill(len(on), starts[keep], stops[keep])


def spread(on: Flags, before: int, after: int) -> Flags:
    """True also so many frames before and after."""
    at = np.flatnonzero(on)
    return fill(len(on), at - before, at + after + 1)


def going(x: Array, on: Flags, excursion: float, frames: int = AT.run) -> Flags:
    """Runs of ``on`` in which x (N,) gets far enough from where the run began."""
    starts, stops = runs(on)
    far = np.abs(x[np.minimum(stops, len(x) - 1)] - x[starts]) >= excursion
    keep = far & (stops - starts >= frames)
    return fill(len(on), starts[keep], stops[keep])


def turning(x: Array, sign: int, guard: Flags | bool = True, excursion: float = AT.turn) -> Flags:
    """R: the angle x (N,) rises (+1) or falls (-1)."""
    return going(x, (sign * rate(x) >= AT.turn_rate) & guard, excursion)


def moving(
    x: Array, axis: int, sign: int, guard: Flags | bool = True, excursion: float = AT.shift, speed: float = AT.speed
) -> Flags:
    """T: the point x (N, D) moves along an axis, and mostly so."""
    velocity = rate(x)
    along = sign * velocity[:, axis]
    on = (along >= speed) & (along >= AT.along * np.linalg.norm(velocity, axis=-1))
    return going(x[:, axis], on & guard, excursion)


def holding(on: Flags, x: Array, frames: int = AT.hold) -> Flags:
    """H: ``on`` lasts while the point x (N, 3) is slow."""
    return lasting(on & (np.linalg.norm(rate(x), axis=-1) < AT.still), frames)


def around(on: Flags) -> Flags:
    """E: the frames around every true one."""
    return spread(on, AT.event, AT.event)


# C: circular -----------------------------------------------------------------------------------------------------


def phase_rate(x: Array, axis: Array) -> Array:
    """Degrees/s by which the direction of x (N, 3), seen along ``axis`` (N, 3), turns about it; right-hand rule."""
    flat = x - (x * axis).sum(-1, keepdims=True) * axis
    turned = (np.cross(flat, rate(flat)) * axis).sum(-1)
    out: Array = np.degrees(turned / np.maximum((flat**2).sum(-1), 1e-9))
    return out


def _sweeps(speed: Array, usable: Flags, sweep: float, slowest: float, frames: int) -> list[tuple[int, int]]:
    """Runs that turn one way in at least 80% of their frames and sweep enough degrees fast enough."""
    out = []
    for sign in (1, -1):
        agree = np.convolve((usable & (sign * speed > 0)).astype(float), np.ones(5) / 5, mode="same")
        for start, stop in zip(*runs(agree > 0.7), strict=True):
            swept = sign * np.clip(speed[start:stop], -1800, 1800).sum() / RATE
            if swept >= sweep and stop - start >= frames and swept * RATE / (stop - start) >= slowest:
                out.append((start, stop))
    return out


def circling(
    x: Array,
    axis: Array,
    radius: float = AT.radius,
    sweep: float = 300.0,
    sign: int = 0,
    slowest: float = 100.0,
) -> Flags:
    """C: the point x (N, 3) goes round about an axis (N, 3), wherever the middle is.

    The phase is the direction of its velocity; the round must be wide enough, and round rather than back and forth.

    Args:
        x: lengths, or angles in degrees with ``radius`` in degrees.
        axis: unit vectors.
        radius: mean radius at least; docs/movements.md.
        sweep: degrees at least.
        sign: +1 only counter-clockwise about the axis, -1 only clockwise, 0 either way.
        slowest: mean degrees/s at least: 300 degrees within 3 s.
    """
    velocity = rate(x)
    fast = np.linalg.norm(velocity, axis=-1) >= 0.5 * radius * np.radians(slowest)
    speed = phase_rate(velocity, axis)
    out = np.zeros(len(x), bool)
    for start, stop in _sweeps(speed, fast, sweep, slowest, int(RATE * 0.25)):
        if sign and sign * speed[start:stop].sum() < 0:
            continue
        centre = unit(axis[start:stop].mean(0))
        part = x[start:stop] - x[start:stop].mean(0)
        part = part - (part @ centre)[:, None] * centre
        _, short, long = np.sqrt(np.maximum(np.linalg.eigvalsh(part.T @ part / len(part)), 0))
        if np.hypot(short, long) >= radius and short >= AT.roundness * long:
            out[start:stop] = True
    return out


def sweeping(x: Array, axis: Array, guard: Flags, sweep: float, slowest: float = 60.0) -> Flags:
    """C: the direction of x (N, 3) itself sweeps so many degrees about an axis."""
    out = np.zeros(len(x), bool)
    for start, stop in _sweeps(phase_rate(x, axis), guard, sweep, slowest, AT.run):
        out[start:stop] = True
    return out


def flat(a: Array, b: Array) -> tuple[Array, Array]:
    """Two signals (N,) as points (N, 3) for ``circling``, with their axis: counter-clockwise is from a to b."""
    return np.stack([a, b, np.zeros_like(a)], 1), np.tile([0.0, 0.0, 1.0], (len(a), 1))


# W: wave ---------------------------------------------------------------------------------------------------------


def wave(signals: list[Array], least: list[float], shortest: float, longest: float) -> Flags:
    """W: the signals (N,) peak one after the other, first to last or last to first.

    Args:
        signals: in the order of the body.
        least: prominence that a peak needs, for each.
        shortest: seconds between neighbouring peaks at least.
        longest: seconds between neighbouring peaks at most.
    """
    n = len(signals[0])
    peaks = [find_peaks(x, prominence=p)[0] for x, p in zip(signals, least, strict=True)]
    out = np.zeros(n, bool)
    for order in (peaks, peaks[::-1]):
        at, start = order[0], order[0]
        for following in order[1:]:
            lag = (following[:, None] - at[None, :]) / RATE
            fits = (lag >= shortest - 1e-9) & (lag <= longest + 1e-9)
            source = np.argmax(fits, 1) if len(at) else np.zeros(len(following), int)
            keep = fits.any(1)
            at, start = following[keep], start[source[keep]]
        out |= fill(n, start - AT.event, at + AT.event + 1)
    return out


# V: ballistic ----------------------------------------------------------------------------------------------------


def bursting(x: Array, fast: float, arrived: Flags, settle: int = 4) -> Flags:
    """V: x (N,) grows at least ``fast`` per second and, within ``settle`` frames of the end, ``arrived`` is true."""
    starts, stops = runs(rate(x) >= fast)
    reached = np.concatenate([arrived, np.zeros(settle, bool)])
    near = np.array([reached[max(stop - 1, 0) : stop + settle].any() for stop in stops], bool)
    return fill(len(x), starts[near], stops[near] + 1) if len(starts) else np.zeros(len(x), bool)


def stopping(speed: Array, fast: float, slow: float, within: int = 4) -> Flags:
    """V: a speed (N,) of at least ``fast`` is below ``slow`` within so many frames; spans both."""
    later = sliding_window_view(np.pad(speed, (0, within), constant_values=np.inf), within + 1).min(1)
    return spread((speed >= fast) & (later < slow), 1, within)
