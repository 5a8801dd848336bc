"""Drawing on boxes of a picture in luma and chroma."""

import numpy as np
import pytest

from dance3d.io.planes import BT601, BT709, planes_of, rgb_of
from dance3d.visualization.canvas import Canvas

SIZE = (64, 48)


@pytest.mark.parametrize("colorspace", [BT601, BT709])
def test_what_is_drawn_in_a_box_is_in_the_picture_and_nothing_else(colorspace):
    canvas = Canvas(SIZE, colorspace)
    canvas.put(planes_of(np.full((40, 64, 3), (40, 90, 160), np.uint8), colorspace), 8)
    before = canvas.stacked.copy()
    with canvas.opened((11.5, 9, 20, 30.2), 40) as (image, at):
        assert at == (10, 8) and image.shape == (24, 12, 3)
        image[2:6, 4:8] = (250, 120, 30)
    shown = rgb_of(canvas.planes, colorspace).astype(int)
    assert np.abs(shown[10:14, 14:18] - (250, 120, 30)).max() <= 3
    changed = np.abs(shown - rgb_of(copied(before, colorspace).planes, colorspace)).max(-1) > 3
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 13, 14, 17)


def copied(stacked, colorspace):
    canvas = Canvas(SIZE, colorspace)
    canvas.stacked[:] = stacked
    return canvas


@pytest.mark.parametrize("box", [(-30, -20, -5, -1), (70, 0, 90, 10), (3, 44, 9, 60), (0, 60, 9, 70)])
def test_beyond_the_picture_nothing_is_drawn(box):
    canvas = Canvas(SIZE, BT601)
    before = canvas.stacked.copy()
    with canvas.opened(box, 40) as (image, _):
        assert image.size == 0
        image[:] = 255
    np.testing.assert_array_equal(canvas.stacked, before)


def test_a_box_over_the_edge_is_cut():
    canvas = Canvas(SIZE, BT601)
    with canvas.opened((-10, 30, 200, 100), 40) as (image, at):
        assert at == (0, 30) and image.shape == (10, 64, 3)
        image[:] = 255
    assert (canvas.planes[0][30:40] == 235).all() and (canvas.planes[0][:30] == 0).all()
    assert (canvas.planes[0][40:] == 0).all()
