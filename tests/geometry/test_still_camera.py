import numpy as np

from dance3d.geometry.still_camera import enlarged, known, to_pictures, to_still


def maps():
    """A camera that pans by 10 pixels and zooms to twice the size, with a motion that nobody knows between."""
    out = np.tile(np.eye(2, 3), (4, 1, 1))
    out[1, :, 2] = 10, 0
    out[2] = np.nan
    out[3] = [[0.5, 0, 30], [0, 0.5, 20]]
    return out.astype(np.float32)


def test_points_come_back_and_unknown_motion_is_that_between():
    xy = np.random.default_rng(0).uniform(0, 500, (4, 17, 2))
    there = to_still(xy, maps())
    np.testing.assert_allclose(there[0], xy[0])
    np.testing.assert_allclose(there[1], xy[1] + np.array([10, 0]), atol=1e-5)
    np.testing.assert_allclose(there[2], xy[2] * 0.75 + np.array([20, 10]), atol=1e-5)
    np.testing.assert_allclose(there[3], xy[3] / 2 + np.array([30, 20]), atol=1e-5)
    np.testing.assert_allclose(to_pictures(there, maps()), xy, atol=1e-3)


def test_known_and_enlarged():
    assert known(maps(), 4).tolist() == [True, True, False, True] and known(None, 2).all()
    np.testing.assert_allclose(enlarged(maps(), 4), [1, 1, 4 / 3, 2], atol=1e-6)
    np.testing.assert_array_equal(enlarged(None, 3), 1)


def test_motion_that_is_never_known_leaves_points_as_they_are():
    xy = np.ones((3, 17, 2))
    np.testing.assert_array_equal(to_still(xy, np.full((3, 2, 3), np.nan)), xy)
    np.testing.assert_array_equal(to_pictures(xy, None), xy)
