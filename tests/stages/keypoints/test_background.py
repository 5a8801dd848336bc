import numpy as np
import pytest
from filmed_background import background, view

from dance3d.stages.keypoints.background import (
    KNOWN,
    LOST,
    NO_EVIDENCE,
    boxes,
    corners,
    follow,
    levelled,
    lies,
    moved,
)

WHOLE = background(1)
NOBODY = np.zeros((0, 4))


def small(middle, zoom=1.0):
    return view(WHOLE, middle, zoom)[0].grey((320, 180))


def test_boxes_have_a_margin_and_skip_missing_joints():
    body = np.array([[10.0, 20, 1], [30, 120, 1], [np.nan, np.nan, 0]])
    np.testing.assert_allclose(boxes([body, np.full((3, 3), np.nan)], 0.5), [[0, 5, 20, 65]])
    assert boxes([], 1.0).shape == (0, 4)


def test_corners_lie_outside_people():
    found = corners(small((800, 450)), np.array([[-20.0, -5, 160, 500]]))
    assert len(found) > 20 and found[:, 0].min() > 160
    assert len(corners(np.full((180, 320), 9, np.uint8), NOBODY)) == 0


def test_states_of_pictures():
    key = small((800, 450))
    at = corners(key, NOBODY)
    still = follow(key, key, at, NOBODY, np.eye(2, 3))
    assert still.state == KNOWN and (still.matrix == np.eye(2, 3)).all() and still.followed == len(at)
    panned = follow(key, small((812, 450)), at, NOBODY, np.eye(2, 3))
    assert panned.state == KNOWN and panned.matrix[0, 2] == pytest.approx(-6, abs=0.2)
    assert follow(key, small((300, 200)), at, NOBODY, np.eye(2, 3)).state == LOST
    assert follow(key, key, at[:2], NOBODY, np.eye(2, 3)).state == NO_EVIDENCE
    assert follow(key, key, at, np.array([[-1.0, -1, 400, 400]]), np.eye(2, 3)).state == NO_EVIDENCE


def test_a_camera_stands_where_enough_lies_where_it_lay():
    key = small((800, 450))
    at, half = corners(key, NOBODY), key.copy()
    half[:110] = small((812, 450))[:110]
    assert lies(key, key, at, NOBODY) and lies(key, half, at, NOBODY)
    assert not lies(key, small((801.5, 450)), at, NOBODY) and not lies(key, key, at[:2], NOBODY)


def test_levelled_contrast_shows_what_is_dark():
    dark = (small((800, 450)) // 40).astype(np.uint8)
    assert levelled(dark).std() > 2 * dark.std()


def test_moved_is_that_of_the_corner_that_moves_most():
    maps = np.tile(np.eye(2, 3), (2, 1, 1))
    assert not moved(maps, (300, 400)).any() and moved(maps[:0], (300, 400)).shape == (0,)
    maps[1] = np.eye(2, 3) * 1.1
    np.testing.assert_allclose(moved(maps, (300, 400)), [0, 50])
