"""How well a user's own movements are found, by layers that did not see the clip asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.metrics.events import match_events
from dance3d.metrics.graded_words import half_take_later
from dance3d.metrics.movement_counts import MovementCounts
from dance3d.timeseries.segments import lasting

_RATE = 30.0
_ONSET = 0.2  # seconds by which a beginning may be off


@dataclass(frozen=True)
class TakeAnswer:
    """The answer for one type in one stretch of a clip at 30 frames/s.

    Attributes:
        movement: name of the type.
        clip: name.
        found: (N,) where it was found.
        true: (N,) 1 where the user labelled it, 0 where not, -1 where nobody says.
    """

    movement: str
    clip: str
    found: NDArray[np.bool_]
    true: NDArray[np.int8]


@dataclass(frozen=True)
class OwnScores:
    """All answers, in the order of the clips."""

    answers: tuple[TakeAnswer, ...]

    @property
    def names(self) -> list[str]:
        """Of the types."""
        return list(dict.fromkeys(one.movement for one in self.answers))

    def figures(self, movement: str) -> dict[str, float]:
        """Precision, recall and F1 of events that overlap by half, of frames, and of frames half a clip late."""
        events, frames, chance = [], [], []
        for one in self.answers:
            if one.movement == movement:
                found, true = one.found[:, None], (one.true > 0)[:, None]
                time, known = np.arange(len(found)) / _RATE, (one.true >= 0)[:, None]
                events.append(match_events(found, true, time, (movement,), onset=_ONSET).overlaps)
                frames.append(MovementCounts.of_frames(found & known, true, (movement,)))
                chance.append(MovementCounts.of_frames(half_take_later(found) & known, true, (movement,)))
        return {**_three("event.", events), **_three("frame.", frames), **_three("chance.", chance)}

    @property
    def wrong(self) -> list[str]:
        """Where a type was missed, or found though it is not there, in words."""
        out = []
        for one in self.answers:
            true = one.true > 0
            for what, flags, other in (("missed", true, one.found), ("not there", one.found, one.true != 0)):
                _, starts, stops = lasting(flags[:, None], _RATE)
                out += [
                    f"{one.movement} {what} in {one.clip}, {a / _RATE:.1f} to {b / _RATE:.1f} s"
                    for a, b in zip(starts, stops, strict=True)
                    if not other[a:b].any()
                ]
        return out

    @property
    def lines(self) -> list[str]:
        """The scores in words."""
        out = []
        for name in self.names:
            clips = len({one.clip for one in self.answers if one.movement == name})
            said = self.figures(name)
            out.append(
                f"{name}, in {clips} clips, each read by a layer that never saw it: of the found ones "
                f"{said['event.precision']:.0%} are right, of the true ones {said['event.recall']:.0%} are found; "
                f"F1 by frame {said['frame.f1']:.2f}, half a clip late {said['chance.f1']:.2f}"
            )
        return out + self.wrong[:10]

    @property
    def plain(self) -> dict[str, Any]:
        """The scores as JSON has them."""
        found = {name: {key: round(v, 4) for key, v in self.figures(name).items()} for name in self.names}
        mean = float(np.mean([one["event.f1"] for one in found.values()]))
        head = {"metric": "cross_validated/event_f1", "mode": "max", "score": round(mean, 4)}
        return {**head, "movements": found, "wrong": self.wrong, "lines": self.lines}


def _three(prefix: str, counts: Sequence[MovementCounts]) -> dict[str, float]:
    total = reduce(add, counts)
    return {f"{prefix}{name}": float(getattr(total, name)[0]) for name in ("precision", "recall", "f1")}
