"""The eight orientations, and matrices that are none of them."""

import struct

import numpy as np
import pytest

from dance3d.io.video.orientation import Orientation, read_matrix

ONE = 1 << 16
EIGHT = {  # (a, b, c, d): a point (x, y) is shown at x (a, b) + y (c, d)
    (1, 0, 0, 1): (0, False),
    (0, 1, -1, 0): (90, False),
    (-1, 0, 0, -1): (180, False),
    (0, -1, 1, 0): (270, False),
    (-1, 0, 0, 1): (0, True),
    (0, -1, -1, 0): (90, True),
    (1, 0, 0, -1): (180, True),
    (0, 1, 1, 0): (270, True),
}


def matrix(a, b, c, d, scale=ONE):
    return struct.pack("=9i", *(round(scale * n) for n in (a, b, 0, c, d, 0, 0, 0)), 1 << 30)


@pytest.mark.parametrize("entries", EIGHT)
def test_every_orientation_is_shown_as_its_matrix_says(entries):
    found = read_matrix(matrix(*entries))
    assert (found.rotation, found.mirrored) == EIGHT[entries] and found.exact
    stored = np.zeros((4, 6, 3), np.uint8)
    stored[0, 1] = 255  # off every axis of symmetry
    to = np.array([1 - 2.5, 0 - 1.5]) @ np.array(entries).reshape(2, 2)
    shown = found.shown(stored)
    assert shown.shape[:2] == ((4, 6) if found.upright else (6, 4))
    row, column = (round(n) for n in (to + (np.array(shown.shape[1::-1]) - 1) / 2)[::-1])
    assert shown[row, column, 0] == 255 and np.count_nonzero(shown) == 3


def test_scale_does_not_matter_and_no_matrix_is_no_turn():
    assert read_matrix(matrix(0, 1, -1, 0, scale=3 * ONE)) == Orientation(90)
    assert read_matrix(None) == Orientation() == read_matrix(b"")


@pytest.mark.parametrize(
    "entries", [(0.87, 0.5, -0.5, 0.87), (1, 0.3, 0, 1), (0, 0, 0, 0), (1, 1, 1, 1), (-0.87, 0.5, 0.5, 0.87)]
)
def test_what_is_none_of_the_eight_is_known(entries):
    found = read_matrix(matrix(*entries))
    assert not found.exact and found.rotation == 0
    assert str(found) in ("rotated by 0 degrees", "mirrored and rotated by 0 degrees")
