"""One motion for every movement type: a table of bodies that make exactly that movement, for both sides."""

import numpy as np
from motion_bodies import (
    ABOVE,
    ALL,
    ARM,
    FRAMES,
    HIPS,
    LEG,
    OFF_FLOOR,
    TIME,
    UPPER,
    X,
    Y,
    Z,
    bump,
    joined,
    line,
    mirrored,
    ramp,
    shift,
    standing,
    turn,
    wobble,
)  # fmt: skip

from dance3d.movement_types import MIRROR, MOVEMENTS, NAMES
from dance3d.skeleton import H36M17

HEAD = ("nose", "head")
LEFT_GIRDLE = ("left_shoulder", *ARM)


def arm(*turns):
    """Turn the left arm about the shoulder, step by step: (axis, degrees)."""
    body = standing()
    for axis, degrees in turns:
        turn(body, ARM, "left_shoulder", axis, degrees)
    return body


def elbow(*turns, bent=0.0):
    body = turn(standing(), ARM[1:], "left_elbow", X, bent)
    for axis, degrees in turns:
        turn(body, ARM[1:], "left_elbow", axis, degrees)
    return body


def punched():
    body = arm((X, 90.0))
    return turn(body, ARM[1:], "left_elbow", X, line(130, 0, 2.0, 2.15))


def leg(*turns, body=None):
    body = standing() if body is None else body
    for axis, degrees in turns:
        turn(body, LEG, "left_hip", axis, degrees)
    return body


def knee(degrees):
    return turn(standing(), ("left_ankle",), "left_knee", X, -np.asarray(degrees))


def trunk(*turns, joints=UPPER, pivot="pelvis"):
    body = standing()
    for axis, degrees in turns:
        turn(body, joints, pivot, axis, degrees)
    return body


def moved(joints, *shifts, body=None):
    body = standing() if body is None else body
    for axis, metres in shifts:
        shift(body, joints, axis, metres)
    return joined(body)


def round_about(hertz=1.0):
    """Cosine and sine of something that goes round."""
    return wobble(1.0, hertz, np.pi / 2), wobble(1.0, hertz)


def arm_wave(order):
    body = arm((Z, -90.0))
    for joint, at in zip(("left_shoulder", "left_elbow", "left_wrist"), order, strict=True):
        shift(body, (joint,), Y, bump(0.12, at))
    return body


def body_roll(order):
    body = standing()
    for joints, at in zip((HIPS, ("spine",), ("thorax", *(u for u in UPPER[4:])), HEAD), order, strict=True):
        shift(body, joints, Z, -bump(0.08, at))
    return body


def crossing(depth):
    body = shift(standing(), LEG, Z, depth * ramp(0, 1, 1.5, 1.9))
    return shift(body, LEG, X, ramp(0, 0.4))


def turned_out(sign):
    body = leg((X, 60.0), body=knee(80.0))
    hip, knee_at = body[:, H36M17.index("left_hip")], body[:, H36M17.index("left_knee")]
    axis = (knee_at - hip) / np.linalg.norm(knee_at - hip, axis=-1, keepdims=True)
    return turn(body, ("left_ankle",), "left_knee", axis, sign * ramp(0, 40))


def kicked():
    body = turn(standing(), ("left_ankle",), "left_knee", X, line(-100, 0, 2.0, 2.2))
    return leg((X, 70.0), body=body)


def stepped(axis, metres):
    body = shift(standing(), LEG, Y, bump(0.15, 2.2, 0.12))
    return shift(body, LEG, axis, ramp(0, metres, 2.0, 2.4))


def tapped():
    lifted = 0.15 - ramp(0, 0.15, 1.75, 2.0) + ramp(0, 0.15, 2.05, 2.3)
    return shift(standing(), ("left_ankle",), Y, lifted)


def flight(body):
    rising = np.clip(1 - ((TIME - 2.25) / 0.25) ** 2, 0, None) * 0.3
    return shift(body, ALL, Y, rising)


def one_legged():
    return shift(standing(), ("left_ankle",), Y, np.full(FRAMES, 0.35))


