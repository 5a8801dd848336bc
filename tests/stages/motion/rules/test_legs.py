import pytest
from motion_bodies import LEG, Y, bump, shift, standing
from rule_signals import labels_of, made, signals

from dance3d.stages.motion.rules.legs import foot, knee, leg

RULES = {"leg": leg, "knee": knee, "foot": foot}


@pytest.mark.parametrize("part", RULES)
def test_every_label_of_a_part_has_its_rule_and_a_body_at_rest_does_nothing(part):
    found = RULES[part](signals(standing()), "right")
    assert sorted(found) == sorted(labels_of(f"r_{part}")) and not any(on.any() for on in found.values())


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("l_leg.raise_forward", {"raise_back", "cross_behind"}),
        ("l_leg.cross_front", {"cross_behind"}),
        ("l_leg.kick", {"cross_behind", "turn_in"}),
        ("l_knee.bend", {"straighten", "lock"}),
        ("l_knee.flick_back", {"lock", "pulse"}),
        ("l_foot.step_forward", {"step_back", "step_side", "slide", "tap"}),
        ("l_foot.slide", {"tap", "step_forward"}),
        ("l_foot.tap", {"slide"}),
    ],
)
def test_a_movement_is_named_and_its_opposite_is_not(name, others):
    part, label = name.removeprefix("l_").split(".")
    found = made(RULES[part], name, "left")
    assert label in found and not found & others


def test_a_foot_that_leaves_the_floor_comes_back_to_it():
    found = foot(signals(shift(standing(), LEG, Y, bump(0.15, 2.2, 0.3))), "left")
    lifted, placed = found["lift_off"].nonzero()[0], found["place"].nonzero()[0]
    assert 1.4 < lifted.mean() / 30 < 2.2 < placed.mean() / 30 < 3.0
    assert not any(on.any() for on in foot(signals(shift(standing(), LEG, Y, bump(0.15, 2.2, 0.3))), "right").values())
