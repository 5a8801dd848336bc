"""``report.html``: one file that opens offline, with the video, a 3D view and the movements of every dancer."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from dance3d.contracts import Clip, Dancer, Rhythm
from dance3d.contracts.crossings import UNCERTAIN_BELOW, dancer_name, uncertain_crossings
from dance3d.io.world_frame import extremities_to_world, scene_origin, to_world
from dance3d.movement_types import MOVEMENTS, NAMES, PARTS, WORDS, Word, own_word, part_title, titled
from dance3d.report.genre import clip_genre, genre_text
from dance3d.report.page import MISSING, as_base64, as_json, asset, environment, packed
from dance3d.report.quality import clip_notes, dancer_notes
from dance3d.report.rhythm import rhythm_text
from dance3d.skeleton import BODY24, EXTREMITIES, H36M17
from dance3d.timeseries.movement_events import SURE, MovementEvent, movement_events, word_events
from dance3d.visualization.colours import colour
from dance3d.visualization.skeleton import EXTREMITY_LINES

EMBED = 40_000_000  # bytes; a larger overlay is referred to beside the report instead of being put inside
KINDS = {
    "R": "turn or bend",
    "T": "shift",
    "P": "pulse",
    "C": "circle",
    "W": "wave",
    "V": "strike",
    "H": "hold",
    "E": "step or contact",
}
SIDES = {"left": "left", "right": "right", "mid": "body"}
"""What the colours of words mean, by side."""
LIMBS = {"arm": "arm", "forearm": "arm", "shoulder": "arm", "leg": "leg", "knee": "leg", "foot": "leg"}
ROWS = ("left arm", "right arm", "hands", "head", "torso", "hips", "left leg", "right leg", "whole body")
"""Rows of the timeline of words, from above."""
FILES = {
    "pose3d.bvh": "3D motion for Blender and other animation tools",
    "pose3d.csv": "3D joints, one row per frame",
    "keypoints.csv": "joints on the picture, one row per frame",
    "words.csv": "movements in words, one row each",
    "movements.csv": "probabilities of the 154 movement types, one row per frame",
    "rhythm.csv": "beats and phrases danced again",
    "pose3d.npz": "3D joints for Python",
    "keypoints.npz": "joints on the picture for Python",
    "movements.npz": "movements for Python",
}


def write_report(path: Path, clip: Clip, dancers: Sequence[Dancer], info: Mapping[str, Any], overlay: Path) -> None:
    """Write the report.

    Args:
        path: of the HTML file.
        clip: frames and times.
        dancers: may be empty: the report then says that nobody was found.
        info: ``name``, ``sha256``, ``warnings``, ``edits``, ``stages``, as in ``exporters.export``; each may lack.
        overlay: the video to show, which may be missing; put inside up to 40 MB, else expected beside the report.
    """
    inside = overlay.is_file() and overlay.stat().st_size <= EMBED
    html = environment().get_template("template.html").render(
        name=str(info.get("name") or "Dance video"),
        sha256=str(info.get("sha256") or ""),
        warnings=[str(w) for w in info.get("warnings") or ()],
        doubts=_doubts(dancers),
        edits=[str(e) for e in info.get("edits") or ()],
        stages=[_stage(row) for row in info.get("stages") or ()],
        clip=clip,
        summary=_summary(clip, dancers),
        notes=clip_notes(clip),
        dancers=[_shown(dancer, clip) for dancer in dancers],
        vote=genre_text(common) if len(dancers) > 1 and (common := clip_genre(dancers)) else None,
        kinds=KINDS,
        sides=SIDES,
        files=FILES,
        style=asset("style.css"),
        scripts=[asset(name) for name in ("viewer.js", "timeline.js", "player.js")],
        data=as_json(_data(clip, dancers)),
        video=Markup(base64.b64encode(overlay.read_bytes()).decode("ascii")) if inside else "",
        video_file="" if inside else overlay.name,  # one that is not there shows that it cannot be shown
        overlay=overlay.is_file(),
    )  # fmt: skip
    path.write_text(html, encoding="utf-8", errors="backslashreplace", newline="\n")  # names may be no text


def _summary(clip: Clip, dancers: Sequence[Dancer]) -> list[str]:
    frames = len(clip.time)
    seconds = float(clip.time[-1] - clip.time[0]) + 1 / clip.fps
    who = "nobody found" if not dancers else "1 dancer" if len(dancers) == 1 else f"{len(dancers)} dancers"
    length = f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.1f} s"
    return [who, length, f"{frames:,} frames at {clip.fps:.4g} per second", f"{clip.size[0]} × {clip.size[1]}"]


def _shown(dancer: Dancer, clip: Clip) -> dict[str, Any]:
    """What the template writes of one dancer."""
    return {
        "person": dancer.person,
        "title": dancer_name(dancer.keypoints),
        "named": bool(dancer.keypoints.name),
        "colour": _css(dancer.person),
        "genre": genre_text(dancer.genre),
        "weight": dancer.genre.weight,
        "rhythm": rhythm_text(dancer.movements.rhythm),
        "notes": dancer_notes(dancer, len(clip.time)),
    }


def _css(person: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour(person))


def _doubts(dancers: Sequence[Dancer]) -> list[dict[str, Any]]:
    """Where it is not sure who is who, and what to do about it."""
    names = {d.person: d.keypoints.name for d in dancers}

    def who(person: int) -> str:
        return f"{person} ({name})" if (name := names.get(person)) else str(person)

    return [
        {"who": f"{who(d.first)} and {who(d.second)}", "start": d.start, "sure": d.sure, "repair": d.repair}
        for d in uncertain_crossings([dancer.keypoints for dancer in dancers])
    ]


def _data(clip: Clip, dancers: Sequence[Dancer]) -> dict[str, Any]:
    """What the scripts read: numbers as base64, names once."""
    origin = scene_origin([dancer.pose for dancer in dancers])
    turned = any(dancer.pose.extremities is not None for dancer in dancers)
    joints, lines = (BODY24.joints, EXTREMITY_LINES) if turned else (H36M17.joints, ())
    sides = ["left" if j.startswith("left_") else "right" if j.startswith("right_") else "mid" for j in joints]
    return {
        "time": as_base64(clip.time, "<f8"),
        "fps": round(clip.fps, 4),
        "shots": [round(float(clip.time[row]), 3) for row in clip.shots[1:]],
        "joints": list(joints),
        "bones": [*H36M17.bones, *((BODY24.index(one), BODY24.index(other)) for one, other in lines)],
        "sides": sides,
        "parts": [{"name": p, "title": part_title(p)} for p in PARTS],
        "movements": _movements(dancers),
        "kinds": KINDS,
        "rows": [{"title": row} for row in ROWS],
        "words": _words(dancers),
        "missing": MISSING,
        "dancers": [_dancer_data(dancer, origin, turned) for dancer in dancers],
    }


def _movements(dancers: Sequence[Dancer]) -> list[list[Any]]:
    """Part, words and kind of every movement that a run may name; a user's own ones have no kind."""
    own = dancers[0].movements.own_names if dancers else ()
    kinds = {m.name: m.kind for m in MOVEMENTS}
    return [
        [PARTS.index(name.partition(".")[0]), titled(name).partition(": ")[2], kinds.get(name, "")]
        for name in (*NAMES, *own)
    ]


