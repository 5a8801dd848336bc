import numpy as np
import pytest
from unlevel_vectors import vectors

from dance3d.geometry.rotations import about, angle_between, perpendicular, quaternions, swing


def test_a_swing_is_the_shortest_way_from_each_direction_to_its_own():
    one, other = vectors(0), vectors(1)
    turns = swing(one, other)
    moved = np.einsum("tij,tj->ti", turns, one / np.linalg.norm(one, axis=-1, keepdims=True))
    np.testing.assert_allclose(moved, other / np.linalg.norm(other, axis=-1, keepdims=True), atol=1e-9)
    cosine = (one * other).sum(-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    np.testing.assert_allclose(np.cos(angle_between(turns, np.eye(3))), cosine, atol=1e-9)


def test_a_swing_to_nowhere_is_none_and_one_to_the_opposite_half_a_turn():
    rest = np.array([0.0, -2.0, 0.0])
    turns = swing(rest, np.array([[0, 0, 0], [0, 5.0, 0]]))
    np.testing.assert_array_equal(turns[0], np.eye(3))
    np.testing.assert_allclose(turns[1] @ rest, -rest)
    assert np.linalg.det(turns[1]) == pytest.approx(1)
    assert perpendicular(rest) @ rest == 0


def test_quaternions_turn_as_their_matrices_also_by_half_a_turn():
    axes = vectors(2) / np.linalg.norm(vectors(2), axis=-1, keepdims=True)
    for degrees in (0, 1e-4, 90, 179.99, 180, 270):
        turns = about(axes, np.full(len(axes), np.deg2rad(degrees)))
        q = quaternions(turns)
        v, w = q[:, :3], q[:, 3:]
        x = np.array([0.3, -1.0, 2.0])
        rotated = x + 2 * np.cross(v, np.cross(v, x) + w * x)
        np.testing.assert_allclose(rotated, turns @ x, atol=1e-7)
        assert (q[:, 3] >= 0).all()
        np.testing.assert_allclose(np.degrees(angle_between(turns, np.eye(3))), min(degrees, 360 - degrees), atol=1e-4)
