"""Rules of head, shoulders, arms and forearms (docs/movements.md, movements 000 to 061)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dance3d.geometry.vectors import degrees_between, unit
from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.periodic import periodic
from dance3d.stages.motion.rules.signals import RATE, Array, Flags, Signals, bearing, rate, seen_from
from dance3d.stages.motion.rules.thresholds import Values


def head(s: Signals) -> dict[str, Flags]:
    """Movements of the head, relative to the chest."""
    at = s.thresholds.of("head")
    h = seen_from(s.chest, s.bone("thorax", "head"))
    pitch, roll = bearing(h[:, 2], h[:, 1]), bearing(h[:, 0], h[:, 1])
    face = seen_from(s.chest, s.at("nose") - (s.at("thorax") + s.at("head")) / 2)
    faces = np.hypot(face[:, 0], face[:, 2]) >= at["turn"]["face"]  # a layout without a nose has no gaze
    yaw = bearing(face[:, 2], face[:, 0])
    neck = seen_from(s.chest, s.bone("thorax", "nose"))
    # The head turns in itself when it nods or tilts; when it slides, only the neck does.
    skull = seen_from(s.chest, s.bone("nose", "head"))
    nods, tilts = rate(bearing(skull[:, 2], skull[:, 1])), rate(bearing(skull[:, 0], skull[:, 1]))
    return {
        "nod_down": kind.turning(pitch, +1, at["nod_down"], nods >= at["nod_down"]["skull"]),
        "nod_up": kind.turning(pitch, -1, at["nod_up"], nods <= -at["nod_up"]["skull"]),
        "tilt_left": kind.turning(roll, -1, at["tilt"], tilts <= -at["tilt"]["skull"]),
        "tilt_right": kind.turning(roll, +1, at["tilt"], tilts >= at["tilt"]["skull"]),
        "turn_left": kind.turning(yaw, +1, at["turn"], faces),
        "turn_right": kind.turning(yaw, -1, at["turn"], faces),
        "slide_forward": kind.moving(neck, 2, +1, at["slide_forward"], np.abs(nods) < at["slide_forward"]["skull"]),
        "slide_back": kind.moving(neck, 2, -1, at["slide_back"], np.abs(nods) < at["slide_back"]["skull"]),
        "slide_left": kind.moving(neck, 0, -1, at["slide"], np.abs(tilts) < at["slide"]["skull"]),
        "slide_right": kind.moving(neck, 0, +1, at["slide"], np.abs(tilts) < at["slide"]["skull"]),
        "circle": kind.circling(*kind.flat(roll, pitch), at["circle"]),
        "bob": periodic(pitch, at["bob"]),
    }


def _lifted(s: Signals, side: str, fast: bool = False) -> Array:
    """(N, 3) position of a shoulder from the spine joint: along the upper trunk, then the rest in the pelvis frame.

    The thorax joint is the middle of the shoulders, so nothing measured from it can tell one shoulder from the other;
    docs/movements.md is therefore read with the spine joint as the origin.
    """
    shoulder, trunk = s.bone("spine", f"{side}_shoulder", fast), unit(s.bone("spine", "thorax", fast))
    height = (shoulder * trunk).sum(-1, keepdims=True)
    return np.concatenate([height, seen_from(s.pelvis, shoulder - height * trunk)[:, ::2]], 1)


def _pushed(s: Signals, side: str, fast: bool = False) -> Array:
    """(N,) horizontal distance of a shoulder in front of the spine joint."""
    return seen_from(s.heading, s.bone("spine", f"{side}_shoulder", fast))[:, 2]


def shoulder(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one shoulder girdle."""
    at = s.thresholds.of("shoulder")
    lifted, pushed = _lifted(s, side), _pushed(s, side)
    forward, opposite = rate(pushed), rate(_pushed(s, "right" if side == "left" else "left"))
    other = np.abs(opposite) / np.maximum(np.abs(forward), 1e-9)  # both: the chest moves (alike) or twists (opposed)
    quick = (_lifted(s, side, fast=True)[:, 0], _pushed(s, side, fast=True))
    return {
        "raise": kind.moving(lifted, 0, +1, at["raise"]),
        "drop": kind.moving(lifted, 0, -1, at["drop"]),
        "push_forward": kind.moving(pushed[:, None], 0, +1, at["push_forward"], other < at["push_forward"]["both"]),
        "pull_back": kind.moving(pushed[:, None], 0, -1, at["pull_back"], other < at["pull_back"]["both"]),
        "roll": kind.circling(*kind.flat(pushed, lifted[:, 0]), at["roll"]),
        "shake": np.any([periodic(x, at["shake"]) for x in quick], axis=0),
    }


