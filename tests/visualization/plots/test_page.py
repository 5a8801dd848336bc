import numpy as np
import pytest
from drawn_colours import same

from dance3d.visualization.plots.page import (
    ACCENT,
    BOTTOM,
    MARGIN,
    TALL,
    TOP,
    WIDTH,
    Page,
    axes,
    largest,
    short,
    ticks_between,
)
from dance3d.visualization.skeleton import LEFT


def test_a_page_is_finished_at_the_size_and_place_it_speaks_of():
    page = Page(100, "", "")
    page.box((10, 20), (30, 50), LEFT)
    image = page.finished()
    assert image.shape == (100, WIDTH, 3) and image.dtype == np.uint8
    rows, columns = np.nonzero(same(image, LEFT))
    assert abs(rows.min() - 20) <= 1 and abs(rows.max() - 50) <= 1
    assert abs(columns.min() - 10) <= 1 and abs(columns.max() - 30) <= 1


def test_a_dot_and_upright_letters_stand_where_they_are_put():
    page = Page(200, "", "")
    page.dot((300, 100), 5, ACCENT)
    page.upright("name", (500, 150), 10, LEFT)
    image = page.finished()
    rows, columns = np.nonzero(same(image, ACCENT))
    assert rows.mean() == pytest.approx(100, abs=1) and columns.mean() == pytest.approx(300, abs=1)
    rows, columns = np.nonzero(np.abs(image[:, 400:].astype(int) - LEFT).max(-1) < 60)
    assert np.ptp(rows) > np.ptp(columns) and rows.max() <= 151  # taller than wide, from the bottom up


def test_axes_run_from_corner_to_corner():
    _, scale = axes(0.0, 10.0, 4.0, "", "", "")
    assert scale(0, 0) == (MARGIN + 30, TALL - BOTTOM) and scale(10, 4)[0] == WIDTH - MARGIN
    assert scale(5, 4)[1] == pytest.approx(TOP)


def test_ticks_are_round_and_cover_what_there_is():
    assert ticks_between(0, 6) == [0, 1, 2, 3, 4, 5, 6]
    assert ticks_between(0, 0.31)[-1] >= 0.31 and ticks_between(-3, 8)[0] <= -3
    assert ticks_between(5, 5) != [] and len(ticks_between(0, 1234)) <= 8
    assert largest([float("nan"), 3.0]) == 3 and largest([]) == largest([0.0]) == 1
    assert (short(0.30000000001), short(12.0)) == ("0.3", "12")
