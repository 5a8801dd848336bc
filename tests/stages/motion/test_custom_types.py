"""Movement types that a user describes in YAML: what they find, and what is said of those that cannot be used."""

from pathlib import Path

import numpy as np
import pytest
from motion_bodies import ABOVE, ALL, FRAMES, HIPS, TIME, UPPER, X, Y, Z, mirrored, ramp, shift, standing, turn, wobble

from dance3d.contracts import Movements, Pose3D
from dance3d.movement_types import NAMES
from dance3d.stages.motion.custom_types import read_types
from dance3d.stages.motion.rules import computed_labels
from dance3d.stages.motion.rules.custom import flags, label_own, mirror

DEGREES = ramp(0, 90) - ramp(0, 90, 4.0, 4.5)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "own.yaml"
        path.write_text(text)
        return read_types(path)

    return write


def found(types, body):
    [stretch] = computed_labels.sample(body - body[:, :1], TIME[: len(body)], Y, body[:, 0])[0]
    return {own.name: on for own, on in zip(types, flags(types, stretch.signals).T, strict=True)}


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


WRONG = {
    "": "holds no movement types",
    "[1, 2]": "holds no movement types",
    "body.x: {": "cannot be read as YAML",
    "clap: {rule: labels}": "part.label with a part of head, l_shoulder",
    "tail.wag: {rule: labels}": "part.label with a part of",
    "body.Clap: {rule: labels}": "small letters, digits and _",
    "body.jump: {rule: labels}": "body.jump is one of the 154 built-in types",
    "body.x: 3": "expected keys and values",
    "body.x: {rule: magic}": "rule is 'magic'",
    "body.x: {rule: labels, seconds: 3}": "key 'seconds' is not known here; choose from rule",
    "body.x: {above: 3}": "expected one signal of angle, distance, height, speed, turn; it has none",
    "body.x: {height: head, turn: body, above: 3}": "it has height, turn",
    "body.x: {height: head}": "expected one what it does",
    "body.x: {height: head, above: 1, below: 2}": "it has above, below",
    "body.x: {height: tail, above: 1}": "joint 'tail' is not known; choose from pelvis",
    "body.x: {angle: [left_wrist, left_elbow], above: 1}": "angle is made of 3 joints, not of 2",
    "body.x: {distance: [head, head], above: 1}": "one joint twice",
    "body.x: {turn: feet, rises: 90}": "turn is 'feet'; choose from body, hips, chest",
    "body.x: {turn: body, above: 90}": "turn cannot be asked for above; choose from rises, falls, repeats",
    "body.x: {height: head, above: high}": "above is 'high', expected a number",
    "body.x: {height: head, above: .nan}": "above is nan, expected a number",
    "body.x: {height: head, above:}": "above is None, expected a number",
    "body.x: {height: head, rises: -1}": "rises is -1, expected a number of 0 or more",
    "body.x: {height: head, rises: 0}": "rises is 0, expected more",
    "body.x: {angle: [left_hip, left_knee, left_ankle], below: 200}": "degrees up to 180",
    "body.x: {height: head, rises: 1, seconds: 2}": "key 'seconds' is not known here; choose from height, rises",
    "body.x: {height: head, above: 1, speedy: 2}": "key 'speedy'",
    "body.x: {height: head, repeats: 2}": "repeats is 2, expected keys and values",
    "body.x: {height: head, repeats: {hertz: [1, 2]}}": "repeats lacks amplitude",
    "body.x: {height: head, repeats: {hertz: [2, 1], amplitude: 1}}": r"hertz is \[2, 1\]",
    "body.x: {height: head, repeats: {hertz: 2, amplitude: 1}}": "hertz is 2, expected",
    "body.x: {height: head, repeats: {hertz: [1, 2], amplitude: 0}}": "amplitude is 0",
    "body.x: {all: []}": "expected a list of conditions",
    "body.x: {all: [3]}": "condition 1 is 3",
    "body.x: {height: head, above: 1, both_sides: true}": "both_sides needs a side",
    "body.x: {height: head, above: 1, both_sides: 3}": "both_sides is 3",
    "body.x: {rule: labels}\nbody.x: {rule: labels}": "body.x is there twice",
    "l_arm.x: {rule: labels, both_sides: true}\nr_arm.x: {rule: labels}": "r_arm.x is there twice; both_sides makes",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_used_is_named(written, text):
    with pytest.raises(ValueError, match=WRONG[text]) as caught:
        written(text)
    assert "own.yaml" in str(caught.value)


def test_the_examples_of_the_documentation_can_be_used(written):
    page = (Path(__file__).parents[3] / "docs" / "movements-own.md").read_text()
    types = written(page.split("```yaml\n")[1].split("```")[0])
    assert len(types) == 12
    assert not any(on.any() for on in found(types, standing()).values())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_types(tmp_path / "none.yaml")
