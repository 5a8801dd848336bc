"""The detector of periodic movements, kind P of docs/movements.md: normalised autocorrelation in sliding windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dance3d.stages.motion.rules.primitives import NDArrayInt
from dance3d.stages.motion.rules.signals import RATE, Array, Flags
from dance3d.stages.motion.rules.thresholds import Values

HOP = 3
"""Chosen: frames between neighbouring windows."""


@dataclass(frozen=True, eq=False)
class Periodicity:
    """Periodicity of a signal: one row per window.

    Attributes:
        lag: (M,) frames of the best period in the band.
        score: (M,) its normalised autocorrelation; -1 where there is no peak.
        correlation: (M, L) at all lags.
        amplitude: (M,) of the window's oscillation, as of a sine.
        width: frames of a window.
    """

    lag: NDArrayInt
    score: Array
    correlation: Array
    amplitude: Array
    width: int


def periodicity(x: Array, low: float, high: float, window: float) -> Periodicity | None:
    """Periodicity of a signal in sliding windows, their linear trend removed.

    A window lasts at least one and a half of the longest periods.

    Args:
        x: (N,) signal.
        low: lowest frequency, Hz.
        high: highest frequency, Hz.
        window: least seconds of a window.

    Returns:
        None if the stretch is shorter than a window.
    """
    shortest, longest = int(np.floor(RATE / high)), int(np.ceil(RATE / low))
    width = min(max(int(window * RATE), int(1.5 * longest)), max(len(x), 1))
    if width < max(RATE, 2 * shortest + 2):
        return None
    longest = min(longest, int(width / 1.5))
    w = sliding_window_view(x, width)[::HOP]
    t = np.linspace(-1, 1, width)
    w = w - w.mean(1, keepdims=True)
    w = w - (w @ t / (t @ t))[:, None] * t
    size = 1 << (width + longest + 1).bit_length()
    power = np.fft.rfft(w, size)
    raw = np.fft.irfft(power * power.conj(), size)[:, : longest + 2]  # sum of w[i] * w[i + lag]
    energy = np.concatenate([np.zeros((len(w), 1)), np.cumsum(w**2, 1)], 1)
    lags = np.arange(raw.shape[1])
    norm = np.sqrt(energy[:, width - lags] * (energy[:, -1:] - energy[:, lags]))
    r = raw / np.maximum(norm, 1e-12)
    dipped = np.minimum.accumulate(r, 1) < 0  # an oscillation has been below zero before it comes back
    band = np.arange(max(shortest, 2), longest + 1)
    peak = (r[:, band] >= r[:, band - 1]) & (r[:, band] >= r[:, band + 1]) & dipped[:, band]
    score = np.where(peak, r[:, band], -1.0)
    first = np.argmax(score >= 0.9 * score.max(1, keepdims=True), 1)  # the period, not a multiple of it
    return Periodicity(band[first], score[np.arange(len(w)), first], r, np.sqrt(2 * energy[:, -1] / width), width)


def windows_to_frames(hit: Flags, n: int, width: int) -> Flags:
    """Flags of windows, extended to frames: each frame has those of the window with the nearest centre.

    Args:
        hit: (M,) flags of windows.
        n: number of frames.
        width: frames of a window.

    Returns:
        (n,).
    """
    nearest = (np.arange(n) - width // 2 + HOP // 2) // HOP
    return hit[np.clip(nearest, 0, len(hit) - 1)]


def swings(x: Array, amplitude: float, seconds: float) -> Flags:
    """Frames around which a signal itself oscillates, and not only elsewhere in the window.

    Args:
        x: (N,) signal.
        amplitude: least difference of highest and lowest value.
        seconds: to either side.
    """
    half = int(seconds * RATE)
    padded = np.pad(x, half, mode="edge")
    out: Flags = np.ptp(sliding_window_view(padded, 2 * half + 1), axis=1) >= amplitude
    return out


def periodic(x: Array, at: Values) -> Flags:
    """P: x (N,) repeats within a frequency band with at least an amplitude."""
    found = periodicity(x, at["low"], at["high"], at["window"])
    if found is None:
        return np.zeros(len(x), bool)
    hit = (found.score >= at["autocorrelation"]) & (found.amplitude >= at["amplitude"])
    return windows_to_frames(hit, len(x), found.width) & swings(x, at["amplitude"], at["alive"])


def figure_eight(lateral: Array, others: list[tuple[Array, float]], at: Values) -> Flags:
    """P twice: ``lateral`` repeats with some period while another signal repeats with half of it.

    Args:
        lateral: (N,) signal.
        others: (N,) signals and the least amplitude of each; one of them suffices.
        at: thresholds.
    """
    found = periodicity(lateral, at["low"], at["high"], at["window"])
    out = np.zeros(len(lateral), bool)
    if found is None:
        return out
    wide = (found.score >= at["autocorrelation"]) & (found.amplitude >= at["amplitude"])
    rows = np.arange(len(wide))
    for x, least in others:
        other = periodicity(x, at["low"], 2 * at["high"], at["window"])
        if other is None or len(other.lag) != len(found.lag):
            continue
        half = found.lag // 2
        twice = (other.correlation[rows, half] >= at["autocorrelation"]) & (found.correlation[rows, half] < 0)
        hit = wide & twice & (other.amplitude >= least)
        alive = swings(lateral, at["amplitude"], at["alive"]) & swings(x, least, at["alive"])
        out |= windows_to_frames(hit, len(lateral), found.width) & alive
    return out
