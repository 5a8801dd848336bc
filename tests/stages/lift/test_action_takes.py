"""Bai's filter: takes of one genre, or stretches of one movement."""

import numpy as np
import pytest
from lift_clips import clips

from dance3d.datasets.movement_labels import Label
from dance3d.stages.lift.action_takes import MARGIN, movements_of, of_actions, parts, stretches, take_of

TAKES = [*clips((200, 90)), *clips((120,), "tango")]  # 30 frames a second
TURNS = [
    Label("salsa_200", 1.0, 1.5, "body.turn_left"),
    Label("salsa_200", 1.8, 2.0, "body.turn_right"),  # the margins of the two meet
    Label("salsa_200", 5.0, 5.2, "body.jump"),
    Label("tango_120", 0.1, 0.2, "body.turn_left"),
    Label("tango_120", None, None, "body.jump"),  # does not happen
]


def test_genres_are_whole_takes():
    assert [clip.name for clip in of_actions(TAKES, ("tango",))] == ["tango_120"]
    assert of_actions(TAKES, ()) == TAKES
    assert movements_of(["salsa", "body.jump"]) == ["body.jump"]


def test_movements_are_stretches_with_their_surroundings():
    found = of_actions(TAKES, ("body.turn_left", "body.turn_right"), TURNS)
    assert [len(clip.xyz) for clip in found] == [30 + 2 * MARGIN, 6 + MARGIN]
    np.testing.assert_array_equal(found[0].xyz, TAKES[0].xyz[30 - MARGIN : 60 + MARGIN])
    assert [take_of(clip.name) for clip in found] == ["salsa_200", "tango_120"]
    assert len({clip.name for clip in found}) == 2 and [clip.group for clip in found] == ["g200", "g120"]
    (jump,) = of_actions(TAKES, ("body.jump",), TURNS)
    assert len(jump.xyz) == 6 + 2 * MARGIN and take_of(jump.name) == "salsa_200"


def test_both_kinds_together_count_a_take_once():
    found = of_actions(TAKES, ("tango", "body.turn_left"), TURNS)
    assert [len(clip.xyz) for clip in found] == [15 + 2 * MARGIN, 120]


def test_what_nobody_does_is_refused():
    with pytest.raises(
        ValueError, match="genre 'polka' has no take to train on; choose from salsa, tango, or a movement"
    ):
        of_actions(TAKES, ("polka",), TURNS)
    with pytest.raises(ValueError, match=r"no genre here and no movement type; did you mean body\.turn_left"):
        of_actions(TAKES, ("body.trun_left",), TURNS)
    with pytest.raises(ValueError, match=r"no take to train on has body\.hop or body\.freeze"):
        of_actions(TAKES, ("salsa", "body.hop", "body.freeze"), TURNS)
    assert parts(TAKES, ("body.hop",), {}) == [] and stretches(TAKES[0], {}, ["body.hop"]) == []