def wide(metres):
    body = shift(shift(standing(), ("left_ankle",), X, -0.2), ("right_ankle",), X, 0.2)
    return shift(body, OFF_FLOOR, X, metres)


def stopped():
    shaking = np.where(TIME < 3.0, 0.15 * np.sin(2 * np.pi * 2 * TIME), 0.0)
    return shift(standing(), ALL, X, shaking)


ROUND, ROUND_BACK = round_about(), (wobble(1.0, 1.0, np.pi / 2), -wobble(1.0, 1.0))
_LEFT = {
    "head.nod_down": lambda: trunk((X, ramp(0, -30)), joints=HEAD, pivot="thorax"),
    "head.nod_up": lambda: trunk((X, ramp(0, 30)), joints=HEAD, pivot="thorax"),
    "head.tilt_left": lambda: trunk((Z, ramp(0, 30)), joints=HEAD, pivot="thorax"),
    "head.tilt_right": lambda: trunk((Z, ramp(0, -30)), joints=HEAD, pivot="thorax"),
    "head.turn_left": lambda: trunk((Y, ramp(0, 60)), joints=HEAD, pivot="thorax"),
    "head.turn_right": lambda: trunk((Y, ramp(0, -60)), joints=HEAD, pivot="thorax"),
    "head.slide_forward": lambda: moved(HEAD, (Z, ramp(0, -0.1, stop=2.4))),
    "head.slide_back": lambda: moved(HEAD, (Z, ramp(0, 0.1, stop=2.4))),
    "head.slide_left": lambda: moved(HEAD, (X, ramp(0, -0.1, stop=2.4))),
    "head.slide_right": lambda: moved(HEAD, (X, ramp(0, 0.1, stop=2.4))),
    "head.circle": lambda: trunk((X, 20 * ROUND[0]), (Z, 20 * ROUND[1]), joints=HEAD, pivot="thorax"),
    "head.bob": lambda: trunk((X, wobble(12, 2.0)), joints=HEAD, pivot="thorax"),
    "l_shoulder.raise": lambda: moved(LEFT_GIRDLE, (Y, ramp(0, 0.06))),
    "l_shoulder.drop": lambda: moved(LEFT_GIRDLE, (Y, ramp(0.06, 0))),
    "l_shoulder.push_forward": lambda: moved(LEFT_GIRDLE, (Z, ramp(0, -0.08))),
    "l_shoulder.pull_back": lambda: moved(LEFT_GIRDLE, (Z, ramp(0, 0.08))),
    "l_shoulder.roll": lambda: moved(LEFT_GIRDLE, (Y, 0.06 * ROUND[0]), (Z, 0.06 * ROUND[1])),
    "l_shoulder.shake": lambda: moved(LEFT_GIRDLE, (Z, wobble(0.04, 4.0))),
    "l_arm.raise_forward": lambda: arm((X, ramp(20, 90))),
    "l_arm.raise_side": lambda: arm((Z, ramp(-20, -90))),
    "l_arm.raise_back": lambda: arm((X, ramp(-10, -60))),
    "l_arm.lower": lambda: arm((Z, ramp(-90, -20))),
    "l_arm.cross_body": lambda: arm((X, 90.0), (Y, ramp(20, -40))),
    "l_arm.open_out": lambda: arm((X, 90.0), (Y, ramp(-40, 20))),
    "l_arm.hold_high": lambda: arm((X, 170.0)),
    "l_arm.hold_level": lambda: arm((Z, -90.0)),
    "l_arm.circle": lambda: arm((Z, -90.0 + 30 * ROUND[0]), (Y, 30 * ROUND[1])),
    "l_arm.wave": lambda: arm_wave((2.0, 2.15, 2.3)),
    "l_arm.thrust": punched,
    "l_arm.swing": lambda: arm((X, wobble(30, 1.0))),
    "l_forearm.flex": lambda: elbow((X, ramp(0, 90))),
    "l_forearm.extend": lambda: elbow((X, ramp(90, 0))),
    "l_forearm.rotate_in": lambda: elbow((Y, ramp(0, -50)), bent=90.0),
    "l_forearm.rotate_out": lambda: elbow((Y, ramp(0, 50)), bent=90.0),
    "l_forearm.circle": lambda: elbow((Y, 360 * 1.0 * TIME), bent=45.0),
    "l_forearm.pump": lambda: elbow((X, 45 + wobble(25, 2.0))),
    "l_forearm.hit": lambda: arm((X, line(0, 90))),
    "torso.bend_forward": lambda: trunk((X, ramp(0, -40))),
    "torso.bend_back": lambda: trunk((X, ramp(0, 30))),
    "torso.bend_left": lambda: trunk((Z, ramp(0, 30))),
    "torso.bend_right": lambda: trunk((Z, ramp(0, -30))),
    "torso.twist_left": lambda: trunk((Y, ramp(0, 40)), joints=ABOVE, pivot="spine"),
    "torso.twist_right": lambda: trunk((Y, ramp(0, -40)), joints=ABOVE, pivot="spine"),
    "torso.chest_forward": lambda: moved(ABOVE, (Z, ramp(0, -0.12))),
    "torso.chest_back": lambda: moved(ABOVE, (Z, ramp(0, 0.12))),
    "torso.chest_left": lambda: moved(ABOVE, (X, ramp(0, -0.12))),
    "torso.chest_right": lambda: moved(ABOVE, (X, ramp(0, 0.12))),
    "torso.straighten": lambda: trunk((X, ramp(-40, 0))),
    "torso.circle": lambda: trunk((X, 15 * ROUND[0]), (Z, 15 * ROUND[1])),
    "torso.wave": lambda: body_roll((2.0, 2.15, 2.3, 2.45)),
    "torso.pulse": lambda: moved(UPPER, (Z, wobble(0.06, 1.5))),
    "hips.shift_left": lambda: moved(OFF_FLOOR, (X, ramp(0, -0.12))),
    "hips.shift_right": lambda: moved(OFF_FLOOR, (X, ramp(0, 0.12))),
    "hips.push_forward": lambda: moved(OFF_FLOOR, (Z, ramp(0, -0.12))),
    "hips.push_back": lambda: moved(OFF_FLOOR, (Z, ramp(0, 0.12))),
    "hips.hike_left": lambda: trunk((Z, ramp(0, -20)), joints=HIPS),
    "hips.hike_right": lambda: trunk((Z, ramp(0, 20)), joints=HIPS),
    "hips.twist_left": lambda: trunk((Y, ramp(0, 40)), joints=HIPS),
    "hips.twist_right": lambda: trunk((Y, ramp(0, -40)), joints=HIPS),
    "hips.circle_left": lambda: moved(OFF_FLOOR, (X, 0.1 * ROUND[0]), (Z, -0.1 * ROUND[1])),
    "hips.circle_right": lambda: moved(OFF_FLOOR, (X, 0.1 * ROUND[0]), (Z, 0.1 * ROUND[1])),
    "hips.figure_eight": lambda: moved(OFF_FLOOR, (X, wobble(0.08, 0.75)), (Z, wobble(0.04, 1.5))),
    "hips.shimmy": lambda: trunk((Y, wobble(10, 4.0)), joints=HIPS),
    "hips.sway": lambda: moved(OFF_FLOOR, (X, wobble(0.1, 0.8))),
    "hips.pump": lambda: moved(OFF_FLOOR, (Z, wobble(0.06, 1.5))),
    "l_leg.raise_forward": lambda: leg((X, ramp(0, 70))),
    "l_leg.raise_back": lambda: leg((X, ramp(0, -50))),
    "l_leg.raise_side": lambda: leg((Z, ramp(0, -60))),
    "l_leg.lower": lambda: leg((X, ramp(70, 0))),
    "l_leg.cross_front": lambda: crossing(-0.25),
    "l_leg.cross_behind": lambda: crossing(0.25),
    "l_leg.turn_out": lambda: turned_out(-1),
    "l_leg.turn_in": lambda: turned_out(+1),
    "l_leg.kick": kicked,
    "l_leg.circle": lambda: leg((X, 40.0), (Y, ramp(-30, 190, 1.5, 3.0))),
    "l_leg.hold_lifted": one_legged,
    "l_knee.bend": lambda: knee(ramp(0, 70)),
    "l_knee.straighten": lambda: knee(ramp(70, 0)),
    "l_knee.pulse": lambda: knee(30 + wobble(15, 1.5)),
    "l_knee.flick_back": lambda: knee(line(0, 110)),
    "l_knee.lock": lambda: knee(line(70, 0, 2.0, 2.2)),
    "l_knee.hold_deep": lambda: knee(90.0),
    "l_foot.lift_off": lambda: shift(standing(), LEG, Y, ramp(0, 0.2)),
    "l_foot.place": lambda: shift(standing(), LEG, Y, ramp(0.2, 0)),
    "l_foot.step_forward": lambda: stepped(Z, -0.4),
    "l_foot.step_back": lambda: stepped(Z, 0.4),
    "l_foot.step_side": lambda: stepped(X, -0.4),
    "l_foot.slide": lambda: shift(standing(), LEG, X, ramp(0, -0.4)),
    "l_foot.tap": tapped,
    "body.travel_forward": lambda: shift(standing(), ALL, Z, ramp(0, -1.2, 1.5, 3.0)),
    "body.travel_back": lambda: shift(standing(), ALL, Z, ramp(0, 1.2, 1.5, 3.0)),
    "body.travel_left": lambda: shift(standing(), ALL, X, ramp(0, -1.2, 1.5, 3.0)),
    "body.travel_right": lambda: shift(standing(), ALL, X, ramp(0, 1.2, 1.5, 3.0)),
    "body.turn_left": lambda: turn(standing(), ALL, "pelvis", Y, ramp(0, 90)),
    "body.turn_right": lambda: turn(standing(), ALL, "pelvis", Y, ramp(0, -90)),
    "body.spin": lambda: turn(standing(), ALL, "pelvis", Y, ramp(0, 360, 2.0, 3.2)),
    "body.jump": lambda: flight(standing()),
    "body.hop": lambda: flight(one_legged()),
    "body.land": lambda: flight(standing()),
    "body.rise": lambda: moved(OFF_FLOOR, (Y, ramp(-0.3, 0))),
    "body.sink": lambda: moved(OFF_FLOOR, (Y, ramp(0, -0.3))),
    "body.hold_low": lambda: moved(OFF_FLOOR, (Y, -0.62)),
    "body.weight_left": lambda: wide(ramp(0, -0.2)),
    "body.weight_right": lambda: wide(ramp(0, 0.2)),
    "body.freeze": stopped,
}
OPPOSITE = {
    "nod_down": "nod_up", "raise": "drop", "push_forward": "pull_back", "flex": "extend", "bend": "straighten",
    "bend_forward": "bend_back", "slide_forward": "slide_back", "chest_forward": "chest_back", "rise": "sink",
    "rotate_in": "rotate_out", "turn_in": "turn_out", "cross_body": "open_out", "cross_front": "cross_behind",
    "lift_off": "place", "travel_forward": "travel_back", "step_forward": "step_back", "raise_forward": "raise_back",
    "circle_left": "circle_right", "jump": "hop",
}  # fmt: skip
OPPOSITE |= {b: a for a, b in OPPOSITE.items()}
OPPOSITE |= {
    m.label: m.label[: -len(a)] + b
    for m in MOVEMENTS
    for a, b in (("left", "right"), ("right", "left"))
    if m.label.endswith(f"_{a}")
}


def _mirrored_name(name):
    return NAMES[MIRROR[NAMES.index(name)]]


def _in_the_mirror(name):
    return lambda: mirrored(_LEFT[_mirrored_name(name)]())


CASES = {name: _LEFT.get(name) or _in_the_mirror(name) for name in NAMES}
"""By movement: makes a clip in which the body makes it, and rests before and after unless it is a hold."""


def not_meant(name):
    """Movements that must not be named while this one is made: its opposite, and the same of the other side."""
    part, _, label = name.partition(".")
    others = {f"{part}.{OPPOSITE.get(label, '')}", _mirrored_name(name)} - {name}
    return sorted(others & set(NAMES))
