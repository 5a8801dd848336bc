"""Rules of head, shoulders, arms and forearms (docs/movements.md, movements 000 to 061)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dance3d.stages.motion import kinds_rules as kind
from dance3d.stages.motion.beat_rules import periodic
from dance3d.stages.motion.kinds_rules import AT
from dance3d.stages.motion.signals_rules import RATE, Array, Flags, Signals, angle, bearing, rate, seen_from, unit


def head(s: Signals) -> dict[str, Flags]:
    """Movements of the head, seen from the chest."""
    h = seen_from(s.chest, s.bone("thorax", "head"))
    pitch, roll = bearing(h[:, 2], h[:, 1]), bearing(h[:, 0], h[:, 1])
    face = seen_from(s.chest, s.at("nose") - (s.at("thorax") + s.at("head")) / 2)
    faces = np.hypot(face[:, 0], face[:, 2]) >= 0.025  # a layout without a nose has no gaze
    yaw = bearing(face[:, 2], face[:, 0])
    neck = seen_from(s.chest, s.bone("thorax", "nose"))
    # The head turns in itself when it nods or tilts; when it slides, only the neck does.
    skull = seen_from(s.chest, s.bone("nose", "head"))
    nods, tilts = rate(bearing(skull[:, 2], skull[:, 1])), rate(bearing(skull[:, 0], skull[:, 1]))
    no_nod, no_tilt = np.abs(nods) < 20, np.abs(tilts) < 20
    small = AT.small_turn
    return {
        "nod_down": kind.turning(pitch, +1, nods >= 10, small),
        "nod_up": kind.turning(pitch, -1, nods <= -10, small),
        "tilt_left": kind.turning(roll, -1, tilts <= -10, small),
        "tilt_right": kind.turning(roll, +1, tilts >= 10, small),
        "turn_left": kind.turning(yaw, +1, faces, small),
        "turn_right": kind.turning(yaw, -1, faces, small),
        "slide_forward": kind.moving(neck, 2, +1, no_nod),
        "slide_back": kind.moving(neck, 2, -1, no_nod),
        "slide_left": kind.moving(neck, 0, -1, no_tilt),
        "slide_right": kind.moving(neck, 0, +1, no_tilt),
        "circle": kind.circling(*kind.flat(roll, pitch), radius=AT.radius_angle),
        "bob": periodic(pitch, 0.7, 4.0, 6.0),
    }


def _lifted(s: Signals, side: str, fast: bool = False) -> Array:
    """(N, 3) of a shoulder from the spine joint: up along the upper trunk first, then the rest, seen from the pelvis.

    The thorax joint is the middle of the shoulders, so nothing measured from it can tell one shoulder from the other;
    docs/movements.md is therefore read with the spine joint as the origin.
    """
    shoulder, trunk = s.bone("spine", f"{side}_shoulder", fast), unit(s.bone("spine", "thorax", fast))
    height = (shoulder * trunk).sum(-1, keepdims=True)
    return np.concatenate([height, seen_from(s.pelvis, shoulder - height * trunk)[:, ::2]], 1)


def _pushed(s: Signals, side: str, fast: bool = False) -> Array:
    """(N,) how far a shoulder is in front of the spine joint, on the level."""
    return seen_from(s.heading, s.bone("spine", f"{side}_shoulder", fast))[:, 2]


def shoulder(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one shoulder girdle."""
    lifted, pushed = _lifted(s, side), _pushed(s, side)
    forward, opposite = rate(pushed), rate(_pushed(s, "right" if side == "left" else "left"))
    alone = np.abs(opposite) < 0.7 * np.abs(forward)  # else the chest moves (alike) or twists (opposed)
    quick = (_lifted(s, side, fast=True)[:, 0], _pushed(s, side, fast=True))
    small = AT.small_shift
    return {
        "raise": kind.moving(lifted, 0, +1, excursion=small, speed=AT.small_speed),
        "drop": kind.moving(lifted, 0, -1, excursion=small, speed=AT.small_speed),
        "push_forward": kind.moving(pushed[:, None], 0, +1, alone, small),
        "pull_back": kind.moving(pushed[:, None], 0, -1, alone, small),
        "roll": kind.circling(*kind.flat(pushed, lifted[:, 0])),
        "shake": np.any([periodic(x, 2.0, 8.0, 0.01) for x in quick], axis=0),
    }


