"""The rows of the timeline of words, one per limb from above, and what each of them did most."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dance3d.contracts import Movements
from dance3d.movement_types import Word
from dance3d.timeseries.movement_events import SURE, word_events

LIMBS = {"arm": "arm", "forearm": "arm", "shoulder": "arm", "leg": "leg", "knee": "leg", "foot": "leg"}
ROWS = ("left arm", "right arm", "hands", "head", "torso", "hips", "left leg", "right leg", "whole body")
MOST = 3
"""Movements of a row that are told, chosen."""
_OF_THE_ROW = re.compile(r"^(left|right) [a-z]+: | (left|right) (arm|leg|foot)\b")


@dataclass(frozen=True)
class Most:
    """What a row did: the movement in words, how often, how many seconds together, and when it first began."""

    title: str
    times: int
    seconds: float
    first: float


def row_of(word: Word) -> str:
    """The row of a word: the limb that does it, or the part of the body that all its types share."""
    if not word.types:
        return "hands"
    parts = {name.partition(".")[0] for name in word.types}
    if word.side:
        return f"{word.side} {LIMBS[parts.pop()[2:]]}"
    return parts.pop() if len(parts) == 1 and parts <= set(ROWS) else "whole body"


def short_title(word: Word) -> str:
    """A word beside a row that names the limb already: ``raise left arm`` is ``raise``."""
    return _OF_THE_ROW.sub("", word.title) or word.title


def most_of(movements: Movements) -> dict[str, tuple[Most, ...]]:
    """What each row did longest, of the words that the report shows at its start; rows that did nothing are left out.

    Args:
        movements: of one dancer.

    Returns:
        By row, from above, up to ``MOST`` movements, the longest together first.
    """
    found: dict[str, dict[int, list[tuple[float, float]]]] = {row: {} for row in ROWS}
    words, last = movements.every_word, movements.frames - 1
    for event in word_events(movements, SURE):
        span = float(movements.time[event.start]), float(movements.time[min(event.stop, last)])
        found[row_of(words[event.movement])].setdefault(event.movement, []).append(span)
    return {row: tuple(_longest(did, words)) for row, did in found.items() if did}


def _longest(did: dict[int, list[tuple[float, float]]], words: tuple[Word, ...]) -> list[Most]:
    """The movements of one row, as spans in seconds by number of the word, the longest together first."""
    rows = [
        Most(short_title(words[number]), len(spans), sum(b - a for a, b in spans), min(a for a, _ in spans))
        for number, spans in did.items()
    ]
    return sorted(rows, key=lambda one: (-one.seconds, one.title))[:MOST]
