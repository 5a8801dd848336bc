import pytest
from motion_bodies import ALL, Y, ramp, standing, turn
from rule_signals import labels_of, made, signals

from dance3d.stages.motion.rules.whole_body import body


def test_every_label_has_its_rule_and_a_body_at_rest_does_nothing():
    found = body(signals(standing()))
    assert sorted(found) == sorted(labels_of("body")) and not any(on.any() for on in found.values())


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("body.travel_forward", {"travel_back", "travel_left", "jump"}),
        ("body.turn_left", {"turn_right", "spin", "travel_forward"}),
        ("body.jump", {"hop", "hold_low"}),
        ("body.hop", {"jump"}),
        ("body.sink", {"jump", "travel_back"}),
        ("body.weight_left", {"weight_right"}),
        ("body.freeze", {"spin"}),
    ],
)
def test_a_movement_is_named_and_its_opposite_is_not(name, others):
    label = name.split(".")[1]
    found = made(body, name)
    assert label in found and not found & others


def test_a_spin_is_a_fast_full_turn():
    quick = body(signals(turn(standing(), ALL, "pelvis", Y, ramp(0, 400, 2.0, 3.0))))
    slow = body(signals(turn(standing(), ALL, "pelvis", Y, ramp(0, 400, 1.0, 5.0))))
    assert quick["spin"].any() and quick["turn_left"].any()
    assert not slow["spin"].any() and slow["turn_left"].any()
