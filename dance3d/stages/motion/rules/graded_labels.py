"""Labels in three grades: a movement is clear, slight or none (docs/motion.md).

A rule cuts at a threshold, and chance names what lies near it. So every rule is asked twice, with thresholds of size
made stricter and made milder. A clear movement begins where the stricter rule holds, and lasts while the milder one
does. What only the milder rule names is slight: not demanded of a recogniser, and not held against it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.movement_types import NAMES
from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.computed_labels import Points, in_pieces, of_words, sample, with_clap
from dance3d.stages.motion.rules.signals import Array, Signals
from dance3d.stages.motion.rules.thresholds import Thresholds
from dance3d.timeseries.resampling import hysteresis
from dance3d.timeseries.segments import long_segments

NONE, SLIGHT, CLEAR = 0, 1, 2
MARGIN = 1.5
"""Chosen: the sizes that a clear movement must reach are so many times larger, those of a slight one smaller."""
SHORTEST = 0.13
"""Seconds, chosen: what is clear for less is slight; rotations and translations last as long by rule."""
WHOLE_CIRCLE = 340.0
"""Degrees, chosen: whoever goes round once has clearly gone round, so that no sweep is asked for more."""
Grades = NDArray[np.int8]

_AT_LEAST = "rate excursion speed amplitude radius sweep before forward yaw shoulder elbow wrist least".split()
_SIZES = {key: 1.0 for key in _AT_LEAST} | {"still": -1.0}
_SIZES_OF = {
    "leg.hold_lifted": {"height": 1.0},
    "body.jump": {"height": 1.0},
    "body.hop": {"height": 1.0},
    **{f"foot.step_{way}": {"distance": 1.0} for way in ("forward", "back", "side")},
    "arm.hold_level": {"level": -1.0},
    "body.freeze": {"speed": -1.0},
    "body.hold_low": {"height": -0.5},
    "knee.hold_deep": {"bent": -0.5},
    **{name: {"speed": 0.5} for name in ("arm.thrust", "forearm.hit", "leg.kick", "knee.flick_back", "knee.lock")},
    "clap": {"near": -0.5, "excursion": 0.5, "speed": 0.5},
}
"""The power of the margin by which a threshold of size grows: negative where a movement must stay below it.

Durations, shares of a whole and guards are no sizes. Half a margin is chosen where a whole one leaves too little that
is clear: a squat would have to sit on the floor, and a kick to be a fighter's."""
_NOT_MOVEMENTS = ("filter", "stretch", "contact")


class Graded(NamedTuple):
    """Grades of one dancer, row by row.

    Attributes:
        types: (T, 154) in the order of ``movement_types.NAMES``.
        words: (T, W) in the order of ``movement_types.WORDS``.
    """

    types: Grades
    words: Grades


@lru_cache(maxsize=4)
def resized(thresholds: Thresholds, factor: float) -> Thresholds:
    """Thresholds with all sizes so many times stricter, or milder below 1."""
    return thresholds.changed(
        {
            name: {key: _resized(name, key, value, factor) for key, value in own.items()}
            for name, own in thresholds.values.items()
            if name not in _NOT_MOVEMENTS
        }
    )


def _resized(name: str, key: str, value: float, factor: float) -> float:
    power = _SIZES_OF.get(name, {}).get(key, _SIZES.get(key, 0.0))
    sized = float(value * factor**power)
    return min(sized, max(value, WHOLE_CIRCLE)) if key == "sweep" else sized


def both(
    xyz: Points,
    time: Array,
    up: Points | None = None,
    root: Points | None = None,
    thresholds: Thresholds | None = None,
) -> Graded:
    """Grades of the 154 types and of the words, from rules that share their signals.

    Args:
        xyz: (T, 17, 3) metres relative to the pelvis, in any right-handed frame; NaN where missing.
        time: (T,) seconds, rising.
        up: (3,) unit vector against gravity in that frame; ``geometry.up_direction`` if None.
        root: (T, 3) path of the pelvis in that frame, metres; as for ``computed_labels.label``.
        thresholds: to be made stricter and milder, instead of the project's own.

    Returns:
        ``NONE``, ``SLIGHT`` or ``CLEAR``; slight where the frame is missing, as nobody can know.
    """
    stretches, seen = sample(xyz, time, up, root, thresholds)
    out = np.where(seen, NONE, SLIGHT).astype(np.int8)[:, None].repeat(len(NAMES) + 1, 1)
    for stretch in stretches:
        out[stretch.rows] = _grades(stretch.signals)[stretch.frame]
    return Graded(out[:, :-1], of_words(out))


def of_stretch(s: Signals) -> Graded:
    """Grades of the N frames of a stretch at 30 frames/s."""
    grades = _grades(s)
    return Graded(grades[:, :-1], of_words(grades))


def targets(grades: Grades) -> NDArray[np.float32]:
    """Grades as what training demands: 1 clear, 0 none, NaN slight."""
    return np.array([0, np.nan, 1], np.float32)[grades]


def _grades(s: Signals) -> Grades:
    """(N, 155) grades of a stretch at 30 frames/s: the types, and the clap behind them."""
    strict, mild = (resized(s.thresholds, factor) for factor in (MARGIN, 1 / MARGIN))
    found = in_pieces(s, lambda part: np.stack([with_clap(part.under(at)) for at in (strict, mild)], 1))
    on, stay = found[:, 0], found[:, 0] | found[:, 1]
    clear = hysteresis(on, stay)
    for column in np.flatnonzero(clear.any(0)):
        clear[:, column] = long_segments(clear[:, column], kind.frames(SHORTEST))
    return np.where(clear, CLEAR, np.where(stay, SLIGHT, NONE)).astype(np.int8)
