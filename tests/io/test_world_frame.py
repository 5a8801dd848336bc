import numpy as np
import pytest
from tumbling_bodies import pose_of, tumble

from dance3d.io.world_frame import extremities_to_world, scene_origin, to_world
from dance3d.skeleton import CLEARANCE, H36M17


def test_the_world_is_level_right_handed_and_keeps_shapes():
    up = np.array([0.3, -0.9, 0.2]) / np.linalg.norm([0.3, -0.9, 0.2])
    xyz = tumble(5)
    xyz[:, H36M17.index("head")] = up  # one metre above the root, against gravity
    world = to_world(pose_of(xyz, up=up))
    np.testing.assert_allclose(world[:, H36M17.index("head")], np.tile([0, 1, 0], (5, 1)), atol=1e-6)
    turn, _, _, _ = np.linalg.lstsq(xyz.reshape(-1, 3), world.reshape(-1, 3), rcond=None)
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-5)  # a rotation: left stays left


def test_dancers_of_a_clip_share_a_floor():
    xyz = tumble(30)
    low, high = pose_of(xyz, root=np.full((30, 3), [0, 1.0, 4])), pose_of(xyz, root=np.full((30, 3), [1, 0.5, 5]))
    origin = scene_origin([low, high])
    rests, clearance = H36M17.indices(*CLEARANCE), list(CLEARANCE.values())
    lowest = (to_world(low, origin)[:, rests, 1] - clearance).min(1)
    assert lowest.min() < 0 < np.percentile(lowest, 15)  # some joints rest on the floor, few frames pass through it
    shift = to_world(high, origin) - to_world(low, origin)
    np.testing.assert_allclose(shift, np.broadcast_to([1, 0.5, -1], shift.shape), atol=1e-6)


def test_extremities_move_with_the_joints():
    up = np.array([0.3, -0.9, 0.2]) / np.linalg.norm([0.3, -0.9, 0.2])
    xyz = tumble(5)
    pose = pose_of(xyz, up=up, root=np.full((5, 3), [1, 0.5, 5]), extremities=xyz[:, :7].astype(np.float32))
    origin = scene_origin([pose])
    np.testing.assert_array_equal(extremities_to_world(pose, origin), to_world(pose, origin)[:, :7])
    assert extremities_to_world(pose_of(xyz)) is None
