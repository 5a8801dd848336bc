"""Drawing on boxes of a picture in luma and chroma."""

import cv2
import numpy as np
import pytest

from dance3d.io.video.planes import BT601, BT709, planes_of, rgb_of
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


def test_a_box_over_the_edge_is_cut():
    canvas = Canvas(SIZE, BT601)
    with canvas.opened((-10, 30, 200, 100), 40) as (image, at):
        assert at == (0, 30) and image.shape == (10, 64, 3)
        image[:] = 255
    assert (canvas.planes[0][30:40] == 235).all() and (canvas.planes[0][:30] == 0).all()
    assert (canvas.planes[0][40:] == 0).all()


@pytest.mark.parametrize("box", [(-90, -90, -50, -50), (500, 10, 540, 40), (10, 900, 40, 940), (20, 20, 10, 10)])
def test_a_box_outside_of_the_picture_is_drawn_on_without_a_trace(box):
    canvas = Canvas((64, 48), 5)
    before = canvas.stacked.copy()
    with canvas.opened(box, 48) as (image, (x, y)):
        cv2.line(image, (int(box[0]) - x, int(box[1]) - y), (int(box[2]) - x, int(box[3]) - y), (255, 0, 0), 3)
    np.testing.assert_array_equal(canvas.stacked, before)
