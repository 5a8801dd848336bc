"""Extremities through time: filled between readings, corrected and smoothed on the paths of their joints."""

import numpy as np
import pytest
from blazepose_bodies import body

from dance3d.geometry.extremities import PARENTS
from dance3d.skeleton import EXTREMITIES, H36M17, to_h36m17
from dance3d.stages.keypoints.assemble import track
from dance3d.stages.keypoints.extremity_paths import exchange, follow, on_joints
from dance3d.stages.keypoints.sides import PAIRS

TOE = EXTREMITIES.index("left_toe")
TIME = np.arange(40) / 30
ON = H36M17.indices(*PARENTS)


def moving():
    """(40, 17, 2) a body that moves to the right, and (40, 7, 2) extremities beside its joints."""
    joints, _ = to_h36m17(np.tile(body()[:, :2] * 1000, (40, 1, 1)), np.ones((40, 33)), "blazepose33")
    joints = joints + np.arange(40)[:, None, None] * [3.0, 0]
    return joints, joints[:, ON] + np.arange(7)[:, None] * [5.0, 2] + [20, 10]


@pytest.mark.parametrize("smoothed", [False, True])
def test_what_lies_between_two_readings_follows_the_joint(smoothed):
    joints, points = moving()
    joints[:, H36M17.index("left_ankle"), 1] += 60 * np.sin(TIME * 12)  # faster than the readings could tell
    points = joints[:, ON] + [20, 10]
    seldom = np.where((np.arange(40) % 3 == 0)[:, None, None], points, np.nan)
    found = follow(seldom, joints, joints, np.full(40, 250.0), TIME, smoothed)
    np.testing.assert_allclose(found, points, atol=0.01)


def test_long_gaps_stay_and_short_ends_are_held():
    joints, points = moving()
    points[12:26, TOE] = np.nan
    found = follow(points, joints, joints, np.full(40, 250.0), TIME, False)
    missing = np.flatnonzero(np.isnan(found[:, TOE]).any(1))
    assert missing.tolist() == list(range(15, 23))  # three frames are held on either side
    assert np.isfinite(np.delete(found, TOE, 1)).all()


def test_a_foot_that_jumps_away_for_one_reading_is_left_out():
    joints, points = moving()
    wrong = points.copy()
    wrong[20, TOE] += 150
    found = follow(wrong, joints, joints, np.full(40, 250.0), TIME, True)
    np.testing.assert_allclose(found, points, atol=0.01)


def test_nothing_hangs_on_a_joint_that_is_missing():
    joints, points = moving()
    path = joints.copy()
    path[10:20, H36M17.index("left_ankle")] = np.nan
    found = follow(points, path, path, np.full(40, 250.0), TIME, True)
    gone = [name for name, xy in zip(EXTREMITIES, found[15], strict=True) if np.isnan(xy).any()]
    assert gone == ["left_toe", "left_heel"]


def test_sides_are_exchanged_with_the_joint():
    _, points = moving()
    flags = np.zeros((40, len(PAIRS)), bool)
    flags[5, PAIRS.index("ankle")] = flags[6, PAIRS.index("wrist")] = True
    found = exchange(points, flags)
    by_name = EXTREMITIES.index
    np.testing.assert_array_equal(found[5, TOE], points[5, by_name("right_toe")])
    np.testing.assert_array_equal(found[5, by_name("left_hand")], points[5, by_name("left_hand")])
    np.testing.assert_array_equal(found[6, by_name("right_hand")], points[6, by_name("left_hand")])
    np.testing.assert_array_equal(found[:, -1], points[:, -1])
    np.testing.assert_array_equal(np.delete(found, (5, 6), 0), np.delete(points, (5, 6), 0))


def test_a_track_puts_feet_right_that_the_detector_exchanged():
    joints, points = moving()
    joints += [0, -80]
    points += [0, -80]
    raw, read = joints.copy(), points.copy()
    for rows in (slice(20, 23),):
        flags = np.zeros((40, len(PAIRS)), bool)
        flags[rows] = True
        read = exchange(read, flags)
        raw[rows] = raw[rows][:, H36M17.swap]
    made = track(raw, np.full(raw.shape[:2], 0.9), TIME, (1200, 1000), True, extremities=read)
    np.testing.assert_allclose(made.xy, joints, atol=1)
    np.testing.assert_allclose(made.extremities, points, atol=1)


def test_nobody_looked_and_points_beyond_the_picture():
    joints, points = moving()
    assert track(joints, np.full(joints.shape[:2], 0.9), TIME, (1200, 1000), True).extremities is None
    height = int(joints[0, H36M17.index("left_ankle"), 1]) + 25
    made = track(
        joints, np.full(joints.shape[:2], 0.9), TIME, (1200, height), True, extremities=points + np.array([0, 20])
    )
    assert np.isnan(made.extremities[:, TOE]).all() and np.isfinite(made.extremities[:, -1]).all()


def test_extremities_follow_joints_that_are_moved_or_become_their_partner():
    joints, points = moving()
    joints, points = joints.astype(np.float32), points.astype(np.float32)
    after = joints.copy()
    after[5:8] += 4
    after[10:12] = after[10:12][:, H36M17.swap]
    after[20] = np.nan
    found = on_joints(points, joints, after)
    np.testing.assert_array_equal(found[:5], points[:5])
    np.testing.assert_allclose(found[5:8], points[5:8] + 4, atol=1e-3)
    np.testing.assert_array_equal(found[10, TOE], points[10, EXTREMITIES.index("right_toe")])
    assert np.isnan(found[20]).all()
