"""``report.html``: one file that opens offline, with the video, a 3D view and the movements of every dancer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dance3d.contracts import Clip, Dancer
from dance3d.contracts.crossings import dancer_name, uncertain_crossings
from dance3d.report.body_rows import most_of
from dance3d.report.genre import clip_genre, genre_text
from dance3d.report.page import as_json, asset, environment, film_pieces
from dance3d.report.page_data import KINDS, css_colour, page_data
from dance3d.report.quality import Note, clip_notes, dancer_notes
from dance3d.report.rhythm import rhythm_text
from dance3d.report.summary import summary_text
from dance3d.timeseries.movement_events import SURE

EMBED = 40_000_000  # bytes; a larger overlay is referred to beside the report instead of being put inside
SCRIPTS = (
    "unpack.js",
    "clock.js",
    "camera.js",
    "figure.js",
    "space.js",
    "rows.js",
    "paint.js",
    "list.js",
    "timeline.js",
    "curves.js",
    "practice.js",
    "keys.js",
    "report.js",
)
SIDES = {"left": "left", "right": "right", "mid": "body"}
"""What the colours of words mean, by side."""
KEYS = {
    "space, k": "play and pause",
    "← →": "one frame back or on",
    "shift ← →": "one second back or on",
    "home, end": "to the beginning, to the end",
    "n, p": "the next movement of the timeline, the one before",
    "a, b, \\": "loop from here, loop to here, no loop",
    "m": "mirror",
    "1, 2, 3": "from the front, the side, above",
    "f, g": "follow the dancer; sticks or body",
    "+, −, 0": "less time, more time, the whole clip",
    "d": "the next dancer",
    "/": "search movements",
    "?": "this list",
}
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
        info: ``name``, ``sha256``, ``warnings``, ``edits``, ``stages``, ``single_file``, as in ``exporters.export``;
            each may lack.
        overlay: the video to show, which may be missing; put inside up to 40 MB, else expected beside the report.
    """
    inside = overlay.is_file() and (info.get("single_file") or overlay.stat().st_size <= EMBED)
    of_clip, of_dancers = clip_notes(clip), [dancer_notes(dancer, len(clip.time)) for dancer in dancers]
    notes = {0: of_clip} | {dancer.person: found for dancer, found in zip(dancers, of_dancers, strict=True)}
    stages = [_stage(row) for row in info.get("stages") or ()]
    html = environment().get_template("report.html").render(
        name=str(info.get("name") or "Dance video"),
        sha256=str(info.get("sha256") or ""),
        warnings=[str(w) for w in info.get("warnings") or ()],
        doubts=_doubts(dancers),
        edits=[str(e) for e in info.get("edits") or ()],
        stages=stages,
        timed=any(stage["took"] for stage in stages),
        clip=clip,
        figures=[f"{len(clip.time):,} frames", f"{clip.fps:.4g} per second", f"{clip.size[0]} × {clip.size[1]} pixels"],
        picture=clip.size,
        summary=summary_text(clip, dancers, notes),
        notes=of_clip,
        dancers=[_shown(dancer, found) for dancer, found in zip(dancers, of_dancers, strict=True)],
        vote=genre_text(common) if len(dancers) > 1 and (common := clip_genre(dancers)) else None,
        kinds=KINDS,
        sides=SIDES,
        keys=KEYS,
        sure=round(100 * SURE),
        files=FILES,
        style=asset("style.css"),
        scripts=[asset(name) for name in SCRIPTS],
        data=as_json(page_data(clip, dancers)),
        film=[Markup(piece) for piece in film_pieces(overlay.read_bytes())] if inside else [],
        film_file="" if inside else overlay.name,  # one that is not there shows that it cannot be shown
        overlay=overlay.is_file(),
    )  # fmt: skip
    path.write_text(html, encoding="utf-8", errors="backslashreplace", newline="\n")  # names may be no text


def _shown(dancer: Dancer, notes: Sequence[Note]) -> dict[str, Any]:
    """What the template writes of one dancer."""
    return {
        "person": dancer.person,
        "title": dancer_name(dancer.keypoints),
        "named": bool(dancer.keypoints.name),
        "colour": css_colour(dancer.person),
        "genre": genre_text(dancer.genre),
        "weight": dancer.genre.weight,
        "rhythm": rhythm_text(dancer.movements.rhythm),
        "most": most_of(dancer.movements),
        "notes": notes,
    }


def _doubts(dancers: Sequence[Dancer]) -> list[dict[str, Any]]:
    """Where it is not sure who is who, and what to do about it."""
    names = {d.person: d.keypoints.name for d in dancers}

    def who(person: int) -> str:
        return f"{person} ({name})" if (name := names.get(person)) else str(person)

    return [
        {"who": f"{who(d.first)} and {who(d.second)}", "start": d.start, "sure": d.sure, "repair": d.repair}
        for d in uncertain_crossings([dancer.keypoints for dancer in dancers])
    ]


def _stage(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stage's row with every cell there, and what it took in words."""
    seconds = row.get("seconds")
    took = "from cache" if row.get("cached") else "" if seconds is None else f"{float(seconds):.2f}"
    return {"stage": str(row.get("stage", "")), "took": took, "key": str(row.get("key") or "")}
