import numpy as np
import pytest
from drawn_colours import same

from dance3d.metrics import reliability
from dance3d.visualization import plots
from dance3d.visualization.plots import confusion
from dance3d.visualization.plots.page import ACCENT
from dance3d.visualization.skeleton import LEFT


@pytest.mark.parametrize("size", [1, 4, 20])
def test_right_answers_are_green_and_wrong_ones_orange(size):
    counts = 9 * np.eye(size, dtype=int)
    right = confusion(counts, [f"class {n}" for n in range(size)], "Title")
    wrong = confusion(np.roll(counts, 1, 1), [f"class {n}" for n in range(size)], "Title")
    assert right.shape == wrong.shape and right.shape[1] == 960
    assert same(right, ACCENT).sum() > 300 * size and not same(right, LEFT).any()
    if size > 1:
        assert same(wrong, LEFT).sum() > 300 * size and not same(wrong, ACCENT).any()


def test_names_of_columns_are_turned_where_they_do_not_fit():
    first = [
        np.flatnonzero(same(confusion(np.eye(size), ["a long name"] * size, ""), ACCENT).any(1))[0] for size in (3, 9)
    ]
    assert first[0] == pytest.approx(92 + 30, abs=2) and first[1] > 92 + 80  # pixels that the names need


def test_a_reliability_curve_lies_on_the_diagonal_only_where_promises_are_kept():
    prob = np.repeat([0.1, 0.5, 0.9], 10)
    kept = plots.reliability(reliability(prob, np.tile(np.arange(10), 3) < np.repeat([1, 5, 9], 10)), "Title")
    broken = plots.reliability(reliability(prob, np.zeros(30, bool)), "Title")
    assert kept.shape == (690, 960, 3)
    assert not same(kept, LEFT).any() and same(broken, LEFT).sum() > 400  # what is missing to the diagonal
