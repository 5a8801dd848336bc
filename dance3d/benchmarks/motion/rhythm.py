"""Figures of the rhythm: tempo and beats of invented dances whose tempo and counts are known, filmed or not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Rhythm
from dance3d.stages.motion.rhythm.tempo import rhythm
from dance3d.synth.choreography import GENRES, choreograph, write
from dance3d.synth.kinematics import random_body
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

STEADY = ("salsa", "indian", "everyday")
"""Styles whose figures keep to their beat; those of the others last odd fractions of it and have no tempo to find."""
SEEDS = range(300, 306)
SECONDS, NOISE_PX = 20.0, 5.0  # length of a dance, noise on the keypoints
NEAR = 0.04
"""Share by which a tempo may be off (Gouyon et al., An experimental comparison of tempo induction algorithms, 2006)."""
FACTORS = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)  # of the true tempo that count as right in ``acc2``
SLACK = 0.07
"""Seconds by which a beat may be off (Davies, Degara & Plumbley, Evaluation methods for beat tracking, 2009)."""


def bench(predict: Callable[..., list[Any]]) -> dict[str, float]:
    """Invent dances, film each with one camera and 5 px of noise, lift them, and find the rhythm of both poses.

    Args:
        predict: runs a stage by name on inputs with settings, with its default weights.

    Returns:
        Of ``true`` and ``lifted`` poses: ``<style>.acc1`` tempo within 4 %, ``<style>.acc2`` or of its double, triple,
        half or third; ``acc1`` and ``acc2`` over the styles that keep to a beat; ``steady.told`` and
        ``unsteady.told``, of which share of dances with and without a beat it is at least 0.5 sure;
        ``beat_precision``, ``_recall`` and ``_f`` of beats within 70 ms of the choreography's counts, over all styles;
        ``beat_chance_f`` of the same beats played backwards; ``beat_lead_ms``, by how much the rests come before the
        counts (median), and ``beat_f_without_lead``, with that much taken away: these dancers rest before each count.
        ``seconds_per_minute``: what a minute of clip takes.
    """
    names = [(style, seed) for seed in SEEDS for style in GENRES]
    filmed = film([choreograph(style, SECONDS, seed) for style, seed in names], NOISE_PX)
    filmed = [one for number, one in enumerate(filmed) if one.camera == number // 4 % 4]
    seen = {"keypoints": [one.keypoints for one in filmed]}
    poses = {
        "true": [one.truth for one in filmed],
        "lifted": predict("lift", seen, {"field_of_view": PROTOCOL_CAMERA.field_of_view}),
    }
    styles = [one.genre for one in filmed]
    truth = [_truth(one.genre, int(one.name.rpartition("-")[2])) for one in filmed]
    out: dict[str, float] = {}
    for kind, some in poses.items():
        began = time.perf_counter()
        found = [rhythm(pose) for pose in some]
        out["rhythm.seconds_per_minute"] = round((time.perf_counter() - began) / (len(some) * SECONDS / 60), 4)
        out |= {f"rhythm.{kind}.{name}": value for name, value in score(found, truth, styles).items()}
    return out


def _truth(style: str, seed: int) -> tuple[float, NDArray[np.float64]]:
    """Beats per minute, and the seconds of the counts inside the clip."""
    score = write(style, SECONDS, seed, random_body(np.random.default_rng([seed, 0])))
    counts = np.array(score.counts)
    return 60 / score.beat, counts[(counts >= 0) & (counts <= SECONDS)]


def score(
    found: Sequence[Rhythm], truth: Sequence[tuple[float, NDArray[np.float64]]], styles: Sequence[str]
) -> dict[str, float]:
    """The figures of ``bench`` for one kind of pose.

    Args:
        found: rhythm of each take.
        truth: tempo (beats per minute) and times of the beats (seconds) of each take.
        styles: genre of each take.
    """
    first = np.array([right(one.tempo, tempo) for one, (tempo, _) in zip(found, truth, strict=True)])
    second = np.array([right(one.tempo, tempo, FACTORS) for one, (tempo, _) in zip(found, truth, strict=True)])
    sure, style = np.array([one.sure for one in found]), np.array(styles)
    steady = np.isin(style, STEADY)
    out = {"acc1": first[steady].mean(), "acc2": second[steady].mean()}
    for name in np.unique(style):
        out |= {f"{name}.acc1": first[style == name].mean(), f"{name}.acc2": second[style == name].mean()}
    out |= {"steady.told": (sure[steady] >= 0.5).mean(), "unsteady.told": (sure[~steady] >= 0.5).mean()}
    beats = [np.array(one.beats) for one in found]
    given, expected = sum(map(len, beats)), sum(len(counts) for _, counts in truth)
    counted = [counts for _, counts in truth]
    leads = [
        counts[np.abs(counts[:, None] - some).argmin(0)] - some for some, counts in zip(beats, counted, strict=True)
    ]
    lead = float(np.median(np.concatenate(leads))) if given else 0.0
    hits = {
        "beat_f": _hits(beats, counted),
        "beat_chance_f": _hits([SECONDS - some[::-1] for some in beats], counted),
        "beat_f_without_lead": _hits([some + lead for some in beats], counted),
    }
    out |= {name: 2 * some / max(given + expected, 1) for name, some in hits.items()}
    out |= {"beat_precision": hits["beat_f"] / max(given, 1), "beat_recall": hits["beat_f"] / max(expected, 1)}
    out["beat_lead_ms"] = 1e3 * lead
    return {name: round(float(value), 4) for name, value in out.items()}


def _hits(beats: Sequence[NDArray[np.float64]], counts: Sequence[NDArray[np.float64]]) -> int:
    return sum(matched(*both) for both in zip(beats, counts, strict=True))


def right(tempo: float, truth: float, factors: Sequence[float] = (1.0,)) -> bool:
    """Whether a tempo is within 4 % of the truth, or of the truth times one of ``factors``.

    Args:
        tempo: beats per minute.
        truth: beats per minute.
        factors: of the truth that count as right.
    """
    return any(abs(tempo / (factor * truth) - 1) <= NEAR for factor in factors)


def matched(beats: NDArray[np.float64], truth: NDArray[np.float64]) -> int:
    """How many beats (rising) lie within ``SLACK`` of a true one, each true one counted once."""
    hits = at = 0
    for beat in beats:
        while at < len(truth) and truth[at] < beat - SLACK:
            at += 1
        if at < len(truth) and truth[at] <= beat + SLACK:
            hits, at = hits + 1, at + 1
    return hits
