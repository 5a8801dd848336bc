"""The rhythm in words: how steady it is, and which phrases are repeated."""

from __future__ import annotations

from dataclasses import dataclass

from dance3d.contracts import Repeat, Rhythm

STEADY, PERHAPS = 0.75, 0.5
"""How sure a tempo is from which it is said to be steady, and from which it is named at all; chosen."""


@dataclass(frozen=True)
class Phrase:
    """A line of the list: from where to where (seconds), where it comes again (none: over and over), and how."""

    start: float
    stop: float
    again: float | None
    words: str


@dataclass(frozen=True)
class RhythmText:
    """What the report says.

    Attributes:
        headline: the tempo, or that there is none.
        perhaps: whether it is not sure.
        text: a sentence or two about it.
        phrases: the longest first.
    """

    headline: str
    perhaps: bool
    text: str
    phrases: tuple[Phrase, ...]


def rhythm_text(rhythm: Rhythm | None) -> RhythmText | None:
    """The rhythm of one dancer in words; none where nobody looked for it."""
    if rhythm is None:
        return None
    phrases = tuple(_phrase(repeat) for repeat in rhythm.repeats)
    many = len(rhythm.beats)
    rests = (
        f"The body comes to rest {many} time{'s' * (many != 1)} between movements." if many else "The body never rests."
    )
    if rhythm.sure < PERHAPS or not rhythm.tempo:
        return RhythmText("No steady beat", False, rests, phrases)
    octaves = f"Counted in half time it is {rhythm.tempo / 2:.0f}, in double time {rhythm.tempo * 2:.0f}."
    text = f"Heard from the motion alone, sure {rhythm.sure:.2f}. {octaves} {rests}"
    return RhythmText(f"{rhythm.tempo:.0f} beats per minute", rhythm.sure < STEADY, text, phrases)


def _phrase(repeat: Repeat) -> Phrase:
    near = "the same" if repeat.alike >= 0.95 else "nearly the same" if repeat.alike >= 0.88 else "alike"
    if repeat.later < repeat.stop - repeat.start:
        words = f"over and over, every {repeat.later:.1f} s, {near}"
        return Phrase(repeat.start, repeat.stop + repeat.later, None, words)
    return Phrase(repeat.start, repeat.stop, repeat.start + repeat.later, near)
