"""Triangulation: by hand, against projections, with views that disagree, and where there is nothing to tell."""

import numpy as np
import pytest

from dance3d.geometry.projection import look_at, project
from dance3d.geometry.triangulation import agreeing, triangulate

EYES = np.array([[4.0, 1.5, 0.0], [0.0, 1.2, 4.0], [-4.0, 1.8, 0.5], [0.3, 1.0, -4.0]])
CAMERAS = np.stack([look_at(eye, np.array([0.0, 1.0, 0.0])) for eye in EYES])


def seen(points, cameras=CAMERAS):
    return np.stack([project(points @ camera[:, :3].T + camera[:, 3], 1.0, 0.0) for camera in cameras])


def cloud(*shape):
    return np.random.default_rng(0).uniform([-1, 0, -1], [1, 2, 1], (*shape, 3))


def test_two_cameras_by_hand():
    # One at the origin, one a metre to the right of it, both looking along z: a point 2 m ahead of the first is seen
    # there in the middle, and by the other half a tangent to the left.
    cameras = np.stack([np.eye(3, 4), np.concatenate([np.eye(3), [[-1.0], [0.0], [0.0]]], 1)])
    rays = np.array([[0.0, 0.0], [-0.5, 0.0]])
    np.testing.assert_allclose(triangulate(rays, cameras), [0, 0, 2], atol=1e-12)


def test_it_undoes_projection_over_any_leading_axes():
    points = cloud(5, 17)
    np.testing.assert_allclose(triangulate(seen(points), CAMERAS), points, atol=1e-9)
    np.testing.assert_allclose(triangulate(seen(points[0, 0]), CAMERAS), points[0, 0], atol=1e-9)


def test_weights_and_missing_rays_leave_views_out():
    points, rays = cloud(6), seen(cloud(6))
    rays[2] += 0.3
    assert np.abs(triangulate(rays, CAMERAS) - points).max() > 0.05
    weight = np.ones((4, 6))
    weight[2] = 0
    np.testing.assert_allclose(triangulate(rays, CAMERAS, weight), points, atol=1e-9)
    rays[2] = np.nan
    np.testing.assert_allclose(triangulate(rays, CAMERAS), points, atol=1e-9)


def test_what_cannot_be_told_is_nan_without_a_warning():
    points = cloud(3)
    one = seen(points)
    one[1:] = np.nan
    assert np.isnan(triangulate(one, CAMERAS)).all()
    same = np.stack([CAMERAS[0], CAMERAS[0]])
    assert np.isnan(triangulate(seen(points, same), same)).all()
    apart = np.stack([np.eye(3, 4), np.concatenate([np.eye(3), [[-1.0], [0.0], [0.0]]], 1)])
    assert np.isnan(triangulate(np.array([[0.1, 0.2], [0.1, 0.2]]), apart)).all()  # parallel: infinitely far


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="expected"):
        triangulate(seen(cloud(3))[..., :1], CAMERAS)
    with pytest.raises(ValueError, match="expected"):
        triangulate(seen(cloud(3)), CAMERAS[:3])


def test_views_agree_where_nothing_disturbs_them():
    rays, near = seen(cloud(2, 5)), np.full(4, 0.02)
    rays[3, 0, 1] += 0.2  # one view off: the other three agree
    rays[:2, 1, 2] += [[0.2, 0.1], [-0.2, 0.1]]  # two views off: no three agree
    rays[1, 1, 3] = np.nan  # not seen by one
    agree = agreeing(rays, CAMERAS, near)
    expected = np.ones((4, 2, 5), bool)
    expected[3, 0, 1] = expected[1, 1, 3] = False
    expected[:, 1, 2] = False
    np.testing.assert_array_equal(agree, expected)


def test_of_two_sets_of_one_size_the_nearer_wins():
    # Level cameras at one distance see height alike. Here the three lower views agree, and so do the three
    # higher ones, but never all four; first the lower are nearer to each other, then the higher.
    eyes = np.array([[4.0, 1.0, 0.0], [0.0, 1.0, 4.0], [-4.0, 1.0, 0.0], [0.0, 1.0, -4.0]])
    cameras = np.stack([look_at(eye, np.array([0.0, 1.0, 0.0])) for eye in eyes])
    rays = seen(np.array([0.0, 1.0, 0.0]), cameras)
    rays[:, 1] = [0.0, 0.004, 0.020, 0.043]
    np.testing.assert_array_equal(agreeing(rays, cameras, np.full(4, 0.02)), [True, True, True, False])
    rays[:, 1] = [0.0, 0.023, 0.039, 0.043]
    np.testing.assert_array_equal(agreeing(rays, cameras, np.full(4, 0.02)), [False, True, True, True])


def test_a_point_behind_a_camera_is_not_seen_by_it():
    turned = CAMERAS.copy()
    turned[0] = np.diag([1.0, -1.0, -1.0]) @ CAMERAS[0]  # looks the other way, yet the tangents are those of a view
    rays = seen(cloud(4), turned)
    assert not agreeing(rays, turned, np.full(4, 0.02))[0].any()
