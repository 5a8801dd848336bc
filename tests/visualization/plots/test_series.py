import numpy as np
import pytest
from drawn_colours import same

from dance3d.visualization.plots import confusion, series
from dance3d.visualization.plots.series import SERIES


def test_bars_of_several_methods_stand_under_each_other():
    image = series({"rules": {"a": 0.4, "b": 0.8}, "net": {"a": 0.8}}, "Title", "F1", top=1.0)
    grey, green_ = ((same(image, colour)).sum(1) for colour in SERIES[:2])
    first, second = grey[92 + 6], grey[92 + 36 + 6]
    assert second == pytest.approx(2 * first, abs=3) and first > 200
    assert green_[92 + 13 + 6] == pytest.approx(second, abs=3) and green_[92 + 36 + 13 + 6] == 0  # b has none
    assert image.shape == (92 + 2 * 36 + 44, 960, 3)


def test_series_and_matrices_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="0 names in 1 series"):
        series({"a": {}}, "", "")
    with pytest.raises(ValueError, match=r"2 classes have shape \(3, 3\)"):
        confusion(np.zeros((3, 3)), ["a", "b"], "")
