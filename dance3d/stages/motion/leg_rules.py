"""Rules of legs, knees and feet (docs/movements.md, movements 090 to 137)."""

from __future__ import annotations

import numpy as np

from dance3d.stages.motion import kinds_rules as kind
from dance3d.stages.motion.beat_rules import periodic
from dance3d.stages.motion.signals_rules import RATE, Array, Flags, Signals, angle, rate, seen_from, unit


def _knee_angle(s: Signals, side: str, fast: bool = False) -> Array:
    """Degrees inside the knee, 180 when straight."""
    thigh, shin = s.bone(f"{side}_hip", f"{side}_knee", fast), s.bone(f"{side}_knee", f"{side}_ankle", fast)
    return 180 - angle(thigh, shin)


def _speed(x: Array) -> Array:
    out: Array = np.linalg.norm(rate(x), axis=-1)
    return out


def leg(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one whole leg, seen from the pelvis."""
    other = "right" if side == "left" else "left"
    outward = np.array([-1.0 if side == "left" else 1.0, 1.0, 1.0])
    bone = s.bone(f"{side}_hip", f"{side}_knee")
    thigh = seen_from(s.pelvis, bone)
    foot = seen_from(s.pelvis, s.bone(f"{side}_hip", f"{side}_ankle"))
    elevation = angle(thigh, np.array([0.0, -1.0, 0.0]))
    out = thigh * outward
    azimuth = np.degrees(np.arctan2(out[:, 0], out[:, 2]))  # 0 forward, 90 outward
    moves = np.degrees(_speed(unit(bone))) >= 12  # a bow also opens the hip angle, but its thigh stands still
    back = (np.abs(azimuth) >= 135) | ((foot[:, 2] < -0.15) & (np.abs(azimuth) > 45))
    knee = _knee_angle(s, side)
    shin = seen_from(s.pelvis, s.bone(f"{side}_knee", f"{side}_ankle"))
    outside = 1 if side == "left" else -1  # about the thigh; (right, up, forward) is a left-handed triple
    turn = np.cumsum(outside * kind.phase_rate(shin, unit(thigh))) / RATE
    bent = knee <= 165
    in_front, behind = _crossing(s, side, other)
    above = (s.at(f"{side}_ankle") - s.at(f"{other}_ankle"))[:, 1] >= 0.12
    plumb = np.tile([0.0, 1.0, 0.0], (len(foot), 1))
    free = ~s.contact[side] & (np.hypot(foot[:, 0], foot[:, 2]) >= 0.08)
    return {
        "raise_forward": kind.turning(elevation, +1, moves & (np.abs(azimuth) <= 45)),
        "raise_back": kind.turning(elevation, +1, moves & back),
        "raise_side": kind.turning(elevation, +1, moves & (azimuth > 45) & (azimuth < 135)),
        "lower": kind.turning(elevation, -1, moves),
        "cross_front": in_front,
        "cross_behind": behind,
        "turn_out": kind.turning(turn, +1, bent),
        "turn_in": kind.turning(turn, -1, bent),
        "kick": _kick(s, side),
        "circle": kind.sweeping(foot, plumb, free, 180.0),
        "hold_lifted": kind.holding(above, foot),
    }


def _crossing(s: Signals, side: str, other: str) -> tuple[Flags, Flags]:
    """The foot passes the other one inward, in front or behind; the foot that moves more is the one that crosses."""
    apart = seen_from(s.heading, s.at(f"{side}_ankle") - s.at(f"{other}_ankle"))
    inward = (1 if side == "left" else -1) * apart[:, 0]
    mine = _speed(s.at(f"{side}_ankle")) >= _speed(s.at(f"{other}_ankle"))
    starts, stops = kind.runs(kind.moving(inward[:, None], 0, +1))
    last = np.minimum(stops, len(inward) - 1)
    crosses = (inward[starts] < 0) & (inward[last] > 0)
    starts, stops = starts[crosses], stops[crosses]
    when = starts + np.array([int(np.argmax(inward[a : b + 1] > 0)) for a, b in zip(starts, stops, strict=True)], int)
    when = np.minimum(when, len(inward) - 1)
    front = apart[when, 2] > 0
    here = mine[when]
    n = len(inward)
    return (
        kind.fill(n, starts[front & here], stops[front & here]),
        kind.fill(n, starts[~front & here], stops[~front & here]),
    )


def _kick(s: Signals, side: str) -> Flags:
    """The ankle shoots away from the pelvis, or the straight leg is thrown up, and the knee ends open."""
    way = seen_from(s.pelvis, s.bone("pelvis", f"{side}_ankle", fast=True))
    open_knee = _knee_angle(s, side, fast=True) >= 150
    reach = np.linalg.norm(way, axis=-1)
    thrown = rate(way)[:, 1] > 0
    path = np.cumsum(_speed(way) * thrown) / RATE
    return kind.bursting(reach, 2.0, open_knee) | kind.bursting(path, 2.0, open_knee)


def knee(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one knee."""
    inside, quick = _knee_angle(s, side), _knee_angle(s, side, fast=True)
    speed = rate(quick)
    upright = angle(s.bone(f"{side}_knee", f"{side}_hip"), s.up) <= 35
    deep = np.concatenate([quick <= 110, np.zeros(4, bool)])
    starts, stops = kind.runs((speed <= -300) & upright)
    reached = np.array([deep[a : b + 4].any() for a, b in zip(starts, stops, strict=True)], bool)
    braked = np.where(inside >= 165, np.abs(speed), np.inf)
    return {
        "bend": kind.turning(inside, -1),
        "straighten": kind.turning(inside, +1),
        "pulse": periodic(inside, 0.7, 4.0, 6.0),
        "flick_back": kind.fill(len(quick), starts[reached], stops[reached]) if len(starts) else deep[:-4] & False,
        "lock": kind.stopping(np.where(speed >= 200, 1.0, np.where(braked < 30, 0.0, 0.5)), 1.0, 0.1),
        "hold_deep": kind.lasting(inside <= 110, kind.AT.hold),
    }


def foot(s: Signals, side: str) -> dict[str, Flags]:
    """What one foot does to the floor."""
    ankle, on = s.at(f"{side}_ankle"), s.contact[side]
    n = len(on)
    change = np.diff(on.astype(np.int8), prepend=on[:1].astype(np.int8))
    lifts, places = np.flatnonzero(change == -1), np.flatnonzero(change == 1)
    steps = {way: np.zeros(n, bool) for way in ("forward", "back", "side")}
    if len(lifts):
        before = np.searchsorted(lifts, places) - 1
        landed, left = places[before >= 0], lifts[before[before >= 0]]
        way = seen_from(s.heading[landed], ankle[landed] - ankle[left])
        sagittal = np.abs(way[:, 2]) >= np.abs(way[:, 0])
        far = np.hypot(way[:, 0], way[:, 2]) >= 0.10
        steps["forward"][landed[far & sagittal & (way[:, 2] > 0)]] = True
        steps["back"][landed[far & sagittal & (way[:, 2] < 0)]] = True
        steps["side"][landed[far & ~sagittal]] = True
    after = np.searchsorted(lifts, places, side="right")
    has = after < len(lifts)
    touch, leave = places[has], lifts[after[has]] if len(lifts) else places[has]
    short = (leave - touch <= 0.35 * RATE) & (np.linalg.norm(ankle[leave] - ankle[touch], axis=-1) < 0.08)
    standing = np.cumsum(np.concatenate([[0], s.contact["right" if side == "left" else "left"]]))
    short &= standing[leave] - standing[touch] == leave - touch  # the other foot bears; else it is a quick step
    floor_speed = np.linalg.norm(rate(ankle[:, [0, 2]]), axis=-1)
    return {
        "lift_off": kind.around(change == -1),
        "place": kind.around(change == 1),
        **{f"step_{way}": kind.around(steps[way]) for way in steps},
        "slide": kind.lasting((ankle[:, 1] < s.floor + 0.03) & (floor_speed >= 0.35), 5),
        "tap": kind.fill(n, touch[short] - kind.AT.event, leave[short] + kind.AT.event + 1),
    }
