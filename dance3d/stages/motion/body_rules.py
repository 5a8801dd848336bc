"""Rules of the whole body (docs/movements.md, movements 138 to 153)."""

from __future__ import annotations

import numpy as np

from dance3d.stages.motion import kinds_rules as kind
from dance3d.stages.motion.signals_rules import RATE, SIDES, Array, Flags, Signals, rate, seen_from, unit


def body(s: Signals) -> dict[str, Flags]:
    """Paths, turns, levels, weight and flight of the whole body."""
    pelvis = s.at("pelvis")
    floor_path = pelvis * [1.0, 0.0, 1.0]
    velocity = seen_from(s.heading, rate(floor_path))
    mostly = kind.AT.along * np.linalg.norm(velocity, axis=-1)

    def travel(axis: int, sign: int) -> Flags:
        along = sign * velocity[:, axis]
        return kind.lasting((along >= 0.25) & (along >= mostly), kind.AT.hold)

    facing = s.yaw(unit(s.bone("left_hip", "right_hip")) + unit(s.bone("left_shoulder", "right_shoulder")))
    height = pelvis[:, 1] - s.floor
    jump, hop, land = _flights(s)
    return {
        "travel_forward": travel(2, +1),
        "travel_back": travel(2, -1),
        "travel_left": travel(0, -1),
        "travel_right": travel(0, +1),
        "turn_left": kind.turning(facing, +1, excursion=45.0),
        "turn_right": kind.turning(facing, -1, excursion=45.0),
        "spin": _spin(facing),
        "jump": jump,
        "hop": hop,
        "land": land,
        "rise": kind.moving(height[:, None], 0, +1, excursion=0.08),
        "sink": kind.moving(height[:, None], 0, -1, excursion=0.08),
        "hold_low": kind.lasting(height <= 0.45 * s.leg, kind.AT.hold),
        "weight_left": _weight(s, "left"),
        "weight_right": _weight(s, "right"),
        "freeze": _freeze(s),
    }


def _spin(facing: Array, degrees: float = 330.0, seconds: float = 2.0) -> Flags:
    """Where a turn one way covers so many degrees within so many seconds."""
    out = np.zeros(len(facing), bool)
    lag = min(int(seconds * RATE), len(facing) - 1)
    if lag < 1:
        return out
    for sign in (1, -1):
        starts = np.flatnonzero(sign * (facing[lag:] - facing[:-lag]) >= degrees)
        out |= kind.fill(len(facing), starts, starts + lag + 1) & (sign * rate(facing) >= 60)
    return out


def _weight(s: Signals, side: str) -> Flags:
    """The pelvis moves toward a standing foot by a quarter of the distance between the feet."""
    other = "right" if side == "left" else "left"
    ground = [1.0, 0.0, 1.0]
    across = (s.at(f"{side}_ankle") - s.at(f"{other}_ankle")) * ground
    spacing = np.linalg.norm(across, axis=-1)
    offset = ((s.at("pelvis") - s.feet) * across).sum(-1) / np.maximum(spacing, 0.12) ** 2
    on = (rate(offset) >= 0.25) & (spacing >= 0.12) & s.contact[side]
    return kind.going(offset, on, 0.25)


def _freeze(s: Signals) -> Flags:
    """Half a second of stillness after a lively second."""
    speed = np.linalg.norm(rate(s.p), axis=-1).mean(1)
    starts, stops = kind.runs(kind.lasting(speed < 0.12, int(0.5 * RATE)))
    total = np.cumsum(np.concatenate([[0.0], speed]))
    second = int(RATE)
    before = (total[starts] - total[np.maximum(starts - second, 0)]) / second
    keep = (starts >= second) & (before >= 0.5)
    return kind.fill(len(speed), starts[keep], stops[keep])


def _flights(s: Signals) -> tuple[Flags, Flags, Flags]:
    """Jumps, hops and their landings: both feet leave the floor, and rise from it rather than slide."""
    n = len(s.p)
    on = {side: s.contact[side] for side in SIDES}
    low = np.min([s.at(f"{side}_ankle")[:, 1] for side in SIDES], axis=0) - s.floor
    starts, stops = kind.runs(~on["left"] & ~on["right"])
    inside = (starts > 0) & (stops < n) & (stops - starts >= int(0.1 * RATE))
    inside &= stops - starts <= kind.AT.flight * RATE
    starts, stops = starts[inside], stops[inside]
    up = np.array([low[a:b].max() >= 0.06 for a, b in zip(starts, stops, strict=True)], bool)
    starts, stops = starts[up], stops[up]
    just = int(0.1 * RATE)

    def near(side: str, at: kind.NDArrayInt, before: bool) -> Flags:
        """Whether a foot stands in the tenth of a second before or after."""
        total = np.cumsum(np.concatenate([[0], on[side]]))
        a, b = (np.maximum(at - just, 0), at) if before else (at, np.minimum(at + just, n))
        stood: Flags = total[b] > total[a]
        return stood

    off = {side: near(side, starts, True) for side in SIDES}
    back = {side: near(side, stops, False) for side in SIDES}
    jumps = off["left"] & off["right"]
    hops = np.any([off[a] & ~off[b] & back[a] & ~back[b] for a, b in (SIDES, SIDES[::-1])], axis=0)
    land = np.zeros(n, bool)
    land[stops[jumps | hops]] = True
    edge = kind.AT.event
    return (
        kind.fill(n, starts[jumps] - edge, stops[jumps] + edge),
        kind.fill(n, starts[hops] - edge, stops[hops] + edge),
        kind.around(land),
    )
