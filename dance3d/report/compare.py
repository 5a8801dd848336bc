"""``compare.html``: two dancers side by side along the warp, in one file that opens offline."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from dance3d.movement_types import PARTS, part_title, titled
from dance3d.report.page import MISSING, as_base64, as_json, asset, environment, packed
from dance3d.skeleton import H36M17

EMBED = 20_000_000  # bytes of a video; a larger one is referred to instead of being put inside
COLOURS = ("#5fd6ae", "#c79bff")  # of A and of B; not those of left and right on the overlays
_FULL = 45.0  # degrees that fill a bar
_LATE = 0.5  # seconds that fill half a timing bar
_SHOWN = 12  # movements of each dancer that are not folded away
_OF_JOINT = {  # the part whose colour the bone that ends in a joint has
    "pelvis": "hips", "spine": "torso", "thorax": "torso", "nose": "head", "head": "head",
    **{f"{s}_{joint}": f"{s[0]}_{part}" for s in ("left", "right") for joint, part in (
        ("knee", "leg"), ("ankle", "foot"), ("shoulder", "shoulder"), ("elbow", "arm"), ("wrist", "forearm")
    )},
    "left_hip": "hips", "right_hip": "hips",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ComparisonRows:
    """What moves on the page, row by row of the warp.

    Attributes:
        time: (2, R) seconds of A and of B.
        bodies: (2, R, 17, 3) metres: left, up, forward, the floor at 0.
        degrees: (R, P) difference of every part of ``movement_types.PARTS``; NaN where it is not seen.
        videos: of A and of B; none where there is none.
        single_file: the page holds the videos, however large they are.
    """

    time: NDArray[np.floating]
    bodies: NDArray[np.floating]
    degrees: NDArray[np.floating]
    videos: tuple[Path | None, Path | None]
    single_file: bool = False


def write_comparison(path: Path, said: Mapping[str, Any], scene: ComparisonRows, links: Sequence[str]) -> None:
    """Write the page.

    Args:
        path: of the HTML file.
        said: the contents of ``comparison.json``.
        scene: what moves.
        links: where the videos of A and of B lie, seen from the page, for those too large to be put inside.
    """
    names = [said["a"]["name"], said["b"]["name"]]
    inside = [video is not None and (scene.single_file or video.stat().st_size <= EMBED) for video in scene.videos]
    same = scene.videos[0] is not None and scene.videos[0] == scene.videos[1]
    html = environment().get_template("compare.html").render(
        names=names,
        said=said,
        colours=COLOURS,
        dancers=[
            {
                "side": side,
                "name": name,
                "colour": colour,
                "video": _inside(video) if within and not (same and side == "b") else "",
                "link": "" if video is None or within else link,
                "has_video": video is not None,
            }
            for side, name, colour, video, within, link in zip(
                ("a", "b"), names, COLOURS, scene.videos, inside, links, strict=True
            )
        ],
        same=same,
        parts=[_bars(row) for row in said["parts"] if row["part"] != "body"],
        angles=[_angle(row) for row in said["angles"] if row["difference"] is not None],
        moments=[{**row, "title": part_title(row["part"])} for row in said["moments"]],
        movements=[_movements(said["movements"], who) for who in ("a", "b")],
        shown=_SHOWN,
        style=[asset("style.css"), asset("compare.css")],
        scripts=[asset(name) for name in ("camera.js", "figure.js", "space.js", "compare.js")],
        data=as_json(_data(scene)),
    )  # fmt: skip
    path.write_text(html, encoding="utf-8", newline="\n")


def _inside(video: Path | None) -> Markup:
    return Markup("" if video is None else base64.b64encode(video.read_bytes()).decode("ascii"))


def _bars(row: Mapping[str, Any]) -> dict[str, Any]:
    """One part's row: shares of its bars, and early or late in words."""
    degrees, plain, late = row["degrees"], row["same_clock"], row["late"]
    word = (
        ""
        if late is None
        else "in time"
        if abs(late) < 0.03
        else f"{abs(late):.2f} s {'late' if late > 0 else 'early'}"
    )
    return {
        **row,
        "title": part_title(row["part"]),
        "share": min((degrees or 0) / _FULL, 1),
        "mark": None if plain is None else min(plain / _FULL, 1),
        "when": word,
        "from": 50 + 50 * float(np.clip(min(late or 0, 0) / _LATE, -1, 0)),
        "wide": 50 * min(abs(late or 0) / _LATE, 1),
    }  # fmt: skip


def _angle(row: Mapping[str, Any]) -> dict[str, Any]:
    """One joint's row in words: a shoulder that opens is an arm lifted off the trunk, others straighten."""
    side, joint = row["angle"].split("_")
    more = row["difference"] > 0
    words = ("lifted more", "lifted less") if joint == "shoulder" else ("straighter", "more bent")
    text = f"{abs(row['difference']):.0f}° {words[0] if more else words[1]}"
    return {"title": f"{side} {joint}", "text": text if abs(row["difference"]) >= 1 else "the same", **row}


def _movements(rows: Sequence[Mapping[str, Any]], who: str) -> list[dict[str, Any]]:
    """One dancer's movements that the other does not make, the longest and surest first; times on A's clock."""
    mine = sorted(
        (row for row in rows if row["who"] == who), key=lambda row: -row["prob"] * (row["stop"] - row["start"])
    )
    seek = "start" if who == "a" else "other_start"
    return [{**row, "title": titled(row["movement"]), "seek": row[seek]} for row in mine]  # fmt: skip


def _data(scene: ComparisonRows) -> dict[str, Any]:
    """What the scripts read."""
    degrees = np.where(np.isfinite(scene.degrees), np.clip(np.nan_to_num(scene.degrees), 0, 254), 255).round()
    coordinates, unit = packed(scene.bodies)
    return {
        "rows": scene.time.shape[1],
        "time": [as_base64(time, "<f8") for time in scene.time],
        "bodies": [as_base64(body, "<i2") for body in coordinates],
        "unit": unit,
        "missing": MISSING,
        "degrees": as_base64(degrees, "u1"),
        "full": _FULL,
        "parts": [{"name": part, "title": part_title(part)} for part in PARTS],
        "joints": list(H36M17.joints),
        "bones": H36M17.bones,
        "part_of": [PARTS.index(_OF_JOINT[joint]) for joint in H36M17.joints],
        "colours": list(COLOURS),
    }
