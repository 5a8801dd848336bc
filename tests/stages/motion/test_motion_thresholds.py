"""The numbers of the rules: complete, checked, without a side, and laid over by a user's own."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from motion_bodies import ARM, LEG, TIME, Y, Z, bump, ramp, shift, standing, turn

from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules import label
from dance3d.stages.motion.thresholds_rules import layered, shipped, sideless
from dance3d.vocabulary import MIRROR, NAMES


class Watched(Mapping):
    """Values that remember which of them were asked for."""

    def __init__(self, values):
        self.values_, self.asked = dict(values), set()

    def __getitem__(self, key):
        self.asked.add(key)
        return self.values_[key]

    def __iter__(self):
        return iter(self.values_)

    def __len__(self):
        return len(self.values_)


def raised(degrees):
    return turn(standing(), ARM, "left_shoulder", Z, -ramp(20, 20 + degrees))


def seen(body, thresholds=None):
    root = body[:, H36M17.index("pelvis")]
    return label(body - root[:, None], TIME, Y, root, thresholds)[:, NAMES.index("l_arm.raise_side")].any()


def test_a_movement_and_its_mirror_image_have_the_same_numbers():
    assert all(sideless(NAMES[other]) == sideless(name) for name, other in zip(NAMES, MIRROR, strict=True))


def test_every_number_is_asked_for():
    """A number that no rule reads would promise what it does not hold."""
    watched = {name: Watched(values) for name, values in shipped().values.items()}
    thresholds = replace(shipped(), values=watched)
    body = shift(standing(), LEG, Y, bump(0.15, 2.2))
    label(body - body[:, :1], TIME, Y, body[:, 0], thresholds)
    idle = {f"{name}.{key}" for name, values in watched.items() for key in set(values) - values.asked}
    assert not idle


def test_a_users_numbers_lie_over_the_projects():
    body = raised(30)
    assert seen(body)
    strict = layered({"R": {"arm.raise_side": {"excursion": 40}}})
    assert not seen(body, strict)
    assert strict.values["arm.raise_side"]["rate"] == shipped().values["arm.raise_side"]["rate"]
    assert strict.values["arm.raise_forward"] == shipped().values["arm.raise_forward"]
    assert shipped().values["arm.raise_side"]["excursion"] != 40


def test_a_users_defaults_reach_what_has_no_number_of_its_own():
    found = layered({"R": {"defaults": {"excursion": 33}}})
    assert found.values["arm.lower"]["excursion"] == found.default("R")["excursion"] == 33
    assert found.values["body.turn"]["excursion"] == shipped().values["body.turn"]["excursion"]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"Q": {}}, "thresholds has no 'Q'"),
        ({"R": {"arm.fly": {}}}, "R has no 'arm.fly'"),
        ({"R": {"l_arm.lower": {}}}, "R has no 'l_arm.lower'"),
        ({"R": {"arm.lower": {"height": 1}}}, "R.arm.lower has no 'height'; choose from rate, excursion, run"),
        ({"R": {"arm.lower": {"rate": "fast"}}}, "R.arm.lower.rate is 'fast', expected a number above 0"),
        ({"R": {"arm.lower": {"rate": True}}}, "expected a number"),
        ({"R": {"arm.lower": {"rate": -1}}}, "expected a number"),
        ({"R": {"arm.lower": {"rate": float("nan")}}}, "expected a number"),
        ({"R": {"arm.lower": 3}}, "R.arm.lower is 3, expected names"),
        ([], "expected names and their values"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(own, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        layered(own)


def test_the_labels_of_the_default_file_are_those_of_an_empty_one_laid_over():
    body = raised(60)
    root = body[:, 0]
    np.testing.assert_array_equal(
        label(body - root[:, None], TIME, Y, root), label(body - root[:, None], TIME, Y, root, layered({}))
    )
