"""The results of a comparison, as ``comparison.json`` and ``comparison.csv`` have it (docs/compare.md)."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dance3d.comparison import differences
from dance3d.comparison.align import RATE, Floats, taken
from dance3d.comparison.differences import ANGLES
from dance3d.comparison.load import Dance
from dance3d.contracts import Rhythm
from dance3d.movement_types import PARTS
from dance3d.pipeline.delivery import deliver, prepared
from dance3d.pipeline.result_json import seen_from
from dance3d.report.compare import ComparisonRows, write_comparison
from dance3d.report.rhythm import timing
from dance3d.skeleton import CLEARANCE
from dance3d.timeseries.on_beat import OnBeat, on_beat

if TYPE_CHECKING:
    from dance3d.comparison.compare import Comparison

SCHEMA = "dance3d.comparison/1"
PAGE = "compare.html"
_PATH = 0.5  # seconds between the points of the warp that are written down


def summary(found: Comparison) -> dict[str, Any]:
    """The contents of ``comparison.json``."""
    a, b = found.time
    points = sorted({*range(0, len(a), int(_PATH * RATE)), len(a) - 1})
    bend = found.pair.bend
    means = zip(ANGLES, differences.over_time(bend), differences.over_time(np.abs(bend)), strict=True)
    body = PARTS.index("body")
    heard = music(found)
    return {
        "schema": SCHEMA,
        "a": _dancer(found.a),
        "b": _dancer(found.b),
        "mirror": found.mirror,
        "one_clip": found.together,
        "similarity": number(found.similarity, 1),
        "degrees": {"aligned": number(found.degrees[body], 2), "same_clock": number(found.same_clock[body], 2)},
        "warp": {
            "a": [number(a[0]), number(a[-1])],
            "b": [number(b[0]), number(b[-1])],
            "shift": number(found.shift),
            "tempo": number(found.tempo, 4),
            "wander": number(found.wander),
            "confidence": number(found.warp.confidence),
            "path": [[number(a[k]), number(b[k])] for k in points],
        },
        "parts": [_part(found, k) for k in range(len(PARTS))],
        "angles": [
            {"angle": name, "difference": number(mean, 2), "degrees": number(size, 2)} for name, mean, size in means
        ],
        "moments": [
            {
                "part": moment.part,
                "start": number(a[moment.start]),
                "stop": number(a[moment.stop - 1]),
                "b_start": number(b[moment.start]),
                "b_stop": number(b[moment.stop - 1]),
                "degrees": number(moment.degrees, 1),
                "how": moment.how,
            }
            for moment in found.moments
        ],
        "movements": [
            {name: number(value) if isinstance(value, float) else value for name, value in vars(one).items()}
            for one in found.only
        ],
        "notes": list(found.notes),
    } | ({"music": heard} if heard else {})


def music(found: Comparison) -> dict[str, Any] | None:
    """How A and B keep to the music of their own clips, and how much later B does; none where neither has sound."""
    if not any(rhythm.music for rhythm in found.rhythms):
        return None
    kept = [None if (one := on_beat(rhythm)) is None or not one.steady else one for rhythm in found.rhythms]
    a, b = kept
    said = [_kept(rhythm, one) for rhythm, one in zip(found.rhythms, kept, strict=True)]
    return {"a": said[0], "b": said[1], "late": number(b.late - a.late) if a and b else None}


def _kept(rhythm: Rhythm, kept: OnBeat | None) -> dict[str, Any]:
    """One dancer and the music; null where there is no steady beat."""
    tempo = number(rhythm.music.tempo, 1) if rhythm.music and rhythm.music.beats else None
    said: dict[str, Any] = {"music": tempo, "late": None, "spread": None, "share": None, "text": _why_not(rhythm)}
    if kept is None:
        return said
    figures = {name: number(getattr(kept, name)) for name in ("late", "spread", "share")}
    return said | figures | {"text": f"rests {timing(kept)}"}


def _why_not(rhythm: Rhythm) -> str:
    if rhythm.music is None:
        return "no sound"
    return "no steady beat" if rhythm.music.beats else "no steady beat in the sound"


def _part(found: Comparison, column: int) -> dict[str, Any]:
    values, lags, a = found.pair.degrees[:, column], found.lags, found.time[0]
    known = values[np.isfinite(values)]
    local = zip(lags.middle.astype(int), lags.local[:, column], strict=True)
    return {
        "part": PARTS[column],
        "degrees": number(found.degrees[column], 2),
        "worst": number(np.percentile(known, 95), 2) if len(known) else None,
        "same_clock": number(found.same_clock[column], 2),
        "seen": number(len(known) / len(values)),
        "late": number(lags.all[column]),
        "late_sure": number(lags.sure[column]),
        "late_local": [[number(a[row]), number(late)] for row, late in local],
    }


def _dancer(dance: Dance) -> dict[str, Any]:
    pose = dance.pose
    return {
        "name": dance.name,
        "person": pose.person,
        "frames": pose.frames,
        "seconds": number(pose.time[-1] - pose.time[0]),
        "scale": pose.scale,
    }


def number(value: float | None, digits: int = 3) -> float | None:
    """A number as JSON has it: rounded, none where it is not known."""
    return None if value is None or not np.isfinite(value) else round(float(value), digits) + 0.0


def write_table(found: Comparison, path: Path) -> None:
    """Write the warp row by row: ``time_a_s``, ``time_b_s`` and every part's difference, ``<part>_deg``."""
    a, b = found.time
    values: Floats = np.concatenate([a[:, None], b[:, None], found.pair.degrees], 1)
    columns = ["time_a_s", "time_b_s", *(f"{part}_deg" for part in PARTS)]
    line = ",".join(["%.4f", "%.4f", *["%.2f"] * len(PARTS)])
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(columns) + "\n")
        file.writelines((line % tuple(row)).replace("nan", "") + "\n" for row in values.tolist())


def write(found: Comparison, out: Path, single_file: bool = False) -> Path:
    """Write ``comparison.json``, ``comparison.csv`` and ``compare.html`` into a folder, made if need be.

    Args:
        found: the comparison.
        out: the folder.
        single_file: the page holds the videos, however large they are.

    Returns:
        The page.
    """
    said = summary(found)
    bodies = np.stack([found.bodies[0].xyz[found.warp.rows], taken(found.bodies[1].xyz, found.warp.places)])
    lowest = np.where(np.isfinite(bodies[..., 1]), bodies[..., 1], np.inf).min(-1)
    bodies[..., 1] -= np.where(np.isfinite(lowest), lowest, 0.0)[..., None] - CLEARANCE["left_ankle"]
    videos = (found.a.video, found.b.video)
    links = ["" if video is None else seen_from(video, out) for video in videos]
    rows = ComparisonRows(np.stack(found.time), bodies, found.pair.degrees, videos, single_file)
    with prepared(out), tempfile.TemporaryDirectory() as folder:
        beside = Path(folder)
        (beside / "comparison.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
        write_table(found, beside / "comparison.csv")
        write_comparison(beside / PAGE, said, rows, links)
        deliver(out, {path.name: path for path in sorted(beside.iterdir())}, None)
    return out / PAGE
