"""A movement well above its threshold is clear, one near it slight, and no movement is named where nobody moves."""

import numpy as np
import pytest
from motion_bodies import ARM, TIME, Y, Z, ramp, standing, turn
from motion_cases import CASES

from dance3d.movement_types import NAMES, WORD_NAMES, WORDS
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules import graded_labels
from dance3d.stages.motion.rules.computed_labels import label
from dance3d.stages.motion.rules.graded_labels import (
    CLEAR,
    MARGIN,
    NONE,
    SLIGHT,
    both,
    resized,
    targets,
)
from dance3d.stages.motion.rules.thresholds import shipped
from dance3d.timeseries.segments import segments

RAISE = NAMES.index("l_arm.raise_side")


def inputs(body):
    root = body[:, H36M17.index("pelvis")]
    return body - root[:, None], TIME, Y, root


def raised(degrees, seconds=0.5):
    """The left arm rises sideways by so many degrees."""
    return turn(standing(), ARM, "left_shoulder", Z, -ramp(0, degrees, 2.0, 2.0 + seconds))


@pytest.mark.parametrize(("degrees", "grade"), [(80, CLEAR), (19, SLIGHT), (5, NONE)])
def test_the_grade_follows_from_the_size(degrees, grade):
    assert both(*inputs(raised(degrees))).types[:, RAISE].max() == grade


def test_a_clear_movement_begins_later_than_a_slight_one_and_lasts_as_long():
    grades = both(*inputs(raised(80))).types[:, RAISE]
    ((start, stop),) = segments(grades == CLEAR)
    ((begin, end),) = segments(grades >= SLIGHT)
    assert begin <= start and stop == end
    assert (stop - start) / 30 >= graded_labels.SHORTEST


def test_what_a_rule_names_is_at_least_slight():
    for name in ("l_arm.circle", "body.jump", "torso.wave", "r_leg.kick"):
        given = inputs(CASES[name]())
        assert (both(*given).types[label(*given) == 1] >= SLIGHT).all()


def test_a_missing_frame_is_neither_demanded_nor_punished():
    xyz, time, up, root = inputs(standing())
    xyz[40:60] = np.nan
    grades = both(xyz, time, up, root).types
    assert (grades[40:60] == SLIGHT).all() and (grades[:30] == NONE).all()
    assert np.isnan(targets(grades)[50]).all() and targets(np.int8([NONE, CLEAR])).tolist() == [0, 1]


def test_sizes_grow_and_durations_shares_and_guards_stay():
    strict, own = resized(shipped(), MARGIN).values, shipped().values
    assert strict["arm.lower"]["excursion"] == own["arm.lower"]["excursion"] * MARGIN
    assert strict["arm.hold_high"]["still"] < own["arm.hold_high"]["still"]
    assert strict["knee.hold_deep"]["bent"] < own["knee.hold_deep"]["bent"]
    assert strict["foot.tap"] == own["foot.tap"] and strict["contact"] == own["contact"]
    assert strict["body.hop"]["shortest"] == own["body.hop"]["shortest"]


def test_one_whole_circle_is_enough_to_be_clear():
    strict, mild = (resized(shipped(), factor).values for factor in (MARGIN, 1 / MARGIN))
    assert strict["body.spin"]["sweep"] == strict["arm.circle"]["sweep"] == graded_labels.WHOLE_CIRCLE
    assert mild["arm.circle"]["sweep"] == 200


def test_a_word_has_the_highest_grade_of_its_types_and_a_clap_its_own_rule():
    given = inputs(raised(80))
    types, words = both(*given)
    np.testing.assert_array_equal(words, both(*given).words)
    for column, word in enumerate(WORDS):
        if word.types:
            members = [NAMES.index(name) for name in word.types]
            np.testing.assert_array_equal(words[:, column], types[:, members].max(1))
    assert not words[:, WORD_NAMES.index("clap")].any()
    body = standing()
    for side, sign in (("left", -1), ("right", 1)):
        x = np.interp(TIME, [1.85, 2.0, 2.15], [0.3, 0.03, 0.3])
        body[:, H36M17.index(f"{side}_wrist")] = np.stack([sign * x, 0 * x + 1.3, 0 * x - 0.35], 1)
    assert both(*inputs(body)).words[:, WORD_NAMES.index("clap")].max() == CLEAR
