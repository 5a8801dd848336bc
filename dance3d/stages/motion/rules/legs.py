"""Rules of legs, knees and feet (docs/movements.md, movements 090 to 137)."""

from __future__ import annotations

import numpy as np

from dance3d.geometry.vectors import degrees_between, unit
from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.periodic import periodic
from dance3d.stages.motion.rules.signals import RATE, Array, Flags, Signals, rate, seen_from
from dance3d.stages.motion.rules.thresholds import Values
from dance3d.timeseries.segments import long_segments, segments


def _knee_angle(s: Signals, side: str, fast: bool = False) -> Array:
    """Degrees inside the knee, 180 when straight."""
    thigh, shin = s.bone(f"{side}_hip", f"{side}_knee", fast), s.bone(f"{side}_knee", f"{side}_ankle", fast)
    return 180 - degrees_between(thigh, shin)


def _speed(x: Array) -> Array:
    out: Array = np.linalg.norm(rate(x), axis=-1)
    return out


def leg(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one whole leg, relative to the pelvis."""
    at = s.thresholds.of("leg")
    other = "right" if side == "left" else "left"
    outward = np.array([-1.0 if side == "left" else 1.0, 1.0, 1.0])
    bone = s.bone(f"{side}_hip", f"{side}_knee")
    thigh = seen_from(s.pelvis, bone)
    foot = seen_from(s.pelvis, s.bone(f"{side}_hip", f"{side}_ankle"))
    elevation = degrees_between(thigh, np.array([0.0, -1.0, 0.0]))
    out = thigh * outward
    azimuth = np.degrees(np.arctan2(out[:, 0], out[:, 2]))  # 0 forward, 90 outward
    from_front, from_side = np.abs(azimuth), np.abs((azimuth + 90) % 360 - 180)
    moves = np.degrees(_speed(unit(bone)))  # a bow also opens the hip angle, but its thigh stands still
    sector, behind = at["raise_back"]["sector"], at["raise_back"]["behind"]
    back = (from_front >= 180 - sector) | ((foot[:, 2] < -behind) & (from_front > sector))

    def turning(sign: int, own: Values, where: Flags | bool = True) -> Flags:
        return kind.turning(elevation, sign, own, (moves >= own["thigh"]) & where)

    knee = _knee_angle(s, side)
    shin = seen_from(s.pelvis, s.bone(f"{side}_knee", f"{side}_ankle"))
    outside = 1 if side == "left" else -1  # about the thigh; (right, up, forward) is a left-handed triple
    turn = np.cumsum(outside * kind.phase_rate(shin, unit(thigh))) / RATE
    above = (s.at(f"{side}_ankle") - s.at(f"{other}_ankle"))[:, 1] >= at["hold_lifted"]["height"]
    plumb = np.tile([0.0, 1.0, 0.0], (len(foot), 1))
    free = ~s.contact[side] & (np.hypot(foot[:, 0], foot[:, 2]) >= at["circle"]["radius"])
    return {
        "raise_forward": turning(+1, at["raise_forward"], from_front <= at["raise_forward"]["sector"]),
        "raise_back": turning(+1, at["raise_back"], back),
        "raise_side": turning(+1, at["raise_side"], from_side < at["raise_side"]["sector"]),
        "lower": turning(-1, at["lower"]),
        "cross_front": _crossing(s, side, other, at["cross_front"], front=True),
        "cross_behind": _crossing(s, side, other, at["cross_behind"], front=False),
        "turn_out": kind.turning(turn, +1, at["turn_out"], knee <= at["turn_out"]["bent"]),
        "turn_in": kind.turning(turn, -1, at["turn_in"], knee <= at["turn_in"]["bent"]),
        "kick": _kick(s, side, at["kick"]),
        "circle": kind.sweeping(foot, plumb, free, at["circle"]),
        "hold_lifted": kind.holding(above, foot, at["hold_lifted"]),
    }


def _crossing(s: Signals, side: str, other: str, at: Values, front: bool) -> Flags:
    """The foot passes the other one inward, in front or behind; the foot that moves faster is the one that crosses."""
    apart = seen_from(s.heading, s.at(f"{side}_ankle") - s.at(f"{other}_ankle"))
    inward = (1 if side == "left" else -1) * apart[:, 0]
    mine = _speed(s.at(f"{side}_ankle")) >= _speed(s.at(f"{other}_ankle"))
    starts, stops = segments(kind.moving(inward[:, None], 0, +1, at)).T
    last = np.minimum(stops, len(inward) - 1)
    crosses = (inward[starts] < 0) & (inward[last] > 0)
    starts, stops = starts[crosses], stops[crosses]
    when = starts + np.array([int(np.argmax(inward[a : b + 1] > 0)) for a, b in zip(starts, stops, strict=True)], int)
    when = np.minimum(when, len(inward) - 1)
    keep = mine[when] & ((apart[when, 2] > 0) == front)
    return kind.fill(len(inward), starts[keep], stops[keep])


def _kick(s: Signals, side: str, at: Values) -> Flags:
    """The ankle moves fast away from the pelvis, or the straight leg fast up, and the knee is open at the end."""
    way = seen_from(s.pelvis, s.bone("pelvis", f"{side}_ankle", fast=True))
    open_knee = _knee_angle(s, side, fast=True) >= at["open"]
    reach = np.linalg.norm(way, axis=-1)
    thrown = rate(way)[:, 1] > 0
    path = np.cumsum(_speed(way) * thrown) / RATE
    return kind.bursting(reach, open_knee, at) | kind.bursting(path, open_knee, at)


def knee(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one knee."""
    at = s.thresholds.of("knee")
    inside, quick = _knee_angle(s, side), _knee_angle(s, side, fast=True)
    speed = rate(quick)
    braked = (inside >= at["lock"]["open"]) & (np.abs(speed) < at["lock"]["slow"])
    return {
        "bend": kind.turning(inside, -1, at["bend"]),
        "straighten": kind.turning(inside, +1, at["straighten"]),
        "pulse": periodic(inside, at["pulse"]),
        "flick_back": _flick(s, side, quick, at["flick_back"]),
        "lock": kind.stopping(speed >= at["lock"]["speed"], braked, at["lock"]),
        "hold_deep": long_segments(inside <= at["hold_deep"]["bent"], kind.frames(at["hold_deep"]["run"])),
    }


def _flick(s: Signals, side: str, quick: Array, at: Values) -> Flags:
    """The knee angle (N,) falls fast while the thigh hangs, and is soon small."""
    hangs = degrees_between(s.bone(f"{side}_knee", f"{side}_hip"), s.up) <= at["upright"]
    within = kind.frames(at["within"])
    deep = np.concatenate([quick <= at["bent"], np.zeros(within, bool)])
    starts, stops = segments((rate(quick) <= -at["speed"]) & hangs).T
    reached = np.array([deep[a : b + within].any() for a, b in zip(starts, stops, strict=True)], bool)
    return kind.fill(len(quick), starts[reached], stops[reached])


def foot(s: Signals, side: str) -> dict[str, Flags]:
    """Contacts of one foot with the floor."""
    ankle, on = s.at(f"{side}_ankle"), s.contact[side]
    at, n = s.thresholds.of("foot"), len(on)
    change = np.diff(on.astype(np.int8), prepend=on[:1].astype(np.int8))
    lifts, places = np.flatnonzero(change == -1), np.flatnonzero(change == 1)
    steps = {way: np.zeros(n, bool) for way in ("forward", "back", "side")}
    if len(lifts):
        before = np.searchsorted(lifts, places) - 1
        landed, left = places[before >= 0], lifts[before[before >= 0]]
        way = seen_from(s.heading[landed], ankle[landed] - ankle[left])
        sagittal = np.abs(way[:, 2]) >= np.abs(way[:, 0])
        far = np.hypot(way[:, 0], way[:, 2])
        so = {"forward": sagittal & (way[:, 2] > 0), "back": sagittal & (way[:, 2] < 0), "side": ~sagittal}
        for where, ones in so.items():
            steps[where][landed[ones & (far >= at[f"step_{where}"]["distance"])]] = True
    after = np.searchsorted(lifts, places, side="right")
    has = after < len(lifts)
    touch, leave = places[has], lifts[after[has]] if len(lifts) else places[has]
    short = leave - touch <= at["tap"]["within"] * RATE
    short &= np.linalg.norm(ankle[leave] - ankle[touch], axis=-1) < at["tap"]["distance"]
    standing = np.cumsum(np.concatenate([[0], s.contact["right" if side == "left" else "left"]]))
    short &= standing[leave] - standing[touch] == leave - touch  # the other foot bears; else it is a quick step
    glides = np.linalg.norm(rate(ankle[:, [0, 2]]), axis=-1) >= at["slide"]["speed"]
    low, edge = ankle[:, 1] < s.floor + at["slide"]["height"], kind.frames(at["tap"]["around"])
    return {
        "lift_off": kind.around(change == -1, at["lift_off"]),
        "place": kind.around(change == 1, at["place"]),
        **{f"step_{way}": kind.around(steps[way], at[f"step_{way}"]) for way in steps},
        "slide": long_segments(low & glides, kind.frames(at["slide"]["run"])),
        "tap": kind.fill(n, touch[short] - edge, leave[short] + edge + 1),
    }
