import pytest
from motion_bodies import standing
from rule_signals import labels_of, made, signals

from dance3d.stages.motion.rules.trunk import hips, torso

RULES = {"torso": torso, "hips": hips}


@pytest.mark.parametrize("part", RULES)
def test_every_label_of_a_part_has_its_rule_and_a_body_at_rest_does_nothing(part):
    found = RULES[part](signals(standing()))
    assert sorted(found) == sorted(labels_of(part)) and not any(on.any() for on in found.values())


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("torso.bend_forward", {"bend_back", "bend_left", "straighten"}),
        ("torso.twist_left", {"twist_right", "bend_left"}),
        ("torso.chest_left", {"chest_right"}),
        ("torso.circle", {"straighten"}),
        ("hips.shift_left", {"shift_right", "push_forward", "circle_left"}),
        ("hips.circle_left", {"circle_right"}),
        ("hips.figure_eight", {"shimmy"}),
        ("hips.sway", {"pump"}),
    ],
)
def test_a_movement_is_named_and_its_opposite_is_not(name, others):
    part, label = name.split(".")
    found = made(RULES[part], name)
    assert label in found and not found & others
