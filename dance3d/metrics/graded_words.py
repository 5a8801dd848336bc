"""Scores of words against grades: what is slight is neither demanded nor held against a recogniser (docs/motion.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from dance3d.contracts.times import median_step
from dance3d.metrics.movement_counts import MovementCounts, check_flags
from dance3d.movement_types import WORD_NAMES
from dance3d.timeseries.segments import lasting, segments

NONE, SLIGHT, CLEAR = 0, 1, 2
"""Grades of the truth."""
ONSET = 0.2
"""Seconds by which the beginning of a found event may be off; chosen."""
OVERLAP = 0.5
"""Or it covers this share of what it and the true event cover together, slight frames left out; chosen."""
EXCUSED = 0.5
"""Share of a found event's frames that are slight, from which on it is not wrong; chosen."""
Found = NDArray[np.bool_]
Grades = NDArray[np.int8]


def frame_counts(found: Found, grades: Grades, names: Sequence[str] = WORD_NAMES) -> MovementCounts:
    """Frames of one take, slight ones left out.

    Args:
        found: (T, W) whether a word was found.
        grades: (T, W) ``NONE``, ``SLIGHT`` or ``CLEAR``.
        names: W words.

    Raises:
        ValueError: the shapes differ, or are not as many columns as names.
    """
    check_flags(found, grades, names)
    return MovementCounts.of_frames(found & (grades != SLIGHT), grades == CLEAR, names)


def event_counts(
    found: Found, grades: Grades, time: NDArray[np.float64], names: Sequence[str] = WORD_NAMES
) -> MovementCounts:
    """Events of one take, matched one to one, as many as can be.

    A found event is right with a clear true one that begins within ``ONSET`` of it or that it overlaps by ``OVERLAP``.
    One without a partner does not count if it touches nothing clear and is slight in ``EXCUSED`` of its frames. Found
    events are those that the report shows (``timeseries.segments.lasting``).

    Args:
        found: (T, W) whether a word was found.
        grades: (T, W) ``NONE``, ``SLIGHT`` or ``CLEAR``.
        time: (T,) seconds, increasing.
        names: W words.

    Raises:
        ValueError: the shapes do not fit.
    """
    check_flags(found, grades, names)
    if time.shape != found.shape[:1]:
        raise ValueError(f"time has shape {time.shape}, expected ({len(found)},)")
    fps = 1 / median_step(time, 1.0)
    counts = np.array([_column(*pair, fps) for pair in zip(found.T, grades.T, strict=True)], int).reshape(-1, 3)
    return MovementCounts(counts[:, 0], counts[:, 1], counts[:, 2], tuple(names))


def half_take_later(found: Found) -> Found:
    """(T, W) what was found, half the take later, its second half at its beginning: how much chance alone finds."""
    return np.roll(found, len(found) // 2, axis=0)


def word_figures(counts: MovementCounts, prefix: str = "") -> dict[str, float]:
    """``macro_f1`` over words that occur, ``micro_f1``, ``precision`` and ``recall`` of all words together."""
    hits, found, true = (int(each.sum()) for each in (counts.hits, counts.found, counts.true))
    occurs = counts.true > 0
    out = {
        "macro_f1": float(counts.f1[occurs].mean()) if occurs.any() else 0.0,
        "micro_f1": 2 * hits / max(found + true, 1),
        "precision": hits / max(found, 1),
        "recall": hits / max(true, 1),
    }
    return {f"{prefix}{name}": round(value, 4) for name, value in out.items()}


def _column(found: Found, grades: Grades, fps: float) -> tuple[int, int, int]:
    """Right, counted and true events of one word."""
    got = lasting(found[:, None], fps)
    real = segments(grades == CLEAR)
    pairs = [(int(a), int(b)) for a, b in zip(got.start, got.stop, strict=True)]
    fits = np.array([[_fits(one, (a, b), grades, fps) for a, b in real.tolist()] for one in pairs], bool)
    partner = np.full(len(pairs), -1)
    if fits.size:
        partner = maximum_bipartite_matching(csr_array(fits), perm_type="column")
    excused = [
        at < 0 and not (grades[a:b] == CLEAR).any() and (grades[a:b] == SLIGHT).mean() >= EXCUSED
        for at, (a, b) in zip(partner, pairs, strict=True)
    ]
    return int((partner >= 0).sum()), len(pairs) - sum(excused), len(real)


def _fits(found: tuple[int, int], true: tuple[int, int], grades: Grades, fps: float) -> bool:
    """Whether a found and a true event, first frame and one past the last, begin or lie together."""
    if abs(found[0] - true[0]) <= ONSET * fps + 1e-6:
        return True
    both = min(found[1], true[1]) - max(found[0], true[0])
    sure = int((grades[found[0] : found[1]] != SLIGHT).sum())  # the true one has no slight frame
    return both > 0 and both >= OVERLAP * (sure + true[1] - true[0] - both)
