"""The rhythm in words: how steady it is, how it keeps to the music, and which phrases are repeated."""

from __future__ import annotations

from dataclasses import dataclass

from dance3d.contracts import Repeat, Rhythm
from dance3d.timeseries.on_beat import FEWEST, OnBeat, on_beat

STEADY, PERHAPS = 0.75, 0.5
"""How sure a tempo is from which it is said to be steady, and from which it is named at all; chosen."""

FINE = 0.02
"""Seconds by which a body is neither early nor late: made-up clips come out right within that (docs/rhythm.md)."""
SHOWN = 0.2
"""Chosen: seconds early or late at the edges of the chart."""
_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times"}


@dataclass(frozen=True)
class MusicText:
    """How the body keeps to the music.

    Attributes:
        headline: early, late or on the beat; or that one of them has no steady beat.
        text: a sentence or two about it.
        dots: of a chart, (seconds of the rest, seconds late, how far to the right in percent, how far down in percent).
        band: percent from the middle to either side that count as on the beat.
    """

    headline: str
    text: str
    dots: tuple[tuple[float, float, float, float], ...] = ()
    band: float = 0.0


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
        music: how it keeps to the music; none where there is no sound.
    """

    headline: str
    perhaps: bool
    text: str
    phrases: tuple[Phrase, ...]
    music: MusicText | None = None


def rhythm_text(rhythm: Rhythm | None) -> RhythmText | None:
    """The rhythm of one dancer in words; none where nobody looked for it."""
    if rhythm is None:
        return None
    phrases, music = tuple(_phrase(repeat) for repeat in rhythm.repeats), _music(rhythm)
    many = len(rhythm.beats)
    rests = (
        f"The body comes to rest {many} time{'s' * (many != 1)} between movements." if many else "The body never rests."
    )
    if rhythm.sure < PERHAPS or not rhythm.tempo:
        return RhythmText("No steady beat", False, rests, phrases, music)
    octaves = f"Counted in half time it is {rhythm.tempo / 2:.0f}, in double time {rhythm.tempo * 2:.0f}."
    text = f"Seen in the motion alone, sure {rhythm.sure:.2f}. {octaves} {rests}"
    return RhythmText(f"{rhythm.tempo:.0f} beats per minute", rhythm.sure < STEADY, text, phrases, music)


def _music(rhythm: Rhythm) -> MusicText | None:
    """How a body keeps to the music, in words."""
    music = rhythm.music
    if music is None:
        return None
    if music.note:
        return MusicText("The music is not known", f"{music.note[:1].upper()}{music.note[1:]}.")
    if not music.beats:
        return MusicText("No steady beat in the sound", "What is heard may be speech, noise or music in free time.")
    tempo = f"The sound has {music.tempo:.0f} beats per minute (counted in half time {music.tempo / 2:.0f})."
    found = on_beat(rhythm)
    if found is None or not found.steady:
        many = 0 if found is None else len(found.beats)
        return MusicText("No steady beat of the body against the music", f"{tempo} {_unsteady(many)}")
    return MusicText(
        f"Rests {timing(found)}", f"{tempo} {steadiness(found)}", _dots(found), 50 * min(found.near / SHOWN, 1)
    )


def _unsteady(rests: int) -> str:
    if rests < FEWEST:
        return f"The body rests {_count(rests)} in it, too seldom to be held against the beat."
    return f"The body rests {_count(rests)} in it, early and late by turns: no more on the beat than by chance."


def _count(times: int) -> str:
    return f"{times} time{'s' * (times != 1)}"


def timing(found: OnBeat) -> str:
    """``on the beat``, or by how many milliseconds the body rests before or after it."""
    if abs(found.late) < FINE:
        return "on the beat"
    said = f"{abs(found.late) * 1e3:.0f} ms {'after' if found.late > 0 else 'before'} the beat"
    return f"{said}, between two" if found.between else said


def steadiness(found: OnBeat) -> str:
    """How steadily a body rests on the beat, and how often."""
    often = (
        f"{_TIMES[found.division]} a beat"
        if found.division > 1 or found.every < 1.5
        else f"every {found.every:.0f} beats"
    )
    return (
        f"The body comes to rest {often}, usually {timing(found)}, give or take {found.spread * 1e3:.0f} ms. "
        f"Of {len(found.beats)} rests {found.share:.0%} are within {found.near * 1e3:.0f} ms of the beat "
        f"({found.chance:.0%} would be by chance)."
    )


def _dots(found: OnBeat) -> tuple[tuple[float, float, float, float], ...]:
    first, last = found.beats[0], found.beats[-1]
    return tuple(
        (beat, late, 100 * (beat - first) / max(last - first, 1e-9), 50 + 50 * min(max(late / SHOWN, -1), 1))
        for beat, late in zip(found.beats, found.offsets, strict=True)
    )


def _phrase(repeat: Repeat) -> Phrase:
    near = "the same" if repeat.alike >= 0.95 else "nearly the same" if repeat.alike >= 0.88 else "alike"
    if repeat.later < repeat.stop - repeat.start:
        words = f"over and over, every {repeat.later:.1f} s, {near}"
        return Phrase(repeat.start, repeat.stop + repeat.later, None, words)
    return Phrase(repeat.start, repeat.stop, repeat.start + repeat.later, near)
