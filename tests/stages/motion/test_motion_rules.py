"""Each body makes one movement; its rule must see it then, and see neither its opposite nor anything at rest."""

import numpy as np
import pytest
from motion_bodies import (
    ABOVE,
    ALL,
    ARM,
    FPS,
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
)

from dance3d.contracts import Pose3D
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules import label, movements
from dance3d.vocabulary import MIRROR, MOVEMENTS, NAMES

HEAD, SKULL = ("nose", "head"), ("head",)
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
CASES = {
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


def labels(body, time=TIME):
    root = body[:, H36M17.index("pelvis")]
    return label(body - root[:, None], time, Y, root)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_sees_its_movement_when_it_happens(name):
    body = CASES[name]()
    found = labels(body)
    on = found[:, NAMES.index(name)] == 1
    movement = MOVEMENTS[NAMES.index(name)]
    assert on.any(), f"{name} is not seen"
    if movement.kind != "H":  # a hold may last all clip
        early, late = {"P": (0.4, 5.6), "C": (0.6, 5.4)}.get(movement.kind, (1.3, 3.6))
        outside = (TIME < early) | (TIME > late)
        if name != "l_forearm.circle":  # goes round from first to last frame
            assert not on[outside].any(), f"{name} at rest, at {TIME[on & outside]}"
    part, _, short = name.partition(".")
    other = f"{part}.{OPPOSITE.get(short, '')}"
    if other in NAMES:
        assert not found[:, NAMES.index(other)].any(), f"{other} during {name}"


@pytest.mark.parametrize("name", CASES)
def test_the_mirrored_dancer_makes_the_mirrored_movements(name):
    body = CASES[name]()
    np.testing.assert_array_equal(labels(mirrored(body))[:, MIRROR], labels(body))


def test_every_movement_of_the_vocabulary_has_a_case():
    seen = set(CASES) | {NAMES[MIRROR[NAMES.index(name)]] for name in CASES}
    assert seen == set(NAMES)


def test_a_body_at_rest_does_nothing():
    assert not labels(standing()).any()


def test_walking_without_a_root_still_travels_and_steps():
    body = standing()
    hertz, stride = 0.6, 0.3
    for side, phase in (("left", 0.0), ("right", np.pi)):
        swing = np.sin(2 * np.pi * hertz * TIME + phase)
        turn(body, (f"{side}_knee", f"{side}_ankle"), f"{side}_hip", X, np.degrees(stride * swing))
        lift = np.clip(np.cos(2 * np.pi * hertz * TIME + phase), 0, None)
        shift(body, (f"{side}_ankle",), Y, 0.1 * lift)
    found = label(body - body[:, :1], TIME, Y)
    middle = found[45:-45]
    assert middle[:, NAMES.index("body.travel_forward")].mean() > 0.5  # the swing's dead points stand
    assert not middle[:, NAMES.index("body.travel_back")].any()
    assert middle[:, NAMES.index("l_foot.step_forward")].any()
    assert not found[:, NAMES.index("body.jump")].any()


@pytest.mark.parametrize("fps", [15, 24, 25, 50, 60, 120])
def test_labels_do_not_depend_on_the_frame_rate(fps):
    body = CASES["l_arm.raise_side"]()
    time = np.arange(0, TIME[-1], 1 / fps)
    flat = body.reshape(FRAMES, -1)
    again = np.stack([np.interp(time, TIME, column) for column in flat.T], 1).reshape(len(time), 17, 3)
    on = labels(again, time)[:, NAMES.index("l_arm.raise_side")]
    expected = np.interp(time, TIME, labels(body)[:, NAMES.index("l_arm.raise_side")]) > 0.5
    assert len(on) == len(time)
    assert (on != expected).mean() < 0.05
    assert on.any()


def pose(xyz, root=None, up=(0, 1, 0)):
    n = len(xyz)
    return Pose3D(xyz, np.ones(n, bool), np.zeros(n), np.arange(n) / FPS, root=root, up=up)


def test_missing_frames_stay_missing_and_a_short_gap_is_bridged():
    body = CASES["l_arm.raise_side"]()
    whole = movements(pose(body - body[:, :1])).prob
    body[66:69] = np.nan
    found = movements(pose(body - body[:, :1])).prob
    assert np.isnan(found[66:69]).all()
    assert np.isfinite(np.delete(found, np.s_[66:69], 0)).all()
    column = NAMES.index("l_arm.raise_side")
    assert (np.delete(found, np.s_[66:69], 0)[:, column] != np.delete(whole, np.s_[66:69], 0)[:, column]).mean() < 0.03


def test_a_long_gap_splits_the_clip():
    body = shift(standing(), ALL, Z, ramp(0, -3, 2.0, 4.0))
    body[60:120] = np.nan  # all of the way is missing
    root = body[:, 0].copy()
    found = movements(pose(body - body[:, :1], root)).prob
    assert not np.nan_to_num(found)[:, NAMES.index("body.travel_forward")].any()


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_short_clips_have_no_movement(frames):
    found = movements(pose(standing(frames) - standing(frames)[:, :1])).prob
    assert found.shape == (frames, len(NAMES))
    assert not found.any()


def test_a_clip_without_the_dancer_is_all_missing():
    found = movements(pose(np.full((4, 17, 3), np.nan))).prob
    assert np.isnan(found).all()


def test_up_is_found_from_the_trunk_and_the_camera_frame_is_understood():
    body = CASES["torso.bend_left"]()
    camera = np.array([[1, 0, 0], [0, -1, 0], [0, 0, -1.0]])  # half a turn about x: y down, z forward
    root = body[:, :1]
    told = movements(pose((body - root) @ camera, root[:, 0] @ camera, up=(0, -1, 0))).prob
    guessed = movements(pose((body - root) @ camera, root[:, 0] @ camera, up=None)).prob
    assert told[:, NAMES.index("torso.bend_left")].any()
    assert (told != guessed).mean() < 0.01


def test_another_skeleton_is_refused():
    n = 3
    coco = Pose3D(np.zeros((n, 17, 3)), np.ones(n, bool), np.zeros(n), np.arange(n) / 30, skeleton="coco17")
    with pytest.raises(ValueError, match="coco17"):
        movements(coco)
