"""Rules of torso and hips (docs/movements.md, movements 062 to 089)."""

from __future__ import annotations

import numpy as np

from dance3d.stages.motion import kinds_rules as kind
from dance3d.stages.motion.beat_rules import eight, periodic
from dance3d.stages.motion.kinds_rules import AT
from dance3d.stages.motion.signals_rules import RATE, Array, Flags, Signals, angle, bearing, rate, seen_from


def torso(s: Signals) -> dict[str, Flags]:
    """Movements of the trunk, seen from the pelvis's heading.

    The trunk is the pelvis frame's own axis, so the pelvis frame of docs/movements.md is read level here: in the tilted
    one the trunk could never move forward.
    """
    trunk = seen_from(s.heading, s.bone("pelvis", "thorax"))
    pitch, roll = bearing(trunk[:, 2], trunk[:, 1]), bearing(trunk[:, 0], trunk[:, 1])
    lean = angle(s.bone("pelvis", "thorax"), s.up)
    twist = s.yaw(s.bone("left_shoulder", "right_shoulder")) - s.yaw(s.bone("left_hip", "right_hip"))
    steady = np.linalg.norm(rate(s.at("pelvis")), axis=-1) < 0.15
    forward = [_forward(s, joint) for joint in ("pelvis", "spine", "thorax", "nose")]
    small = AT.small_turn
    return {
        "bend_forward": kind.turning(pitch, +1),
        "bend_back": kind.turning(pitch, -1),
        "bend_left": kind.turning(roll, -1),
        "bend_right": kind.turning(roll, +1),
        "twist_left": kind.turning(twist, +1, excursion=small),
        "twist_right": kind.turning(twist, -1, excursion=small),
        "chest_forward": kind.moving(trunk, 2, +1, steady),
        "chest_back": kind.moving(trunk, 2, -1, steady),
        "chest_left": kind.moving(trunk, 0, -1, steady),
        "chest_right": kind.moving(trunk, 0, +1, steady),
        "straighten": _straighten(lean),
        "circle": kind.circling(*kind.flat(trunk[:, 0], trunk[:, 2])),
        "wave": kind.wave(forward, [0.012] * 4, 0.05, 0.3),
        "pulse": periodic(np.linalg.norm(trunk, axis=-1), 0.7, 4.0, 0.02) | periodic(trunk[:, 2], 0.7, 4.0, 0.02),
    }


def _straighten(lean: Array) -> Flags:
    """Runs in which the lean (N,) falls by 15 degrees to below 15."""
    starts, stops = kind.runs(kind.turning(lean, -1, excursion=15.0))
    keep = lean[np.minimum(stops, len(lean) - 1)] < 15
    return kind.fill(len(lean), starts[keep], stops[keep])


def _forward(s: Signals, joint: str, seconds: float = 2.0) -> Array:
    """How far forward of the feet a joint is, less its mean over the seconds around."""
    x = seen_from(s.heading, s.at(joint) - s.feet)[:, 2]
    half = int(seconds * RATE / 2)
    total = np.cumsum(np.concatenate([[0.0], x]))
    at = np.arange(len(x))
    low, high = np.maximum(at - half, 0), np.minimum(at + half, len(x))
    out: Array = x - (total[high] - total[low]) / np.maximum(high - low, 1)
    return out


def hips(s: Signals) -> dict[str, Flags]:
    """Movements of the pelvis over the feet, seen from where the chest faces."""
    x = seen_from(s.chest_heading, s.at("pelvis") - s.feet)
    hip = s.bone("right_hip", "left_hip")
    hike = np.degrees(np.arctan2(hip[:, 1], np.hypot(hip[:, 0], hip[:, 2])))  # left hip up
    own = s.yaw(-hip)
    feet = s.bone("left_ankle", "right_ankle")
    apart = np.hypot(feet[:, 0], feet[:, 2]) >= 0.12  # closer feet have no direction
    twist = own - s.yaw(feet)
    does = rate(own)  # it is the hips that turn, not a swinging foot
    quick = s.bone("right_hip", "left_hip", fast=True)
    shake_yaw = s.yaw(-quick) - s.yaw(s.bone("left_shoulder", "right_shoulder", fast=True))
    shake_hike = np.degrees(np.arctan2(quick[:, 1], np.hypot(quick[:, 0], quick[:, 2])))
    ground, up = kind.flat(x[:, 0], x[:, 2])  # right to forward is counter-clockwise from above
    small = AT.small_turn
    return {
        "shift_left": kind.moving(x, 0, -1),
        "shift_right": kind.moving(x, 0, +1),
        "push_forward": kind.moving(x, 2, +1),
        "push_back": kind.moving(x, 2, -1),
        "hike_left": kind.turning(hike, +1, excursion=small),
        "hike_right": kind.turning(hike, -1, excursion=small),
        "twist_left": kind.turning(twist, +1, apart & (does >= AT.turn_rate / 2), small),
        "twist_right": kind.turning(twist, -1, apart & (does <= -AT.turn_rate / 2), small),
        "circle_left": kind.circling(ground, up, sign=+1),
        "circle_right": kind.circling(ground, up, sign=-1),
        "figure_eight": eight(x[:, 0], [(x[:, 2], 0.01), (own, 3.0)], 0.02),
        "shimmy": periodic(shake_yaw, 2.5, 8.0, 3.0) | periodic(shake_hike, 2.5, 8.0, 3.0),
        "sway": periodic(x[:, 0], 0.3, 2.0, 0.03),
        "pump": periodic(x[:, 2], 0.7, 4.0, 0.02),
    }
