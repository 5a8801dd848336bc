"""What ``result.json`` says of a run, and the files that lie beside it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dance3d.contracts import Clip, Dancer, Genre, Movements, Music, Rhythm, Segment
from dance3d.contracts.crossings import uncertain_crossings
from dance3d.io.export_files.formats import OVERLAY_NOTE
from dance3d.io.file_hash import hash_file
from dance3d.io.hub import origin
from dance3d.io.safe_names import printable
from dance3d.pipeline.delivery import LISTED, RESULT, SCHEMA
from dance3d.pipeline.runner import Result
from dance3d.registry import POSES
from dance3d.report.genre import clip_genre
from dance3d.report.quality import dancer_notes
from dance3d.timeseries.movement_events import SURE, MovementEvent, movement_events, word_events
from dance3d.timeseries.on_beat import on_beat

_DOUBTS = 6  # that are said as warnings; all of them are listed with the dancers


def warnings(clip: Clip, dancers: Sequence[Dancer], projected: bool) -> list[str]:
    """What a user should know before trusting the result, one sentence each; uncertain identities are in ``uncertain``.

    Args:
        clip: what decoding found.
        dancers: of the clip.
        projected: whether the keypoints are the projection of the pose.
    """
    found = list(clip.notes)
    if projected and dancers:
        found.append("no keypoint was looked for: the joints on the picture are the 3D pose's own projection")
    if (clip.people or 0) > 1:
        found.append(f"{clip.people} bodies were seen at once; the largest is followed")
    if clip.expected is not None and clip.frames < clip.expected:
        found.append(f"{clip.frames} of {clip.expected} frames could be decoded")
    if clip.errors:
        found.append(f"{clip.errors} damaged packet{'s were' if clip.errors > 1 else ' was'} passed over")
    found += [f"frames are missing from {start:.2f} s to {stop:.2f} s" for start, stop in clip.gaps]
    if not dancers:
        found.append("nobody was found in this video")
    for dancer in dancers:
        found += [f"dancer {dancer.person} has {lost}" for lost in _lost(dancer)]
    shares = {dancer.person: float(dancer.keypoints.measured.any(1).mean()) for dancer in dancers}
    seldom = [f"dancer {person} was seen in {share:.0%}" for person, share in shares.items() if share < 0.9]
    if seldom:
        found.append(f"{_listed(seldom)} of the frames only")
    relative = [str(dancer.person) for dancer in dancers if dancer.pose.scale == "relative"]
    if relative:
        who = "" if len(relative) == len(dancers) > 1 else f"dancer{'s' * (len(relative) > 1)} {_listed(relative)}: "
        found.append(f"{who}metres are those of an average body; give a height for true ones")
    return found


def overlay_note(outputs: Result) -> list[str]:
    """What is wrong with the overlay, as its note says."""
    if OVERLAY_NOTE not in outputs.entry.files:
        return []
    return [(outputs.entry.folder / OVERLAY_NOTE).read_text(encoding="utf-8").strip()]


def _lost(dancer: Dancer) -> list[str]:
    """What stages gave no answer to though their inputs are there: with sound weights and inputs nothing."""
    keypoints = dancer.keypoints
    seen = np.asarray((keypoints.measured & np.isfinite(keypoints.xy).all(-1) & (keypoints.score > 0)).any(1))
    posed = np.asarray(np.isfinite(dancer.pose.xyz).all((1, 2)))
    moving = np.asarray(np.isfinite(dancer.movements.prob).all(1))
    lost = {"keypoints and no pose": seen & ~posed, "a pose and no movements": posed & ~moving}
    return [
        f"{what} in {rows.sum()} of {len(rows)} frames: the weights or their input are not sound"
        for what, rows in lost.items()
        if rows.any()
    ]


def uncertain(dancers: Sequence[Dancer]) -> list[str]:
    """The crossings after which it is not sure who is who, one sentence each; of many the first, and how many more."""
    found = uncertain_crossings([dancer.keypoints for dancer in dancers])
    more = len(found) - _DOUBTS
    rest = [f"identities are uncertain after {more} more crossings; the report lists them"] if more > 0 else []
    return [*map(str, found[:_DOUBTS]), *rest]


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def summary(
    video: Mapping[str, Any],
    clip: Clip,
    dancers: Sequence[Dancer],
    stages: Mapping[str, Result],
    outputs: Result | None,
    said: Sequence[str],
) -> dict[str, Any]:
    """The contents of ``result.json``, as ``docs/outputs.md`` describes them.

    Args:
        video: what is known of the file.
        clip: what decoding found.
        dancers: of the clip.
        stages: results by name of the stage.
        outputs: result of the exported files; none if none were made.
        said: warnings, see ``warnings``.
    """

    def line(result: Result) -> dict[str, Any]:
        return {"key": result.key, "cached": result.cached, "seconds": round(result.seconds, 3)}

    return {
        "schema": SCHEMA,
        "video": {
            **video,
            "fps": round(clip.fps, 4),
            "frames": clip.frames,
            "expected": clip.expected,
            "rotation": clip.rotation,
            "mirrored": clip.mirrored,
            "gaps": [list(gap) for gap in clip.gaps],
            "shots": [_short(clip.time[row]) for row in clip.shots],
            "errors": clip.errors,
            "notes": list(clip.notes),
            "size": list(clip.size),
        },
        "dancers": [
            {
                "person": dancer.person,
                "name": dancer.keypoints.name,
                "start": dancer.keypoints.start,
                "frames": dancer.keypoints.frames,
                "seen": _short(dancer.keypoints.measured.any(1).sum() / clip.frames),
                "trust": {note.title: note.level for note in dancer_notes(dancer, clip.frames) if note.level != "note"},
                "words": _counts(
                    word_events(dancer.movements, SURE), [word.name for word in dancer.movements.every_word]
                ),
                "events": [_event(one, dancer.movements) for one in word_events(dancer.movements)],
                "movements": _counts(movement_events(dancer.movements, shown=True), dancer.movements.names),
                "crossings": [
                    {"start": _short(c.start), "stop": _short(c.stop), "other": c.other, "sure": _short(c.sure)}
                    for c in dancer.keypoints.crossings
                ],
                "genre": dancer.genre.best,
                "answer": _answer(dancer.genre),
                "genre_prob": _by_class(dancer.genre.classes, dancer.genre.prob),
                "known": _short(dancer.genre.known),
                "weight": _short(dancer.genre.weight),
                "evidence": [asdict(evidence) for evidence in dancer.genre.evidence],
                "rhythm": _rhythm(dancer.movements.rhythm),
                "segments": [_segment(one, dancer.genre.classes) for one in dancer.genre.segments],
            }
            for dancer in dancers
        ],
        "genre": _genre(dancers),
        "pose_from": next(name for name in stages if name in POSES),
        "stages": [{"stage": name, **line(result)} for name, result in stages.items()],
        "outputs": None if outputs is None else line(outputs),
        "warnings": list(said),
    }


def _counts(events: Sequence[MovementEvent], names: Sequence[str]) -> dict[str, int]:
    """How often each was made, most often first."""
    return dict(Counter(names[event.movement] for event in events).most_common())


def _event(event: MovementEvent, movements: Movements) -> dict[str, Any]:
    """One word, from when to when (seconds), and its mean probability."""
    start, stop = (_short(movements.time[min(row, movements.frames - 1)]) for row in (event.start, event.stop))
    return {"word": movements.every_word[event.movement].name, "start": start, "stop": stop, "prob": _short(event.prob)}


def _answer(genre: Genre) -> dict[str, Any]:
    """What is said of a dance, in words, and its grade."""
    answer = genre.answer
    return {"text": answer.text, "grade": answer.grade, "sure": _short(answer.sure)}


def _by_class(classes: Sequence[str], prob: Iterable[float]) -> dict[str, float]:
    return dict(zip(classes, map(_short, prob), strict=True))


def _segment(segment: Segment, classes: Sequence[str]) -> dict[str, Any]:
    times = {"start": _short(segment.start), "stop": _short(segment.stop)}
    return {**times, "prob": _by_class(classes, segment.prob), "known": _short(segment.known)}


def _genre(dancers: Sequence[Dancer]) -> dict[str, Any] | None:
    """What all dancers say together, and each one's vote; none where there is nobody."""
    clip = clip_genre(dancers)
    if clip is None:
        return None
    votes = [
        {"person": d.person, "weight": _short(d.genre.weight), "best": d.genre.best, "answer": _answer(d.genre)}
        for d in dancers
    ]
    answer = {
        "best": clip.best,
        "answer": _answer(clip),
        "prob": _by_class(clip.classes, clip.prob),
        "known": _short(clip.known),
    }
    return answer | {"votes": votes}


