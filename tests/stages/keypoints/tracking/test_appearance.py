import numpy as np
import pytest

from dance3d.contracts.detections import COLOURS
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.tracking.appearance import LEAST_PIXELS, TRUNK, colour_histogram


def body(left, top, right, bottom):
    """(17, 2) whose trunk has these corners."""
    xy = np.zeros((17, 2))
    xy[H36M17.indices(*TRUNK)] = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return xy


def histogram(picture, xy):
    return colour_histogram(picture, xy, np.ones(17))


def test_only_the_trunk_is_looked_at():
    picture = np.zeros((100, 80, 3), np.uint8)
    picture[20:61, 30:51] = (255, 0, 0)
    red = histogram(picture, body(30, 20, 50, 60))
    assert red.shape == (COLOURS,) and red.dtype == np.float32 and red.max() == 1
    half = histogram(picture, body(30, 20, 70, 60))
    assert half.sum() == pytest.approx(1) and half[red.argmax()] == pytest.approx(21 / 41)


def test_a_trunk_outside_or_hardly_in_the_picture_has_no_colours():
    picture = np.full((100, 80, 3), 200, np.uint8)
    assert np.isnan(histogram(picture, body(200, 20, 240, 60))).all()
    assert np.isnan(histogram(picture, body(-40, -40, 1, 1))).all() and LEAST_PIXELS > 4
    assert np.isnan(histogram(picture, body(np.nan, 20, 50, 60))).all()
    assert np.isfinite(histogram(picture, body(-40, 20, 50, 60))).all()
