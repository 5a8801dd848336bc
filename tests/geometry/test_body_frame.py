"""The body set facing forward: what rows mean, who lies on one side, and lines whose heading is not known."""

import numpy as np
from unlevel_vectors import vectors

from dance3d.geometry.body_frame import LEFT, bridge_upright, heading_frame, part_frame, to_right
from dance3d.skeleton import H36M17

Y = np.array([0.0, 1.0, 0.0])


def test_to_right_leads_from_the_left_joints_to_the_right_ones():
    xyz = np.zeros((2, 17, 3))
    xyz[:, H36M17.index("right_hip")], xyz[:, H36M17.index("left_shoulder")] = [1, 0, 0], [0, 0, 2]
    np.testing.assert_array_equal(to_right(xyz, "hip"), [[1, 0, 0]] * 2)
    np.testing.assert_array_equal(to_right(xyz, "hip", "shoulder"), [[1, 0, -2]] * 2)


def test_who_faces_z_has_his_right_at_minus_x():
    right = np.array([[-0.3, 0.1, 0.0]])
    np.testing.assert_allclose(heading_frame(right, Y), [[[-1, 0, 0], [0, 1, 0], [0, 0, 1]]], atol=1e-12)
    tilted = part_frame(right, Y[None])[0]
    np.testing.assert_allclose(tilted[0], right[0] / np.hypot(0.3, 0.1))  # a part keeps its line across
    np.testing.assert_allclose(tilted[2], [0, 0, 1], atol=1e-12)


def test_frames_with_left_first_are_rotations():
    for frames in (part_frame(vectors(0), vectors(1)), heading_frame(vectors(0), np.array([0.6, 0.0, -0.8]))):
        turns = frames * LEFT
        np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turns.shape), atol=1e-9)
        np.testing.assert_allclose(np.linalg.det(turns), 1)


def test_of_who_lies_on_one_side_right_and_forward_fade():
    right = np.array([[0.0, 1.0, 0.0], [0.02, 1.0, 0.0], [0.5, 1.0, 0.0]])
    width = np.linalg.norm(heading_frame(right, Y, 0.1), axis=-1)
    np.testing.assert_allclose(width[:, [0, 2]], [[0, 0], [0.2, 0.2], [1, 1]], atol=1e-12)


def test_a_line_that_stands_upright_or_is_missing_takes_its_neighbours_heading():
    right = np.array([[1.0, 0, 0], [0.01, 1, 0.05], [np.nan] * 3, [0, 0.1, 2.0]])
    level = bridge_upright(right, Y, 0.25)
    np.testing.assert_allclose(level[[0, 3]], [[1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(level[1:3], [[2 / 3, 0, 1 / 3], [1 / 3, 0, 2 / 3]])
    assert np.isnan(bridge_upright(np.tile(Y, (4, 1)), Y, 0.25)).all()
