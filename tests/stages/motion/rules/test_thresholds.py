"""The numbers of the rules: complete, without a side, and what decides."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from motion_bodies import ARM, LEG, TIME, Y, Z, bump, ramp, shift, standing, turn

from dance3d.movement_types import MIRROR, NAMES
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.clap import clap
from dance3d.stages.motion.rules.computed_labels import label, sample
from dance3d.stages.motion.rules.thresholds import shipped, sideless


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
    for values in watched.values():
        values.asked.clear()  # they were checked
    body = shift(standing(), LEG, Y, bump(0.15, 2.2))
    label(body - body[:, :1], TIME, Y, body[:, 0], thresholds)
    clap(sample(body - body[:, :1], TIME, Y, body[:, 0], thresholds)[0][0].signals)
    idle = {f"{name}.{key}" for name, values in watched.items() for key in set(values) - values.asked}
    assert not idle


def test_other_numbers_than_the_projects_decide():
    strict = shipped().changed({"arm.raise_side": {"excursion": 40}})
    assert seen(raised(30)) and not seen(raised(30), strict)
    assert strict.values["arm.raise_side"] == {**shipped().values["arm.raise_side"], "excursion": 40}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"arm.raise_sid": {"excursion": 40}}, r"'arm\.raise_sid' is not known; choose from .*arm\.raise_side"),
        ({"zzz": {"excursion": 40}}, r"'zzz' is not known; choose from .*head\.nod_down, .*body\.freeze"),
        ({"arm.raise_side": {"excurson": 40}}, r"arm\.raise_side: 'excurson' is not known; choose from excursion"),
        ({"arm.raise_side": {"excursion": float("nan")}}, r"arm\.raise_side: excursion is nan, expected a number"),
        ({"arm.raise_side": {"excursion": 0}}, r"excursion is 0, expected a number above 0"),
        ({"arm.raise_side": {"excursion": "40"}}, r"excursion is '40', expected a number above 0"),
        ({"arm.raise_side": 40}, r"arm\.raise_side is 40, expected keys and their numbers"),
    ],
)
def test_other_numbers_are_checked(own, said):
    with pytest.raises(ValueError, match=said):
        shipped().changed(own)


def test_a_movement_may_not_lose_a_number():
    values = shipped().values
    with pytest.raises(ValueError, match=r"arm\.raise_side: '\w+' is missing"):
        replace(shipped(), values=values | {"arm.raise_side": {"excursion": 40}})
    with pytest.raises(ValueError, match="is missing"):
        replace(shipped(), values={"arm.raise_side": values["arm.raise_side"]})