def _rhythm(found: Rhythm | None) -> dict[str, Any] | None:
    """Tempo, how sure, beats and repeats; none where they were not computed."""
    if found is None:
        return None
    repeats = [{name: _short(value) for name, value in asdict(repeat).items()} for repeat in found.repeats]
    beats = [_short(beat) for beat in found.beats]
    said = {"tempo": _short(found.tempo), "sure": _short(found.sure), "beats": beats, "repeats": repeats}
    return said if found.music is None else said | {"on_beat": _on_beat(found)}


def _on_beat(rhythm: Rhythm) -> dict[str, Any] | None:
    """How the body keeps to the music; none where either has no steady beat."""
    found = on_beat(rhythm)
    if found is None or not found.steady:
        return None
    figures = {name: _short(getattr(found, name)) for name in ("late", "spread", "share", "every")}
    return {**figures, "division": found.division, "rests": len(found.beats)}


def music(found: Music) -> dict[str, Any]:
    """Tempo, how sure, and beats of the sound; or why they are not known."""
    beats = [_short(beat) for beat in found.beats]
    return {"tempo": _short(found.tempo), "sure": _short(found.sure), "beats": beats, "note": found.note}


def _short(number: float) -> float:
    return round(float(number), 4)


def seen_from(path: Path, out: Path) -> str:
    """Where a file lies, seen from the results' folder, so that both can move together."""
    try:
        return printable(Path(os.path.relpath(path.resolve(), out.resolve())).as_posix())
    except ValueError:  # another drive
        return printable(path.resolve().as_posix())


