import numpy as np
import pytest

from dance3d.metrics import reliability
from dance3d.visualization import plots
from dance3d.visualization.plots import bars, confusion, curve, histogram, series, timeline
from dance3d.visualization.plots.page import ACCENT
from dance3d.visualization.plots.series import SERIES
from dance3d.visualization.plots.timeline import WRONG
from dance3d.visualization.skeleton import BACK, LEFT, RIGHT


def width_of(image, colour, row):
    """Pixels of a colour in one row of a picture."""
    return int((np.abs(image[row].astype(int) - colour).max(-1) < 8).sum())


def test_bars_are_as_long_as_their_values():
    image = bars({"a": 80.0, "b": 40.0, "c": float("nan")}, "Title", "mm", dict.fromkeys("abc", LEFT))
    first, second, third = (width_of(image, LEFT, 92 + 30 * row + 8) for row in range(3))
    assert image.shape == (92 + 3 * 30 + 44, 960, 3) and image.dtype == np.uint8
    assert second == pytest.approx(first / 2, abs=2) and first > 400 and third == 0


def green(image):
    return (image[..., 1].astype(int) - image[..., 0] > 40) & (image[..., 1] > 150)


def test_upright_bars_are_as_high_as_their_values():
    image = histogram([0, 1, 2, 3], [30.0, float("nan"), 60.0], "Title", "mm", "m")
    heights = green(image).sum(0)
    columns = [round(70 + 850 * (number + 0.5) / 3) for number in range(3)]
    low, none, high = heights[columns]
    assert image.shape == (540, 960, 3)
    assert none == 0 and low == pytest.approx(high / 2, abs=2) and high > 300


def test_a_curve_goes_where_its_values_are_and_stops_where_there_are_none():
    image = curve(range(5), [10.0, 10.0, float("nan"), 50.0, 50.0], "Title", "mm", "frame")
    drawn = green(image)
    middle = [np.flatnonzero(drawn[:, 70 + round(850 * part)]) for part in (0.125, 0.375, 0.875)]
    assert len(middle[1]) == 0
    assert middle[0].mean() > middle[2].mean() + 200  # pixels go down, values up
    assert len(np.flatnonzero(drawn.any(0))) > 400


def test_values_that_are_all_missing_or_zero_still_make_a_picture():
    for image in (
        bars({"a": float("nan")}, "", ""),
        curve([1], [0.0], "", "", ""),
        histogram([0, 1], [float("nan")], "", "", ""),
    ):
        assert (image != BACK).any()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="needs a value"):
        bars({}, "", "")
    with pytest.raises(ValueError, match="2 places has 3 values"):
        curve([1, 2], [1, 2, 3], "", "", "")
    with pytest.raises(ValueError, match="2 edges"):
        histogram([0, 1], [1, 2], "", "", "")


def same(image, colour):
    """(H, W) where a picture has a colour."""
    return np.abs(image.astype(int) - colour).max(-1) < 8


def test_bars_of_several_methods_stand_under_each_other():
    image = series({"rules": {"a": 0.4, "b": 0.8}, "net": {"a": 0.8}}, "Title", "F1", top=1.0)
    grey, green_ = ((same(image, colour)).sum(1) for colour in SERIES[:2])
    first, second = grey[92 + 6], grey[92 + 36 + 6]
    assert second == pytest.approx(2 * first, abs=3) and first > 200
    assert green_[92 + 13 + 6] == pytest.approx(second, abs=3) and green_[92 + 36 + 13 + 6] == 0  # b has none
    assert image.shape == (92 + 2 * 36 + 44, 960, 3)


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


def test_a_timeline_shows_truth_above_what_was_found():
    true, found = np.zeros((2, 100, 3))
    true[10:50, 1], found[30:90, 1] = 1, 0.9
    true[20:30, 2] = np.nan
    image = timeline(true, found, np.arange(100) / 10, ["body.jump", "l_arm.wave", "r_arm.wave"], "Title")
    rows = [image[92 + y : 93 + y] for y in (6, 16)]
    above, right, wrong = same(rows[0], LEFT).sum(), same(rows[1], LEFT).sum(), same(rows[1], WRONG).sum()
    assert above == pytest.approx(2 * right, abs=3) and wrong == pytest.approx(2 * right, abs=3) and right > 100
    assert not same(image, RIGHT).any() and image.shape[0] == 92 + 24 + 56  # one movement, and none of the right arm


def test_a_timeline_keeps_the_busiest_movements_of_one_frame_or_none():
    names = [f"head.{n}" for n in range(40)]
    busy = np.tri(60, 40)
    assert timeline(busy, busy, np.arange(60) / 30, names).shape[0] == 92 + 24 * 24 + 56
    for frames in (1, 5):
        still = np.zeros((frames, 40))
        assert (timeline(still, still, np.arange(frames) / 30, names) != BACK).any()
    with pytest.raises(ValueError, match=r"expected \(T, 2\)"):
        timeline(busy, busy, np.arange(60) / 30, ["a.b", "a.c"])


def test_series_and_matrices_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="0 names in 1 series"):
        series({"a": {}}, "", "")
    with pytest.raises(ValueError, match=r"2 classes have shape \(3, 3\)"):
        confusion(np.zeros((3, 3)), ["a", "b"], "")
