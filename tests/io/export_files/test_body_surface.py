"""The skin of a body: closed, outward, soft at the joints."""

import numpy as np
import pytest
from rest_bodies import body, frames

from dance3d.geometry.bones import BONE_NAMES, places
from dance3d.io.export_files.body_capsules import body_capsules
from dance3d.io.export_files.body_surface import body_surface, surface_net


@pytest.fixture(scope="module")
def at():
    return {joint: place[0] for joint, place in places(*body(frames({})[None])).items()}


@pytest.fixture(scope="module")
def skin(at):
    return body_surface(body_capsules(at))


def edges(triangles):
    """Every edge, and how many triangles have it."""
    return np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)), axis=0, return_counts=True)


def test_it_is_one_closed_skin(skin):
    lines, triangles = edges(skin.triangles)
    assert (triangles == 2).all()
    assert len(skin.position) - len(lines) + len(skin.triangles) == 2  # Euler: a ball, however bent


def test_it_looks_outward(skin):
    one, two, three = skin.position[skin.triangles].transpose(1, 0, 2)
    assert ((np.cross(two - one, three - one) * skin.normal[skin.triangles[:, 0]]).sum(-1) > 0).mean() > 0.99
    np.testing.assert_allclose(np.linalg.norm(skin.normal, axis=-1), 1, atol=1e-6)


def test_weights_are_of_four_bones_and_soft_at_the_elbow(skin, at):
    np.testing.assert_allclose(skin.weight.sum(1), 1, atol=1e-9)
    assert (skin.weight > 0).sum(1).max() <= 4
    upper, lower = (skin.weight[:, BONE_NAMES.index(f"left_{name}")] for name in ("upper_arm", "forearm"))
    beside = np.abs(skin.position[:, 0] - at["left_elbow"][0]) < 0.03
    assert ((upper > 0.1) & (lower > 0.1))[beside].all()
    middle = np.abs(skin.position[:, 0] - (at["left_elbow"][0] + at["left_shoulder"][0]) / 2) < 0.02
    assert upper[middle].min() > 0.8


def test_one_leg_does_not_move_the_other(skin):
    left, right = (skin.weight[:, BONE_NAMES.index(f"{side}_thigh")] for side in ("left", "right"))
    assert not ((left > 0) & (right > 0) & (np.maximum(left, right) > 0.5)).any()


def test_a_ball_is_round():
    grid = np.stack(np.meshgrid(*[np.arange(30.0)] * 3, indexing="ij"), -1)
    corners, triangles = surface_net(np.linalg.norm(grid - 14.3, axis=-1) - 10)
    np.testing.assert_allclose(np.linalg.norm(corners - 14.3, axis=-1), 10, atol=0.2)
    assert (edges(triangles)[1] == 2).all()