def recorded(weights: Mapping[str, Path], out: Path | None) -> dict[str, dict[str, str]]:
    """Weights that somebody gave in place of those that ship: what they hold, where they lie, where they are from."""
    found = {}
    for stage, path in weights.items():
        found[stage] = {"sha256": hash_file(path)} | ({} if out is None else {"path": seen_from(path, out)})
        found[stage] |= {"origin": said} if (said := origin(path)) else {}
    return found


def read_result(out: Path) -> dict[str, Any]:
    """``result.json`` of a finished run.

    Raises:
        ValueError: there is none, or it is not one.
    """
    try:
        found = json.loads((out / RESULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        why = "the last one was ended, or still goes on" if (out / LISTED).is_file() else f"{RESULT} is missing"
        raise ValueError(f"{out} holds no finished run ({why}); make it with dance3d run VIDEO") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{out / RESULT}: {error}") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ValueError(f"{out / RESULT} is not a result of this version; run the video again")
    return found


def dancer_folders(out: Path) -> dict[int, Path]:
    """The folders of a run's dancers by their number: those that ``result.json`` names; without one all with a number.

    A folder with such a name need not be of the run.
    """
    ends = {path: path.name.removeprefix("person-") for path in sorted(out.glob("person-*"))}
    found = {int(end): path for path, end in ends.items() if end.isdecimal() and path.is_dir()}
    try:
        said = {dancer["person"] for dancer in read_result(out)["dancers"]}
    except (OSError, ValueError, KeyError, TypeError):
        return dict(sorted(found.items()))
    return {number: path for number, path in sorted(found.items()) if number in said}
