"""Made-up sound whose beat is known: clicks, drums, a band; and sound without one: noise, and babble like speech.

What sounds like what is made of decaying tones and noise. All numbers are chosen; sound is float, around -1 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RATE = 16000
"""Samples per second."""
KINDS = ("clicks", "drums", "syncopated", "band")
"""From the plainest to the fullest."""


def drum_track(kind: str, beats: Array, seconds: float, seed: int) -> Array:
    """Sound with a beat.

    Args:
        kind: of ``KINDS``.
        beats: seconds of the beats, evenly spaced.
        seconds: length.
        seed: of noise and notes.
    """
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE))
    if kind == "clicks":
        for beat in beats:
            _add(out, beat, 0.7 * _tone(1000, 0.03, 0.006))
        return out
    out += rng.normal(0, 0.003, len(out))
    period = float(np.median(np.diff(beats)))
    for count, beat in enumerate(beats + rng.normal(0, 0.002, len(beats))):  # as a player's hands
        _add(out, beat, 0.7 * (_snare(rng) if count % 2 else _kick()))
        for part, loud in ((0, 0.3), (0.25, 0.1), (0.5, 0.2), (0.75, 0.1)):
            if kind == "syncopated" or part in (0, 0.5):
                _add(out, beat + part * period, loud * _hat(rng))
        if kind == "syncopated" and count % 2:
            _add(out, beat + (0.75 if count % 4 == 1 else 0.5) * period, 0.5 * _kick())
        if kind == "band":
            _add(out, beat, 0.3 * _tone(110 * _step(rng), period, 0.3))
            _add(out, beat + period * rng.integers(0, 4) / 4, 0.2 * _tone(330 * _step(rng), period, 0.2))
            if count % 4 == 0:
                for note in (0, 4, 7):
                    _add(out, beat, 0.08 * _tone(220 * 2 ** (note / 12), 4 * period, 2.0))
    return out


def noise(seconds: float, seed: int) -> Array:
    """Even noise, as of wind or a crowd."""
    return np.random.default_rng(seed).normal(0, 0.2, round(seconds * RATE))


def babble(seconds: float, seed: int) -> Array:
    """Voiced syllables of uneven length, with pauses, as of somebody who talks."""
    rng = np.random.default_rng(seed)
    out = rng.normal(0, 0.002, round(seconds * RATE))
    now = 0.2
    while now < seconds:
        long = float(rng.lognormal(np.log(0.16), 0.35))
        time = np.arange(round(long * RATE)) / RATE
        pitch, formant = rng.uniform(100, 160), rng.uniform(400, 2500)
        overtones = pitch * np.arange(1, 25)[:, None]
        voice = np.sin(2 * np.pi * overtones * time) * np.exp(-(((overtones - formant) / 600) ** 2))
        _add(out, now, 0.15 * voice.sum(0) * np.sin(np.pi * time / long) ** 0.7)
        now += long + (rng.uniform(0.25, 0.9) if rng.random() < 0.15 else rng.uniform(0, 0.05))
    return out


def as_samples(sound: Array) -> NDArray[np.int16]:
    """Sound as files have it, the loudest moment at 80 %."""
    return (sound / max(float(np.abs(sound).max(initial=0)), 1e-9) * 0.8 * 32767).astype(np.int16)


def _add(out: Array, at: float, sound: Array) -> None:
    first = round(at * RATE)
    low, high = max(first, 0), min(first + len(sound), len(out))
    if low < high:
        out[low:high] += sound[low - first : high - first]


def _tone(pitch: float, seconds: float, decay: float) -> Array:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * pitch * time) * np.exp(-time / decay))


def _step(rng: np.random.Generator) -> float:
    return float(2 ** (rng.integers(0, 12) / 12))


def _kick() -> Array:
    time = np.arange(round(0.25 * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * (50 * time + 1.8 * (1 - np.exp(-time / 0.03)))) * np.exp(-time / 0.08))


def _snare(rng: np.random.Generator) -> Array:
    ring = _tone(190, 0.2, 0.05)
    return 0.4 * ring + 0.3 * rng.normal(size=len(ring)) * np.exp(-np.arange(len(ring)) / RATE / 0.06)


def _hat(rng: np.random.Generator) -> Array:
    fade = np.exp(-np.arange(round(0.06 * RATE)) / RATE / 0.015)
    return np.diff(0.4 * rng.normal(size=len(fade)), prepend=0) * fade
