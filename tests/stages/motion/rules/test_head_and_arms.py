import pytest
from motion_bodies import standing
from rule_signals import labels_of, made, signals

from dance3d.stages.motion.rules.head_and_arms import arm, forearm, head, shoulder

RULES = {"head": (head,), "l_shoulder": (shoulder, "left"), "l_arm": (arm, "left"), "l_forearm": (forearm, "left")}


@pytest.mark.parametrize("part", RULES)
def test_every_label_of_a_part_has_its_rule_and_a_body_at_rest_does_nothing(part):
    rule, *side = RULES[part]
    found = rule(signals(standing()), *side)
    assert sorted(found) == sorted(labels_of(part)) and not any(on.any() for on in found.values())


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("head.nod_down", {"nod_up", "turn_left", "slide_back"}),
        ("head.turn_left", {"turn_right", "tilt_left"}),
        ("l_shoulder.raise", {"drop", "push_forward"}),
        ("l_arm.raise_side", {"raise_forward", "lower", "hold_high"}),
        ("l_arm.thrust", {"raise_back", "wave"}),
        ("l_forearm.flex", {"extend", "pump"}),
    ],
)
def test_a_movement_is_named_and_its_opposite_is_not(name, others):
    part, label = name.split(".")
    found = made(RULES[part][0], name, *RULES[part][1:])
    assert label in found and not found & others


@pytest.mark.parametrize("rule", [shoulder, arm, forearm])
def test_the_other_side_does_nothing(rule):
    name = {shoulder: "l_shoulder.shake", arm: "l_arm.swing", forearm: "l_forearm.pump"}[rule]
    assert name.split(".")[1] in made(rule, name, "left") and not made(rule, name, "right")
