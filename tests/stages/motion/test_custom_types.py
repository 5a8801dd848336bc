"""Movement types that a user describes in YAML: what they find, and what is said of those that cannot be used."""

from pathlib import Path

import pytest
from motion_bodies import standing
from own_types import found, make_written

from dance3d.stages.motion.custom_types import read_types


@pytest.fixture
def written(tmp_path):
    return make_written(tmp_path)


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
    own, learned = (page.split(f'```yaml title="{name}.yaml"\n')[1].split("```")[0] for name in ("own", "learned"))
    types = written(own)
    assert len(types) == 11 and all(one.when for one in types)
    assert [(one.name, one.when) for one in written(learned)] == [("body.attitude", ())]
    assert not any(on.any() for on in found(types, standing()).values())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_types(tmp_path / "none.yaml")
