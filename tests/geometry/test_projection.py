from dataclasses import replace

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Pose3D
from dance3d.geometry.projection import chain, look_at, project, projection
from dance3d.skeleton import EXTREMITIES, H36M17


def test_a_pinhole_by_hand():
    np.testing.assert_allclose(project(np.array([[1.0, -0.5, 2.0]]), 100.0, np.array([320, 240])), [[370, 215]])
    with pytest.raises(ValueError, match=r"points have shape \(3, 2\), expected \(\.\.\., 3\)"):
        project(np.zeros((3, 2)), 1.0, 0.0)


def test_a_camera_that_looks_at_a_point_has_it_in_its_middle_and_is_level():
    eye, target = np.array([3.0, 1.5, 4.0]), np.array([0.0, 1.0, 0.0])
    camera = look_at(eye, target)
    turn = camera[:, :3]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1) and turn[0, 1] == 0  # the picture's x is level
    np.testing.assert_allclose(turn @ target + camera[:, 3], [0, 0, np.linalg.norm(target - eye)], atol=1e-12)
    assert (turn @ [0.0, 1.0, 0.0])[1] < 0  # up is up in the picture, whose y points down
    with pytest.raises(ValueError, match="no level right-hand side"):
        look_at(eye, eye + np.array([0, 1, 0]))


def test_a_pose_is_seen_where_its_own_camera_projects_it():
    dancer = fake_dancer(fake_clip(0.2).time, missing=[2])
    pose = dancer.pose
    seen = projection(pose)
    expected = project(pose.xyz + pose.root[:, None], pose.camera.focal, np.array(pose.camera.centre))
    np.testing.assert_allclose(seen.xy, expected, rtol=1e-5)
    assert np.isnan(seen.xy[2]).all() and not seen.measured[2].any() and seen.size == pose.camera.size
    with pytest.raises(ValueError, match="without root or camera"):
        projection(Pose3D(pose.xyz, pose.measured, pose.error, pose.time))


def test_extremities_are_projected_beside_the_joints():
    pose = fake_dancer(fake_clip(0.4).time).pose
    ends = pose.xyz[:, : len(EXTREMITIES)] + np.float32(0.1)
    ends[2, 3] = np.nan
    one, other = projection(replace(pose, extremities=ends)), projection(replace(pose, xyz=pose.xyz + np.float32(0.1)))
    np.testing.assert_array_equal(one.xy, projection(pose).xy)
    known = np.isfinite(ends).all(-1)
    np.testing.assert_allclose(one.extremities[known], other.xy[:, : len(EXTREMITIES)][known], atol=1e-2)
    assert np.isnan(one.extremities[2, 3]).all() and projection(pose).extremities is None


def test_a_chain_adds_bones_from_the_root_outward():
    bones = np.zeros((1, 17, 3))
    bones[0, H36M17.indices("left_hip", "left_knee", "left_ankle"), 1] = 1, 2, 3
    found = chain(bones)[0, :, 1]
    assert found[H36M17.indices("left_hip", "left_knee", "left_ankle", "right_ankle")].tolist() == [1, 3, 6, 0]
