"""The beat of music: where sounds begin, the tempo of that, and beats by dynamic programming.

After Ellis, Beat tracking by dynamic programming (Journal of New Music Research 36, 2007), with numpy and scipy alone.
``docs/rhythm.md`` has the figures, and those of a library beside them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from dance3d.contracts import Music
from dance3d.io.video.sound_samples import RATE, read_sound
from dance3d.stages.motion.rhythm.tempo import FASTEST, OCTAVES, PREFERRED, SLOWEST, likeness

Array = NDArray[np.float64]
PER_SECOND = 200
"""Chosen: moments per second at which onsets are looked for."""
WINDOW = 0.016
"""Chosen: seconds of sound around a moment; shorter than the 20 ms to which a beat is to be right."""
BANDS, LOWEST, HIGHEST = 24, 40.0, 7500.0
"""Chosen: bands of frequency, evenly spaced in mel, and their range in hertz; a hit is heard in any of them."""
LOUD = 1000.0
"""Chosen: energy 30 dB below the mean counts as the floor, so that a rise out of silence is no larger than that."""
SPREAD, SHARP = 0.03, 0.01
"""Chosen: seconds, sigma by which onsets are widened for the tempo, as players keep time, and for the beats."""
TIGHT = 100.0
"""Chosen: cost of a step that is e-fold the period, in standard deviations of the onset (Ellis: alpha)."""
SURE_FROM, SURE_AT, SURE_BY, SURE_LONG = 0.126, 0.30, 0.113, 20.0
"""After T seconds, 20 at most, a likeness of 0.126 + 0.30 / √T is as often right as wrong, and the odds change e-fold
by 0.113 / √T: fitted to made-up music, speech over it, speech alone and noise of 2 to 30 s (docs/rhythm.md)."""
STEADY = 0.75
"""Chosen: how sure a tempo must be for beats to be told, as what the report calls steady."""
_BLOCK = 1 << 14  # chosen: moments whose spectra are in memory at once


def music(samples: NDArray[np.int16], rate: int) -> Music:
    """Tempo and beats of a clip's sound; without beats where it has no steady one.

    Args:
        samples: (N,) of one channel, the first at 0 s.
        rate: samples per second.
    """
    onset = onset_strength(samples, rate)
    if len(onset) < 2 or not onset.max() > 0:
        return Music()
    tempo, sure = _tempo(onset)
    if sure < STEADY:
        return Music(tempo, sure)
    return Music(tempo, sure, tuple((_beats(onset, 60 * PER_SECOND / tempo) / PER_SECOND).tolist()))


def listen(video: Path) -> Music:
    """The beat of a video's sound; where it cannot be heard, why."""
    try:
        samples = read_sound(video)
        return Music() if samples is None else music(samples, RATE)
    except (ValueError, ArithmeticError, MemoryError, RuntimeError, OSError) as error:
        return Music(note=f"the beat of the sound is not known: {' '.join(str(error).split())}")


def onset_strength(samples: NDArray[np.int16], rate: int) -> Array:
    """(M,) how much louder it becomes at every moment, ``PER_SECOND``: the mean rise over bands of log energy."""
    step, width = rate / PER_SECOND, round(WINDOW * rate)
    many = int(len(samples) / step) + 1
    window = np.hanning(width + 2)[1:-1]
    bands = _bands(width, rate)
    padded = np.concatenate([np.zeros(width, np.int16), samples, np.zeros(width, np.int16)])
    loud = np.sqrt(np.mean(np.square(samples[:: 1 + len(samples) // 1_000_000], dtype=np.float64))) if many > 1 else 0.0
    if not loud > 0:
        return np.zeros(many)
    out = np.zeros(many)
    before = np.zeros(BANDS)
    for first in range(0, many, _BLOCK):
        at = np.round(np.arange(first, min(first + _BLOCK, many)) * step).astype(np.int64) + width - width // 2
        pieces = padded[at[:, None] + np.arange(width)] / loud * window
        level = np.log1p(LOUD * (np.abs(np.fft.rfft(pieces)) ** 2 @ bands))
        rise = np.diff(level, axis=0, prepend=before[None] if first else level[:1])
        out[first : first + len(at)] = np.maximum(rise, 0).mean(1)
        before = level[-1]
    return out


def _bands(width: int, rate: int) -> Array:
    """(F, BANDS) triangles over the frequencies of a spectrum, each of weight 1."""

    def mel(hertz: Array) -> Array:
        return np.asarray(2595 * np.log10(1 + hertz / 700))

    low, high = mel(np.array([LOWEST, HIGHEST], np.float64)).tolist()
    edges = np.linspace(low, high, BANDS + 2)
    at = mel(np.asarray(np.fft.rfftfreq(width, 1 / rate), np.float64))[:, None]
    up, down = (at - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - at) / (edges[2:] - edges[1:-1])
    found = np.clip(np.minimum(up, down), 0, None)
    return np.asarray(found / np.maximum(found.sum(0), 1e-9) / width)


def _tempo(onset: Array) -> tuple[float, float]:
    """Tempo in beats per minute, and its certainty (0..1); see ``tempo.estimate_tempo``."""
    near = gaussian_filter1d(onset, SPREAD * PER_SECOND)
    values = near - uniform_filter1d(near, 2 * PER_SECOND)
    tempi = np.exp2(np.arange(np.log2(SLOWEST), np.log2(FASTEST), 1 / 240))
    lags = np.arange(1, 5) * (60 * PER_SECOND / tempi)[:, None]  # one beat to four
    like = likeness(values[:, None], np.ones(len(values), bool), lags)[..., 0]
    counted = np.isfinite(like).sum(1)
    regular = np.where(counted >= 2, np.nansum(like, 1) / np.maximum(counted, 1), 0.0)
    best = int(np.argmax(regular * np.exp(-0.5 * (np.log2(tempi / PREFERRED) / OCTAVES) ** 2)))
    if not regular[best] > 0:
        return 0.0, 0.0
    root = np.sqrt(min(len(onset) / PER_SECOND, SURE_LONG))
    odds = ((regular[best] - SURE_FROM) * root - SURE_AT) / SURE_BY
    return float(tempi[best]), float(1 / (1 + np.exp(-np.clip(odds, -50, 50))))


def _beats(onset: Array, period: float) -> Array:
    """Moments of the beats: the path with most onset on it whose steps are closest to ``period`` moments."""
    strength = gaussian_filter1d(onset, SHARP * PER_SECOND)
    strength /= max(float(strength.std()), 1e-12)
    back = np.arange(-round(2 * period), -round(period / 2) + 1)
    cost = -TIGHT * np.log(-back / period) ** 2
    many, reach = len(strength), -int(back[0])
    total = np.concatenate([np.zeros(reach), strength])  # nothing lies before the start
    before = np.full(many, -1)
    for now in range(many):
        gain = total[now : now + len(back)] + cost
        best = int(np.argmax(gain))
        if gain[best] > 0:
            total[now + reach] += gain[best]
            before[now] = now + back[best]
    last = max(many - round(period), 0)
    path = [last + int(np.argmax(total[reach + last :]))]
    while (at := int(before[path[-1]])) >= 0:
        path.append(at)
    found = np.array(path[::-1])
    loud = np.flatnonzero(strength[found] >= 0.5 * np.sqrt(np.mean(strength[found] ** 2)))  # as Ellis' own code trims
    return np.asarray(found[loud[0] : loud[-1] + 1], np.float64)
