"""The report in a few plain sentences: who dances, how long, which dance, to which beat, and what not to trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dance3d.contracts import Clip, Dancer, GenreAnswer
from dance3d.contracts.crossings import dancer_name, uncertain_crossings
from dance3d.contracts.names import NOT_A_DANCE
from dance3d.report.genre import clip_genre
from dance3d.report.quality import Note
from dance3d.report.rhythm import rhythm_text

_NUMBERS = ("Nobody", "One dancer", "Two dancers", "Three dancers", "Four dancers", "Five dancers", "Six dancers")
_ALWAYS = 0.95  # share of the frames from which somebody is said to be in sight all the time, chosen


@dataclass(frozen=True)
class SummaryText:
    """What stands on top of the report.

    Attributes:
        sentences: who and how long, which dance, and the tempo of each dancer.
        beware: what not to trust, the worst first.
    """

    sentences: tuple[str, ...]
    beware: tuple[str, ...]


def summary_text(clip: Clip, dancers: Sequence[Dancer], notes: Mapping[int, Sequence[Note]]) -> SummaryText:
    """The report in a few sentences.

    Args:
        clip: frames and times.
        dancers: of the clip.
        notes: ``quality.dancer_notes`` of each dancer, by number, and of the clip under 0.
    """
    said = [_who(clip, dancers), *_dance(dancers)]
    said += _tempi(dancers)
    return SummaryText(tuple(said), tuple(_beware(dancers, notes)))


def length_text(seconds: float) -> str:
    """``12.3 seconds``, or ``3 minutes 5 seconds``."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} minute{'s' * (minutes > 1)}" + (f" {rest} second{'s' * (rest > 1)}" if rest else "")


def _who(clip: Clip, dancers: Sequence[Dancer]) -> str:
    many, frames = len(dancers), len(clip.time)
    length = length_text(float(clip.time[-1] - clip.time[0]) + 1 / clip.fps)
    if not dancers:
        return f"Nobody was found in {length} of video."
    who = _NUMBERS[many] if many < len(_NUMBERS) else f"{many} dancers"
    seen = {_named(one): float(one.keypoints.measured.any(1).sum() / frames) for one in dancers}
    if min(seen.values()) >= _ALWAYS:
        return f"{who} in {length} of video, in sight all the time."
    if many == 1:
        return f"{who} in {length} of video, in sight for {min(seen.values()):.0%} of it."
    parts = ", ".join(f"{name} for {share:.0%}" for name, share in seen.items())
    return f"{who} in {length} of video; in sight: {parts}."


def _named(dancer: Dancer) -> str:
    """A dancer's name, or number, inside a sentence."""
    return dancer.keypoints.name or f"dancer {dancer.person}"


def _dance(dancers: Sequence[Dancer]) -> list[str]:
    if not dancers:
        return []
    common = clip_genre(dancers)
    answers = [dancer.genre.answer for dancer in dancers]
    if common is None:
        return [f"{_start(dancer)}: {_said(one)}" for dancer, one in zip(dancers, answers, strict=True)]
    together = common.answer
    others = [(d, one) for d, one in zip(dancers, answers, strict=True) if one.text != together.text]
    also = ["By themselves: " + "; ".join(f"{_named(d)}, {one.text}" for d, one in others) + "."] if others else []
    return [_said(together), *(also if len(dancers) > 1 else [])]


def _said(answer: GenreAnswer) -> str:
    """An answer as a sentence; a share only where a dance is named, since that of "none" invites to compare."""
    if answer.grade == "none":
        return "The dance is none of those that the classifier has learned."
    if answer.name == NOT_A_DANCE:
        return "This is probably not a dance."
    if answer.grade == "like":
        return f"Of the dances that the classifier has learned it is most like {answer.name}, but not surely that."
    return f"The dance is {answer.name}, {answer.sure:.0%} sure."


def _start(dancer: Dancer) -> str:
    return dancer_name(dancer.keypoints)


def _tempi(dancers: Sequence[Dancer]) -> list[str]:
    """The tempo of each dancer; of several without any, one sentence for all."""
    told = [text for dancer in dancers if (text := _tempo(dancer, len(dancers) > 1))]
    if len(told) > 1 and len({text.partition(": ")[2] for text in told}) == 1:
        return [f"All dancers: {told[0].partition(': ')[2]}"]
    return told


def _tempo(dancer: Dancer, several: bool) -> str:
    """The tempo of a body, and how it keeps to the music; empty where nobody looked for it."""
    said = rhythm_text(dancer.movements.rhythm)
    if said is None:
        return ""
    tempo = said.headline if said.headline[:1].isdigit() else "no steady beat in the motion"
    text = f"{_start(dancer)}: " if several else "Tempo: "
    text += ("perhaps " if said.perhaps else "") + tempo
    if said.music is not None:
        music = dancer.movements.rhythm.music if dancer.movements.rhythm else None
        sound = f"the music has {music.tempo:.0f}" if music and music.beats else "the sound has no steady beat"
        text += f"; {sound}"
        text += f", and the body rests {said.music.headline[6:]}" if said.music.dots else ""
    return text + "."


def _beware(dancers: Sequence[Dancer], notes: Mapping[int, Sequence[Note]]) -> list[str]:
    """The poor lines first and then the fair ones, each with whom it is about where there are several."""
    names = {0: "Video"} | {dancer.person: _start(dancer) for dancer in dancers}
    found = []
    if doubts := len(uncertain_crossings([dancer.keypoints for dancer in dancers])):
        found.append(
            f"Who is who: {doubts} time{'s' * (doubts > 1)} dancers overlapped and may be exchanged afterwards."
        )
    for level in ("poor", "fair"):
        for person, lines in notes.items():
            whose = f"{names[person]}, " if len(dancers) > 1 and person else ""
            lines = [note for note in lines if note.level == level]
            found += [f"{whose}{note.title.lower() if whose else note.title}: {note.text}" for note in lines]
    return found
