"""What the scripts of the report read: names once, and everything that runs over time packed as small as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip, Dancer, Rhythm
from dance3d.contracts.crossings import UNCERTAIN_BELOW
from dance3d.io.world_frame import extremities_to_world, scene_origin, to_world
from dance3d.movement_types import MOVEMENTS, NAMES, PARTS, WORDS, own_word, part_title, titled
from dance3d.report.body_rows import ROWS, row_of
from dance3d.report.curves import Curve, curves
from dance3d.report.footfalls import footfalls
from dance3d.report.page import MISSING, SeriesPack, as_base64, packed
from dance3d.skeleton import BODY24, EXTREMITIES, H36M17
from dance3d.timeseries.movement_events import SURE, MovementEvent, movement_events, word_events
from dance3d.visualization.colours import colour
from dance3d.visualization.skeleton import EXTREMITY_LINES

RIGHT = ((80, 90),)
"""Percent of certainty, and of the words from there on that were right on films that no net had seen: that is where
``movement_events.SURE`` is (docs/motion.md)."""
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
UNITS: dict[str, tuple[int, float, str, tuple[int, int] | None]] = {
    "degrees": (0, 0.1, "deg", (0, 180)),
    "m/s": (2, 0.005, "m_per_s", None),
    "%": (0, 0.1, "percent", (-100, 100)),
}
"""Of curves: digits shown, the least difference that is kept, the end of the column's name, and the chart's range."""


def css_colour(person: int) -> str:
    """The colour of a dancer as style sheets write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour(person))


def page_data(clip: Clip, dancers: Sequence[Dancer]) -> dict[str, Any]:
    """What the scripts read: numbers as base64, names once."""
    origin = scene_origin([dancer.pose for dancer in dancers])
    turned = any(dancer.pose.extremities is not None for dancer in dancers)
    joints, lines = (BODY24.joints, EXTREMITY_LINES) if turned else (H36M17.joints, ())
    sides = ["left" if j.startswith("left_") else "right" if j.startswith("right_") else "mid" for j in joints]
    pack = SeriesPack()
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
        "sure": round(100 * SURE),
        "right": RIGHT,
        "dancers": [_dancer_data(dancer, origin, turned, pack) for dancer in dancers],
        "series": pack.text(),
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
        [
            ROWS.index(row_of(word)),
            word.title,
            word.side or "mid",
            word.sentence,
            *(number[name] for name in word.types),
        ]
        for word in (*WORDS, *map(own_word, own))
    ]


def _dancer_data(dancer: Dancer, origin: NDArray[np.float64], turned: bool, pack: SeriesPack) -> dict[str, Any]:
    """What the scripts read of a dancer.

    Args:
        dancer: with everything found.
        origin: of the scene.
        turned: whether extremities follow the joints, missing where they are not known.
        pack: takes what runs over time.
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
        "colour": css_colour(dancer.person),
        "crossings": [[c.start, c.stop, c.other, round(c.sure, 2), c.sure < UNCERTAIN_BELOW] for c in track.crossings],
        "start": pose.start,
        "frames": pose.frames,
        "xyz": pack.add(coordinates, "<i2"),
        "unit": unit,
        "state": pack.add(state, "u1"),
        "words": _runs(word_events(dancer.movements)),
        "runs": _runs(movement_events(dancer.movements, shown=True)),
        "beats": [round(beat, 3) for beat in heard.beats],
        "music": [round(beat, 3) for beat in heard.music.beats] if heard.music else [],
        "feet": [
            [
                ("left", "right").index(one.side),
                one.start,
                one.stop,
                round(one.x, 2),
                round(one.z, 2),
                round(one.degrees),
            ]
            for one in footfalls(pose, origin)
        ],
        "curves": [_curve(one, pack) for one in curves(pose, world)],
    }


def _curve(curve: Curve, pack: SeriesPack) -> dict[str, Any]:
    """A curve as the scripts draw it: whole numbers of ``scale``."""
    digits, scale, column, span = UNITS[curve.unit]
    return {
        "group": curve.group,
        "figure": curve.figure,
        "side": curve.side,
        "unit": curve.unit,
        "column": column,
        "digits": digits,
        "range": span,
        "scale": scale,
        "values": pack.add(_whole(curve.values / scale), "<i2"),
        "bands": pack.add(_whole(curve.within / scale), "<i2"),
    }


def _whole(values: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.where(np.isfinite(values), np.clip(np.round(np.nan_to_num(values)), -32000, 32000), MISSING).astype(
        np.int16
    )


def _runs(events: Sequence[MovementEvent]) -> list[list[int]]:
    """Number, first and last frame and percents of every event."""
    return [[one.movement, one.start, one.stop, round(one.prob * 100)] for one in events]
