import numpy as np
import pytest
from motion_bodies import ABOVE, ALL, FRAMES, HIPS, TIME, UPPER, X, Y, Z, mirrored, ramp, shift, standing, turn, wobble
from own_types import found, make_written

from dance3d.contracts import Movements, Pose3D
from dance3d.movement_types import NAMES
from dance3d.stages.motion.rules.custom import label_own, mirror

DEGREES = ramp(0, 90) - ramp(0, 90, 4.0, 4.5)


@pytest.fixture
def written(tmp_path):
    return make_written(tmp_path)


def when(on):
    """First and last second of what is on, which must be one run."""
    at = np.flatnonzero(on)
    assert len(at) and at[-1] - at[0] + 1 == len(at)
    return TIME[at[0]], TIME[at[-1]]


def arms(body, degrees, sides=("left", "right")):
    for side in sides:
        sign = 1 if side == "left" else -1
        turn(body, [f"{side}_elbow", f"{side}_wrist"], f"{side}_shoulder", Z, -sign * degrees)
    return body


EXAMPLES = {
    "clap: {distance: [left_wrist, right_wrist], below: 0.1, seconds: 0.1}": lambda b: shift(
        shift(b, ["left_wrist"], X, ramp(0, 0.18) - ramp(0, 0.18, 4.0, 4.5)),
        *(["right_wrist"], X, ramp(0, -0.18) - ramp(0, -0.18, 4.0, 4.5)),
    ),
    "squat: {height: [pelvis, left_knee], below: 0.1}": lambda b: shift(
        b, HIPS + UPPER, Y, ramp(0, -0.38) - ramp(0, -0.38, 4.0, 4.5)
    ),
    "upside: {height: [pelvis, head], above: 0.1}": lambda b: turn(b, [*UPPER, *ABOVE[:0]], "pelvis", X, 2 * DEGREES),
    "level: {angle: [left_wrist, left_shoulder, left_hip], above: 80}": lambda b: arms(b, DEGREES, ["left"]),
    "tall: {height: left_wrist, above: 0.8, seconds: 1}": lambda b: arms(b, DEGREES, ["left"]),
    "quick: {speed: [left_wrist, pelvis], above: 0.3, seconds: 0.2}": lambda b: shift(
        b, ["left_wrist"], Z, ramp(0, 1.0, 2.0, 4.5)
    ),
}


@pytest.mark.parametrize("line", EXAMPLES)
def test_what_is_held_is_found_while_it_is_held(written, line):
    types = written(f"body.{line}")
    [on] = found(types, EXAMPLES[line](standing())).values()
    start, stop = when(on)
    assert 1.9 < start < 2.7 and 3.8 < stop < 4.6
    assert not any(still.any() for still in found(types, standing()).values())


def test_rising_and_falling_are_told_apart(written):
    types = written(
        "l_arm.up: {angle: [left_wrist, left_shoulder, left_hip], rises: 60}\n"
        "l_arm.down: {angle: [left_wrist, left_shoulder, left_hip], falls: 60}\n"
        "l_arm.far: {angle: [left_wrist, left_shoulder, left_hip], rises: 120}\n"
        "l_arm.lift: {height: left_wrist, rises: 0.3}"
    )
    on = found(types, arms(standing(), DEGREES, ["left"]))
    assert when(on["l_arm.up"])[1] < 2.7 and when(on["l_arm.down"])[0] > 3.8
    assert when(on["l_arm.lift"])[1] < 2.7 and not on["l_arm.far"].any()
    assert [own.movement.kind for own in types] == ["R", "R", "R", "T"]


def test_a_turn_has_a_direction_and_a_mirror_image(written):
    types = written("body.quarter_left: {turn: body, rises: 80, both_sides: true}")
    body = turn(standing(), ALL, "pelvis", Y, ramp(0, 90, 2, 3))
    assert [own.name for own in types] == ["body.quarter_left", "body.quarter_right"]
    left, right = found(types, body).values()
    assert left.any() and not right.any()
    there, back = found(types, mirrored(body)).values()
    assert not there.any() and (back == left).all()


def test_repetition_needs_the_rhythm_and_the_size(written):
    types = written(
        "head.rock: {height: head, repeats: {hertz: [0.7, 3], amplitude: 0.02}}\n"
        "head.slow: {height: head, repeats: {hertz: [0.2, 0.5], amplitude: 0.02}}\n"
        "head.wide: {height: head, repeats: {hertz: [0.7, 3], amplitude: 0.2}}"
    )
    on = found(types, shift(standing(), ["head"], Y, wobble(0.06, 1.5)))
    assert on["head.rock"].mean() > 0.4 and not on["head.slow"].any() and not on["head.wide"].any()


def test_a_stop_is_sudden(written):
    types = written("r_forearm.chop: {speed: right_wrist, stops: 1.0}")
    reach = np.clip((TIME - 2) / 0.25, 0, 1)
    [hard] = found(types, shift(standing(), ["right_wrist"], -Z, 0.7 * reach)).values()
    [soft] = found(types, shift(standing(), ["right_wrist"], -Z, ramp(0, 0.7, 2, 5))).values()
    assert hard.any() and not soft.any()


def test_several_conditions_hold_together(written):
    types = written(
        """
l_arm.level:
  all:
    - {angle: [left_wrist, left_shoulder, left_hip], above: 80, seconds: 0}
    - {angle: [right_wrist, right_shoulder, right_hip], below: 30, seconds: 0}
  seconds: 1.0
  both_sides: true
"""
    )
    one, both = arms(standing(), DEGREES, ["left"]), arms(standing(), DEGREES)
    assert when(found(types, one)["l_arm.level"]) and not found(types, one)["r_arm.level"].any()
    assert when(found(types, mirrored(one))["r_arm.level"])
    assert not any(on.any() for on in found(types, both).values())
    assert mirror(types) == (1, 0)


def pose(xyz, **changed):
    frames = len(xyz)
    root = xyz[:, 0]
    given = {"xyz": xyz - xyz[:, :1], "measured": np.ones(frames, bool), "error": np.zeros(frames), "root": root}
    return Pose3D(**(given | {"time": TIME[:frames], "up": Y} | changed))


def test_labels_follow_the_rows_of_a_pose(written):
    types = written("l_arm.level: {angle: [left_wrist, left_shoulder, left_hip], above: 80}\nbody.pose: {rule: labels}")
    body = arms(standing(), DEGREES, ["left"])
    body[10:40] = np.nan
    own = label_own(types, pose(body))
    assert own.shape == (FRAMES, 2) and np.isnan(own[:, 1]).all()  # nothing but labels could tell
    assert np.isnan(own[10:40, 0]).all() and set(own[~np.isnan(own[:, 0]), 0]) == {0.0, 1.0}
    kept = Movements(np.zeros((FRAMES, len(NAMES))), TIME, own=own, own_names=tuple(t.name for t in types))
    assert kept.every.shape == (FRAMES, len(NAMES) + 2)
    assert label_own(types, pose(body[40:41])).tolist()[0][0] == 0  # one frame: nothing happens
    assert mirror(types) == (-1, 1)
    with pytest.raises(ValueError, match="skeleton h36m17, the pose has 'coco17'"):
        label_own(types, pose(body, skeleton="coco17"))
