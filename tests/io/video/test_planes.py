"""Luma and chroma to RGB and back."""

import numpy as np
import pytest

from dance3d.io.video.planes import BT601, BT709, from_rgb, limited, planes_of, rgb_of, to_rgb


def test_grey_stays_grey_and_white_is_white():
    for full, white in ((True, 255), (False, 235)):
        for colorspace in (BT709, 2, 5, 9):
            np.testing.assert_allclose(to_rgb(colorspace, full) @ [white, 128, 128, 1], 255)
    np.testing.assert_allclose(from_rgb(BT601) @ [255, 255, 255, 1], [235, 128, 128])


@pytest.mark.parametrize(("colorspace", "red"), [(BT601, (81, 90, 240)), (BT709, (63, 102, 240))])
def test_red_is_as_the_standards_say(colorspace, red):
    planes = planes_of(np.full((4, 4, 3), (255, 0, 0), np.uint8), colorspace)
    np.testing.assert_allclose([plane[0, 0] for plane in planes], red, atol=1)


def test_planes_come_back_from_rgb():
    rng = np.random.default_rng(0)
    planes = tuple(rng.integers(90, 150, shape, np.uint8) for shape in ((32, 48), (16, 24), (16, 24)))
    for plane, back in zip(planes, planes_of(rgb_of(planes, BT709), BT709), strict=True):
        assert np.abs(plane.astype(int) - back).max() <= 1


def test_full_range_becomes_limited():
    full = tuple(np.arange(256, dtype=np.uint8).reshape(16, 16) for _ in range(3))
    luma, first, second = limited(full)
    assert (luma.min(), luma.max()) == (16, 235) and (first.min(), first.max()) == (16, 240)
    np.testing.assert_array_equal(first, second)
