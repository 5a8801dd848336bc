"""Words that a recogniser finds, against graded labels of the true poses: by frame, and by event one to one.

Beside each score stand what chance finds (the same words half a take later) and how well the labels repeat themselves:
those of thresholds times 0.8 against those times 1.25.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Movements, Pose3D
from dance3d.metrics.graded_words import CLEAR, event_counts, frame_counts, half_take_later, word_figures
from dance3d.metrics.movement_counts import MovementCounts
from dance3d.movement_types import WORD_NAMES
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.stages.motion.rules.graded_labels import both, resized
from dance3d.stages.motion.rules.thresholds import shipped
from dance3d.timeseries.movement_events import SURE, word_events

Predict = Callable[..., list[Any]]
Figures = dict[str, float]
Flags = NDArray[np.bool_]
Grades = NDArray[np.int8]
MILD, STRICT = 0.8, 1.25
"""Chosen: nobody can say which of the thresholds in between is right."""


def bench_words(poses: Sequence[Pose3D], truths: Sequence[Pose3D], predict: Predict, prefix: str) -> Figures:
    """Score the recogniser and the rules alone.

    Args:
        poses: estimated, of one dancer each; their rows may be a part of the truth's (``start``).
        truths: true poses of the same films.
        predict: runs a stage by name on inputs with settings.
        prefix: of the figures' names.

    Returns:
        ``frames.…`` and ``events.…`` as of ``metrics.graded_words.word_figures``, the same behind ``rules.``,
        ``chance.`` and ``ceiling.``, and ``events.<word>.f1`` with ``events.<word>.true``, how many there are.
        ``shown.events.precision`` is that of what the report shows at its start.
    """
    grades = [true_words(one) for one in truths]
    times = [one.time for one in truths]
    seen = predict("motion", {"lift": list(poses)})
    read = [words_of_film(one, len(time)) for one, time in zip(seen, times, strict=True)]
    rules = [words_of_film(movements(one), len(time)) for one, time in zip(poses, times, strict=True)]
    out = _scored(read, grades, times)
    shown = [shown_words(one, len(time)) for one, time in zip(seen, times, strict=True)]
    for name, found, against in (
        ("shown.", shown, grades),
        ("rules.", rules, grades),
        ("chance.", [half_take_later(one) for one in read], grades),
        ("ceiling.", [true_words(one, MILD) == CLEAR for one in truths], [true_words(one, STRICT) for one in truths]),
    ):
        out |= {f"{name}{key}": value for key, value in _scored(found, against, times).items() if key.count(".") < 2}
    return {f"{prefix}{key}": value for key, value in out.items()}


def true_words(true: Pose3D, factor: float = 1.0) -> Grades:
    """(T, W) grades of a true pose, from thresholds so many times as strict as the project's own."""
    return both(true.xyz, true.time, true.up, true.root, resized(shipped(), factor)).words


def words_of_film(found: Movements, frames: int) -> Flags:
    """(T, W) words made, in the rows of the whole film; none where the dancer was not tracked."""
    out = np.zeros((frames, len(WORD_NAMES)), bool)
    rows = found.words_made[: max(frames - found.start, 0)]
    out[found.start : found.start + len(rows)] = rows
    return out


def shown_words(found: Movements, frames: int) -> Flags:
    """(T, W) words in those events that the report shows at its start, in the rows of the whole film."""
    out = np.zeros((frames, len(WORD_NAMES)), bool)
    for one in word_events(found, SURE):
        if one.movement < len(WORD_NAMES):  # a user's own words have no truth here
            out[found.start + one.start : found.start + one.stop, one.movement] = True
    return out


def _scored(found: Sequence[Flags], grades: Sequence[Grades], times: Sequence[NDArray[np.float64]]) -> Figures:
    frames = _total([frame_counts(*pair) for pair in zip(found, grades, strict=True)])
    events = _total([event_counts(*three) for three in zip(found, grades, times, strict=True)])
    out = word_figures(frames, "frames.") | word_figures(events, "events.")
    for word, score, true in zip(WORD_NAMES, events.f1, events.true, strict=True):
        if true:
            out |= {f"events.{word}.f1": round(float(score), 4), f"events.{word}.true": float(true)}
    return out


def _total(counts: Sequence[MovementCounts]) -> MovementCounts:
    return reduce(add, counts)
