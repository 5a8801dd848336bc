"""A joint that two dancers claim."""

import numpy as np

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors.joint_claims import DOUBT, doubted
from dance3d.stages.keypoints.detectors.tracked_body import TrackedBody

HEIGHTS = {"eye": 0, "ear": 2, "shoulder": 20, "elbow": 50, "wrist": 75, "hip": 80, "knee": 120, "ankle": 160}


def standing(x):
    """(17, 3) a body that stands at ``x``, 160 pixels high."""
    pose = np.ones((17, 3))
    for number, joint in enumerate(COCO17.joints):
        side, _, part = joint.rpartition("_")
        aside = {"left": 12, "right": -12}.get(side, 0) * (1.5 if part in ("elbow", "wrist") else 1)
        pose[number, :2] = x + aside, HEIGHTS.get(part, 5)
    return pose


def people():
    return [TrackedBody(standing(x), np.zeros(2)) for x in (100.0, 150.0)]


def test_a_leg_that_is_read_as_the_partners_is_doubted():
    one, other = standing(100.0), standing(150.0)
    (knee, ankle), mirrored = COCO17.indices("left_knee", "left_ankle"), COCO17.indices("right_knee", "right_ankle")
    one[[knee, ankle], :2] = other[list(mirrored), :2] + 2  # the first one's left leg on the second one's right leg
    first, second = doubted(people(), [one, other])
    assert (first[[knee, ankle], 2] == DOUBT).all() and (second[:, 2] == 1).all()
    assert first[:, 2].sum() == 15 + 2 * DOUBT and (first[:, :2] == one[:, :2]).all()


def test_hands_that_are_held_are_both_sure():
    one, other = standing(100.0), standing(150.0)
    left, right = COCO17.index("left_wrist"), COCO17.index("right_wrist")
    before = people()
    for pose in (one, before[0].points):
        pose[left, :2] = 125, 60
    for pose in (other, before[1].points):
        pose[right, :2] = 126, 60
    assert all((pose[:, 2] == 1).all() for pose in doubted(before, [one, other]))


def test_who_is_hidden_claims_nothing():
    one = standing(100.0)
    first, second = doubted(people(), [one, None])
    assert second is None and (first == one).all()