def arm(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one whole arm, seen from the chest."""
    outward = np.array([-1.0 if side == "left" else 1.0, 1.0, 1.0])  # right becomes outward
    upper = seen_from(s.chest, s.bone(f"{side}_shoulder", f"{side}_elbow")) * outward
    fore = seen_from(s.chest, s.bone(f"{side}_elbow", f"{side}_wrist")) * outward
    whole = upper + fore
    down = np.array([0.0, -1.0, 0.0])
    elevation, fore_elevation = angle(upper, down), angle(fore, down)
    azimuth = bearing(upper[:, 0], upper[:, 2])  # 0 forward, 90 outward
    sector = np.abs((azimuth + 180) % 360 - 180)
    outside = (azimuth % 360 > 45) & (azimuth % 360 < 135)
    across = (elevation > 30) & (elevation < 150) & (sector < 100)
    direction = np.degrees(unit(upper))
    reach = np.linalg.norm(s.bone(f"{side}_shoulder", f"{side}_wrist", fast=True), axis=-1)
    above = s.at(f"{side}_wrist")[:, 1] > s.at("head")[:, 1]
    level = (np.abs(elevation - 90) <= 25) & (np.abs(fore_elevation - 90) <= 25)
    # A wave runs along an arm held out; in a hanging or folded arm, peaks follow each other in any swing.
    held_out = (np.linalg.norm(whole, axis=-1) >= 0.7 * s.arm[side]) & (np.abs(angle(whole, down) - 90) <= 45)
    quick = [np.linalg.norm(rate(x), axis=-1) for x in _links(s, side)]
    return {
        "raise_forward": kind.turning(elevation, +1, sector <= 45),
        "raise_side": kind.turning(elevation, +1, outside),
        "raise_back": kind.turning(elevation, +1, sector >= 135),
        "lower": kind.turning(elevation, -1),
        "cross_body": kind.turning(azimuth, -1, across),
        "open_out": kind.turning(azimuth, +1, across),
        "hold_high": kind.holding(above, whole),
        "hold_level": kind.holding(level, whole),
        "circle": kind.circling(unit(whole), _mean_axis(whole), radius=np.radians(AT.radius_angle)),
        "wave": kind.wave(quick, [0.05, 0.25, 0.25], 0.06, 0.25) & held_out,
        "thrust": kind.bursting(reach, 1.5, reach >= 0.85 * s.arm[side]),
        "swing": np.any([periodic(direction[:, i], 0.3, 3.0, 12.0) for i in range(3)], axis=0),
    }


def _links(s: Signals, side: str) -> list[Array]:
    """Shoulder, elbow and wrist (N, 3), each from the joint before it and seen from the pelvis.

    Seen from one place, the wrist moves whenever the elbow does, and every swing would look like a wave.
    """
    chain = ("spine", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
    return [seen_from(s.pelvis, s.bone(a, b, fast=True)) for a, b in pairwise(chain)]


def _mean_axis(x: Array, frames: int = 45) -> Array:
    """Mean direction (N, 3) of x over the seconds around each frame."""
    direction = unit(x)
    total = np.cumsum(np.concatenate([np.zeros((1, 3)), direction]), 0)
    at = np.arange(len(x))
    return unit(total[np.minimum(at + frames, len(x))] - total[np.maximum(at - frames, 0)])


def forearm(s: Signals, side: str) -> dict[str, Flags]:
    """Movements of one forearm, seen from the upper arm."""
    upper = seen_from(s.chest, s.bone(f"{side}_shoulder", f"{side}_elbow"))
    fore = seen_from(s.chest, s.bone(f"{side}_elbow", f"{side}_wrist"))
    elbow = 180 - angle(upper, fore)
    inward = -1 if side == "left" else 1  # about the upper arm; (right, up, forward) is a left-handed triple
    turn = np.cumsum(inward * kind.phase_rate(fore, unit(upper))) / RATE
    bent = elbow <= 150
    wrist = seen_from(s.chest, s.bone("thorax", f"{side}_wrist", fast=True))
    return {
        "flex": kind.turning(elbow, -1),
        "extend": kind.turning(elbow, +1),
        "rotate_in": kind.turning(turn, +1, bent),
        "rotate_out": kind.turning(turn, -1, bent),
        "circle": kind.circling(unit(fore), unit(upper), radius=np.radians(AT.radius_angle)),
        "pump": periodic(elbow, 0.7, 5.0, 10.0),
        "hit": kind.stopping(np.linalg.norm(rate(wrist), axis=-1), 1.2, 0.2),
    }
