"""Rules of torso and hips (docs/movements.md, movements 062 to 089)."""

from __future__ import annotations

import numpy as np

from dance3d.geometry.vectors import degrees_between
from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.periodic import figure_eight, periodic
from dance3d.stages.motion.rules.signals import RATE, Array, Flags, Signals, bearing, rate, seen_from
from dance3d.stages.motion.rules.thresholds import Values
from dance3d.timeseries.segments import segments


def torso(s: Signals) -> dict[str, Flags]:
    """Movements of the trunk, relative to the pelvis' heading.

    The trunk is the up axis of the pelvis frame, so the pelvis frame of docs/movements.md is levelled here: in the
    tilted frame the trunk could never move forward.
    """
    at = s.thresholds.of("torso")
    trunk = seen_from(s.heading, s.bone("pelvis", "thorax"))
    pitch, roll = bearing(trunk[:, 2], trunk[:, 1]), bearing(trunk[:, 0], trunk[:, 1])
    lean = degrees_between(s.bone("pelvis", "thorax"), s.up)
    twist = s.yaw(s.bone("left_shoulder", "right_shoulder")) - s.yaw(s.bone("left_hip", "right_hip"))
    pelvis = np.linalg.norm(rate(s.at("pelvis")), axis=-1)
    forward = [_forward(s, joint, at["wave"]["around"]) for joint in ("pelvis", "spine", "thorax", "nose")]

    def chest(axis: int, sign: int, own: Values) -> Flags:
        return kind.moving(trunk, axis, sign, own, pelvis < own["pelvis"])

    return {
        "bend_forward": kind.turning(pitch, +1, at["bend_forward"]),
        "bend_back": kind.turning(pitch, -1, at["bend_back"]),
        "bend_left": kind.turning(roll, -1, at["bend"]),
        "bend_right": kind.turning(roll, +1, at["bend"]),
        "twist_left": kind.turning(twist, +1, at["twist"]),
        "twist_right": kind.turning(twist, -1, at["twist"]),
        "chest_forward": chest(2, +1, at["chest_forward"]),
        "chest_back": chest(2, -1, at["chest_back"]),
        "chest_left": chest(0, -1, at["chest"]),
        "chest_right": chest(0, +1, at["chest"]),
        "straighten": _straighten(lean, at["straighten"]),
        "circle": kind.circling(*kind.flat(trunk[:, 0], trunk[:, 2]), at["circle"]),
        "wave": kind.wave(forward, [at["wave"]["least"]] * 4, at["wave"]),
        "pulse": periodic(np.linalg.norm(trunk, axis=-1), at["pulse"]) | periodic(trunk[:, 2], at["pulse"]),
    }


def _straighten(lean: Array, at: Values) -> Flags:
    """Intervals in which the lean (N,) falls until it is small."""
    starts, stops = segments(kind.turning(lean, -1, at)).T
    keep = lean[np.minimum(stops, len(lean) - 1)] < at["upright"]
    return kind.fill(len(lean), starts[keep], stops[keep])


def _forward(s: Signals, joint: str, seconds: float) -> Array:
    """Distance of a joint in front of the feet, minus its mean over the seconds around."""
    x = seen_from(s.heading, s.at(joint) - s.feet)[:, 2]
    half = int(seconds * RATE / 2)
    total = np.cumsum(np.concatenate([[0.0], x]))
    at = np.arange(len(x))
    low, high = np.maximum(at - half, 0), np.minimum(at + half, len(x))
    out: Array = x - (total[high] - total[low]) / np.maximum(high - low, 1)
    return out


def hips(s: Signals) -> dict[str, Flags]:
    """Movements of the pelvis over the feet, relative to the chest's heading."""
    at = s.thresholds.of("hips")
    x = seen_from(s.chest_heading, s.at("pelvis") - s.feet)
    hip = s.bone("right_hip", "left_hip")
    hike = np.degrees(np.arctan2(hip[:, 1], np.hypot(hip[:, 0], hip[:, 2])))  # left hip up
    own = s.yaw(-hip)
    feet = s.bone("left_ankle", "right_ankle")
    apart = np.hypot(feet[:, 0], feet[:, 2]) >= at["twist"]["apart"]  # closer feet have no direction
    twist = own - s.yaw(feet)
    turns = rate(own)  # it is the hips that turn, not a swinging foot
    quick = s.bone("right_hip", "left_hip", fast=True)
    shake_yaw = s.yaw(-quick) - s.yaw(s.bone("left_shoulder", "right_shoulder", fast=True))
    shake_hike = np.degrees(np.arctan2(quick[:, 1], np.hypot(quick[:, 0], quick[:, 2])))
    double = at["figure_eight"]
    ground, up = kind.flat(x[:, 0], x[:, 2])  # right to forward is counter-clockwise from above
    return {
        "shift_left": kind.moving(x, 0, -1, at["shift"]),
        "shift_right": kind.moving(x, 0, +1, at["shift"]),
        "push_forward": kind.moving(x, 2, +1, at["push_forward"]),
        "push_back": kind.moving(x, 2, -1, at["push_back"]),
        "hike_left": kind.turning(hike, +1, at["hike"]),
        "hike_right": kind.turning(hike, -1, at["hike"]),
        "twist_left": kind.turning(twist, +1, at["twist"], apart & (turns >= at["twist"]["own"])),
        "twist_right": kind.turning(twist, -1, at["twist"], apart & (turns <= -at["twist"]["own"])),
        "circle_left": kind.circling(ground, up, at["circle"], sign=+1),
        "circle_right": kind.circling(ground, up, at["circle"], sign=-1),
        "figure_eight": figure_eight(x[:, 0], [(x[:, 2], double["forward"]), (own, double["yaw"])], double),
        "shimmy": periodic(shake_yaw, at["shimmy"]) | periodic(shake_hike, at["shimmy"]),
        "sway": periodic(x[:, 0], at["sway"]),
        "pump": periodic(x[:, 2], at["pump"]),
    }