def _words(dancers: Sequence[Dancer]) -> list[list[Any]]:
    """Row, words, side, sentence and numbers of the types of every word; a user's own types are words too."""
    own = dancers[0].movements.own_names if dancers else ()
    number = {name: at for at, name in enumerate((*NAMES, *own))}
    return [
        [ROWS.index(_row(word)), word.title, word.side or "mid", word.sentence, *(number[name] for name in word.types)]
        for word in (*WORDS, *map(own_word, own))
    ]


def _row(word: Word) -> str:
    """The row of a word: the limb that does it, or the part of the body that all its types share."""
    if not word.types:
        return "hands"
    parts = {name.partition(".")[0] for name in word.types}
    if word.side:
        return f"{word.side} {LIMBS[parts.pop()[2:]]}"
    return parts.pop() if len(parts) == 1 and parts <= set(ROWS) else "whole body"


def _stage(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stage's row with every cell there, and what it took in words."""
    seconds = row.get("seconds")
    took = "from cache" if row.get("cached") else "" if seconds is None else f"{float(seconds):.2f}"
    return {"stage": str(row.get("stage", "")), "took": took, "key": str(row.get("key") or "")}


def _dancer_data(dancer: Dancer, origin: NDArray[np.float64], turned: bool) -> dict[str, Any]:
    """What the scripts read of a dancer.

    Args:
        dancer: with everything found.
        origin: of the scene.
        turned: whether extremities follow the joints, missing where they are not known.
    """
    track, pose = dancer.keypoints, dancer.pose
    world = to_world(pose, origin)
    if turned:
        ends = extremities_to_world(pose, origin)
        missing = np.full((pose.frames, len(EXTREMITIES), 3), np.nan)
        world = np.concatenate([world, missing if ends is None else ends], 1)
    coordinates, unit = packed(world)
    here = np.isfinite(track.xy).any((1, 2))
    state = np.where(track.measured.mean(1) >= 0.5, 2, np.where(here, 1, 0))  # seen, filled in, missing
    heard = dancer.movements.rhythm or Rhythm()
    return {
        "person": dancer.person,
        "name": track.name,
        "colour": _css(dancer.person),
        "crossings": [[c.start, c.stop, c.other, round(c.sure, 2), c.sure < UNCERTAIN_BELOW] for c in track.crossings],
        "start": pose.start,
        "frames": pose.frames,
        "xyz": as_base64(coordinates, "<i2"),
        "unit": unit,
        "state": as_base64(state, "u1"),
        "words": _runs(word_events(dancer.movements, SURE)),
        "runs": _runs(movement_events(dancer.movements, shown=True)),
        "beats": [round(beat, 3) for beat in heard.beats],
        "music": [round(beat, 3) for beat in heard.music.beats] if heard.music else [],
    }


def _runs(events: Sequence[MovementEvent]) -> list[list[int]]:
    """Number, first and last frame and percents of every event."""
    return [[one.movement, one.start, one.stop, round(one.prob * 100)] for one in events]