def arm(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one whole arm, relative to the chest."""
    at = s.thresholds.of("arm")
    outward = np.array([-1.0 if side == "left" else 1.0, 1.0, 1.0])  # right becomes outward
    upper = seen_from(s.chest, s.bone(f"{side}_shoulder", f"{side}_elbow")) * outward
    fore = seen_from(s.chest, s.bone(f"{side}_elbow", f"{side}_wrist")) * outward
    whole = upper + fore
    down = np.array([0.0, -1.0, 0.0])
    elevation, fore_elevation = degrees_between(upper, down), degrees_between(fore, down)
    raised = _raised(s, side, elevation)
    azimuth = bearing(upper[:, 0], upper[:, 2])  # 0 forward, 90 outward
    from_front = np.abs((azimuth + 180) % 360 - 180)
    from_side = np.abs((azimuth + 90) % 360 - 180)

    def across(own: Values) -> Flags:
        return (elevation > own["lowest"]) & (elevation < own["highest"]) & (from_front < own["sector"])

    direction = np.degrees(unit(upper))
    reach = np.linalg.norm(s.bone(f"{side}_shoulder", f"{side}_wrist", fast=True), axis=-1)
    above = s.at(f"{side}_wrist")[:, 1] > s.at("head")[:, 1]
    level = np.maximum(np.abs(elevation - 90), np.abs(fore_elevation - 90)) <= at["hold_level"]["level"]
    # A wave runs along an arm held out; in a hanging or folded arm, peaks follow each other in any swing.
    stretched = np.linalg.norm(whole, axis=-1) >= at["wave"]["reach"] * s.arm[side]
    held_out = stretched & (np.abs(degrees_between(whole, down) - 90) <= at["wave"]["level"])
    quick = [np.linalg.norm(rate(x), axis=-1) for x in _links(s, side)]
    least = [at["wave"][joint] for joint in ("shoulder", "elbow", "wrist")]
    return {
        "raise_forward": kind.turning(raised, +1, at["raise_forward"], from_front <= at["raise_forward"]["sector"]),
        "raise_side": kind.turning(raised, +1, at["raise_side"], from_side < at["raise_side"]["sector"]),
        "raise_back": kind.turning(raised, +1, at["raise_back"], from_front >= 180 - at["raise_back"]["sector"]),
        "lower": kind.turning(raised, -1, at["lower"]),
        "cross_body": kind.turning(azimuth, -1, at["cross_body"], across(at["cross_body"])),
        "open_out": kind.turning(azimuth, +1, at["open_out"], across(at["open_out"])),
        "hold_high": kind.holding(above, whole, at["hold_high"]),
        "hold_level": kind.holding(level, whole, at["hold_level"]),
        "circle": kind.circling(unit(whole), _mean_axis(whole, at["circle"]["around"]), at["circle"], angular=True),
        "wave": kind.wave(quick, least, at["wave"]) & held_out,
        "thrust": kind.bursting(reach, reach >= at["thrust"]["reach"] * s.arm[side], at["thrust"]),
        "swing": np.any([periodic(direction[:, i], at["swing"]) for i in range(3)], axis=0),
    }


def _raised(s: Signals, side: str, elevation: Array) -> Array:
    """Degrees (N,) by which the arm rises both relative to the chest and in space.

    A chest that leans away opens the angle to an arm that hangs still; a bow carries along an arm that is held still.
    """
    arm = unit(s.bone(f"{side}_shoulder", f"{side}_elbow"))
    up = s.chest[:, 1]
    away = unit(up - (up * arm).sum(-1, keepdims=True) * arm)
    seen, own = rate(elevation), np.degrees((rate(arm) * away).sum(-1))
    less = np.minimum(np.abs(seen), np.abs(own))
    out: Array = np.cumsum(np.where(seen * own > 0, np.sign(seen) * less, 0.0)) / RATE
    return out


def _links(s: Signals, side: str) -> list[Array]:
    """Shoulder, elbow and wrist (N, 3), each relative to the joint before it, in the pelvis frame.

    Relative to one common point, the wrist moves whenever the elbow does, and every swing would look like a wave.
    """
    chain = ("spine", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
    return [seen_from(s.pelvis, s.bone(a, b, fast=True)) for a, b in pairwise(chain)]


def _mean_axis(x: Array, seconds: float) -> Array:
    """Mean direction (N, 3) of x over so many seconds either side of each frame."""
    direction, frames = unit(x), kind.frames(seconds)
    total = np.cumsum(np.concatenate([np.zeros((1, 3)), direction]), 0)
    at = np.arange(len(x))
    return unit(total[np.minimum(at + frames, len(x))] - total[np.maximum(at - frames, 0)])


def forearm(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one forearm, relative to the upper arm."""
    at = s.thresholds.of("forearm")
    upper = seen_from(s.chest, s.bone(f"{side}_shoulder", f"{side}_elbow"))
    fore = seen_from(s.chest, s.bone(f"{side}_elbow", f"{side}_wrist"))
    elbow = 180 - degrees_between(upper, fore)
    inward = -1 if side == "left" else 1  # about the upper arm; (right, up, forward) is a left-handed triple
    turn = np.cumsum(inward * kind.phase_rate(fore, unit(upper))) / RATE
    wrist = seen_from(s.chest, s.bone("thorax", f"{side}_wrist", fast=True))
    speed = np.linalg.norm(rate(wrist), axis=-1)
    return {
        "flex": kind.turning(elbow, -1, at["flex"]),
        "extend": kind.turning(elbow, +1, at["extend"]),
        "rotate_in": kind.turning(turn, +1, at["rotate_in"], elbow <= at["rotate_in"]["bent"]),
        "rotate_out": kind.turning(turn, -1, at["rotate_out"], elbow <= at["rotate_out"]["bent"]),
        "circle": kind.circling(unit(fore), unit(upper), at["circle"], angular=True),
        "pump": periodic(elbow, at["pump"]),
        "hit": kind.stopping(speed >= at["hit"]["speed"], speed < at["hit"]["slow"], at["hit"]),
    }
