import numpy as np
import pytest

from dance3d.metrics.movement_counts import MovementCounts, check_flags, f1, mean_over_parts, parts_of

NAMES = ("head.bob", "head.circle", "torso.wave")


def test_parts_have_the_columns_of_their_types():
    assert parts_of(NAMES) == {"head": [0, 1], "torso": [2]}


def test_counts_by_hand():
    true = np.array([[1, 0, 1], [1, 0, 0], [0, 0, 0], [0, 0, 1]], bool)
    found = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1]], bool)
    counts = MovementCounts.of_frames(found, true, NAMES)
    assert (counts.hits.tolist(), counts.found.tolist(), counts.true.tolist()) == ([1, 0, 1], [2, 1, 1], [2, 0, 2])
    np.testing.assert_allclose(counts.f1, [0.5, np.nan, 2 / 3])
    np.testing.assert_allclose(counts.precision, [0.5, np.nan, 1])
    np.testing.assert_allclose(counts.recall, [0.5, np.nan, 0.5])
    assert counts.macro_f1 == pytest.approx((0.5 + 2 / 3) / 2)
    assert counts.micro_f1 == pytest.approx((2 / 5 + 2 / 3) / 2)  # the circle found where none is counts
    twice = counts + counts
    assert twice.hits.tolist() == [2, 0, 2] and twice.macro_f1 == counts.macro_f1
    assert counts.by_part()["torso"]["support"] == 2


def test_what_never_happens_has_no_score():
    assert np.isnan(f1(np.array(0), np.array(3), np.array(0)))
    assert mean_over_parts(np.array([0.2, np.nan, 0.8]), NAMES) == pytest.approx(0.5)
    nothing = np.zeros((4, 3), bool)
    assert np.isnan(MovementCounts.of_frames(nothing, nothing, NAMES).macro_f1)


def test_flags_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"expected \(T, 3\) twice"):
        check_flags(np.zeros((4, 3), bool), np.zeros((5, 3), bool), NAMES)
