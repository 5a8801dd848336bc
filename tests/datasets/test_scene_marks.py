import numpy as np
import pytest
from camera_sets import EXTRINSICS

from dance3d.datasets.scene_marks import MARKS, centre_shifts

FOCAL = np.full(4, 1680.0)


def rays():
    points = np.random.default_rng(0).uniform([-0.8, 0, -0.8], [0.8, 1, 0.8], (8, 3))
    local = points @ EXTRINSICS[:, :, :3].transpose(0, 2, 1) + EXTRINSICS[:, None, :, 3]
    return local[..., :2] / local[..., 2:]


def test_marks_that_fit_move_nothing():
    np.testing.assert_allclose(centre_shifts(rays(), EXTRINSICS, FOCAL), 0, atol=1e-3)


def test_one_camera_that_is_off_is_found_but_for_what_moves_the_whole_scene():
    off = np.array([[0, 0], [20.0, -8.0], [0, 0], [0, 0]])
    seen = rays() + off[:, None] / 1680
    seen[0, 3] = np.nan
    found = centre_shifts(seen, EXTRINSICS, FOCAL)
    again = centre_shifts(seen - found[:, None] / 1680, EXTRINSICS, FOCAL)
    assert np.abs(again).max() < 0.05  # nothing is left
    assert np.linalg.norm(found) < np.linalg.norm(off) + 0.1  # the smallest that does it


@pytest.mark.parametrize("cameras", MARKS.values(), ids=lambda cameras: ", ".join(cameras))
def test_every_camera_has_every_mark(cameras):
    marks = np.array(list(cameras.values()))
    assert marks.shape == (len(cameras), marks.shape[1], 2) and (np.isfinite(marks).all(-1).sum(0) >= 2).all()
