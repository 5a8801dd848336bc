import numpy as np
import pytest

from dance3d.visualization.plots import bars, curve, histogram
from dance3d.visualization.skeleton import BACK, LEFT


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
