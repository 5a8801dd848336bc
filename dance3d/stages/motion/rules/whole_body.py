"""Rules of the whole body (docs/movements.md, movements 138 to 153)."""

from __future__ import annotations

import numpy as np

from dance3d.geometry.vectors import unit
from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.signals import RATE, SIDES, Array, Flags, Signals, rate, seen_from
from dance3d.stages.motion.rules.thresholds import Values
from dance3d.timeseries.segments import long_segments, segments


def body(s: Signals) -> dict[str, Flags]:
    """Paths, turns, levels, weight and flight of the whole body."""
    at = s.thresholds.of("body")
    pelvis = s.at("pelvis")
    floor_path = pelvis * [1.0, 0.0, 1.0]
    velocity = seen_from(s.heading, rate(floor_path))
    speed = np.linalg.norm(velocity, axis=-1)

    def travel(axis: int, sign: int, own: Values) -> Flags:
        along = sign * velocity[:, axis]
        return long_segments((along >= own["speed"]) & (along >= own["along"] * speed), kind.frames(own["run"]))

    facing = s.yaw(unit(s.bone("left_hip", "right_hip")) + unit(s.bone("left_shoulder", "right_shoulder")))
    height = pelvis[:, 1] - s.floor
    jump, leapt = _flights(s, at["jump"], feet=2)
    hop, hopped = _flights(s, at["hop"], feet=1)
    low = height <= at["hold_low"]["height"] * s.leg
    return {
        "travel_forward": travel(2, +1, at["travel_forward"]),
        "travel_back": travel(2, -1, at["travel_back"]),
        "travel_left": travel(0, -1, at["travel"]),
        "travel_right": travel(0, +1, at["travel"]),
        "turn_left": kind.turning(facing, +1, at["turn"]),
        "turn_right": kind.turning(facing, -1, at["turn"]),
        "spin": _spin(facing, at["spin"]),
        "jump": jump,
        "hop": hop,
        "land": kind.around(leapt | hopped, at["land"]),
        "rise": kind.moving(height[:, None], 0, +1, at["rise"]),
        "sink": kind.moving(height[:, None], 0, -1, at["sink"]),
        "hold_low": long_segments(low, kind.frames(at["hold_low"]["run"])),
        "weight_left": _weight(s, "left", at["weight"]),
        "weight_right": _weight(s, "right", at["weight"]),
        "freeze": _freeze(s, at["freeze"]),
    }


def _spin(facing: Array, at: Values) -> Flags:
    """Where a turn in one direction covers so many degrees within so many seconds."""
    out = np.zeros(len(facing), bool)
    lag = min(int(at["within"] * RATE), len(facing) - 1)
    if lag < 1:
        return out
    for sign in (1, -1):
        starts = np.flatnonzero(sign * (facing[lag:] - facing[:-lag]) >= at["sweep"])
        out |= kind.fill(len(facing), starts, starts + lag + 1) & (sign * rate(facing) >= at["rate"])
    return out


def _weight(s: Signals, side: str, at: Values) -> Flags:
    """The pelvis moves towards a standing foot by a share of the distance between the feet."""
    other = "right" if side == "left" else "left"
    ground = [1.0, 0.0, 1.0]
    across = (s.at(f"{side}_ankle") - s.at(f"{other}_ankle")) * ground
    spacing = np.linalg.norm(across, axis=-1)
    offset = ((s.at("pelvis") - s.feet) * across).sum(-1) / np.maximum(spacing, at["apart"]) ** 2
    on = (rate(offset) >= at["rate"]) & (spacing >= at["apart"]) & s.contact[side]
    return kind.going(offset, on, at)


def _freeze(s: Signals, at: Values) -> Flags:
    """Stillness after a lively second."""
    speed = np.linalg.norm(rate(s.p), axis=-1).mean(1)
    starts, stops = segments(long_segments(speed < at["speed"], kind.frames(at["run"]))).T
    total = np.cumsum(np.concatenate([[0.0], speed]))
    second = int(RATE)
    before = (total[starts] - total[np.maximum(starts - second, 0)]) / second
    keep = (starts >= second) & (before >= at["before"])
    return kind.fill(len(speed), starts[keep], stops[keep])


def _flights(s: Signals, at: Values, feet: int) -> tuple[Flags, Flags]:
    """Jumps from two feet or hops on one, and their landings: both feet rise from the floor rather than slide."""
    n = len(s.p)
    on = {side: s.contact[side] for side in SIDES}
    low = np.min([s.at(f"{side}_ankle")[:, 1] for side in SIDES], axis=0) - s.floor
    starts, stops = segments(~on["left"] & ~on["right"]).T
    long = (stops - starts) / RATE
    inside = (starts > 0) & (stops < n) & (long >= at["shortest"] - 1e-6) & (long <= at["longest"] + 1e-6)
    starts, stops = starts[inside], stops[inside]
    high = np.array([low[a:b].max() for a, b in zip(starts, stops, strict=True)]) >= at["height"]
    starts, stops = starts[high], stops[high]
    just = kind.frames(at["stood"])

    def near(side: str, when: kind.NDArrayInt, before: bool) -> Flags:
        """Whether a foot stands just before or just after."""
        total = np.cumsum(np.concatenate([[0], on[side]]))
        a, b = (np.maximum(when - just, 0), when) if before else (when, np.minimum(when + just, n))
        stood: Flags = total[b] > total[a]
        return stood

    off = {side: near(side, starts, True) for side in SIDES}
    back = {side: near(side, stops, False) for side in SIDES}
    hops = np.any([off[a] & ~off[b] & back[a] & ~back[b] for a, b in (SIDES, SIDES[::-1])], axis=0)
    keep = off["left"] & off["right"] if feet == 2 else hops
    land = np.zeros(n, bool)
    land[stops[keep]] = True
    edge = kind.frames(at["around"])
    return kind.fill(n, starts[keep] - edge, stops[keep] + edge), land
