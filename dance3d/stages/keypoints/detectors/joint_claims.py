"""Joints that two dancers claim: each belongs to the one whose bones and motion it fits, and the other's is doubted.

A net that reads one of two dancers who hold each other takes an arm or a leg of the partner now and then. Hands that
are held are at one place, too, and fit both. The constants are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors.regions import Float
from dance3d.stages.keypoints.detectors.tracked_body import LIMBS, TrackedBody

SAME_PLACE = 0.06  # body spans: two joints that are nearer are one joint of the picture
CLEARLY = 0.15  # by how much worse, in body spans, a joint fits the one who loses it
DOUBT = 0.3  # factor on the score of a joint that is rather another's
_SIDES = ("left", "right")
_PARENTS = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}
ENDS = COCO17.indices(*(f"{side}_{joint}" for joint in _PARENTS for side in _SIDES))
PARENTS = COCO17.indices(*(f"{side}_{joint}" for joint in _PARENTS.values() for side in _SIDES))


def doubted(people: Sequence[TrackedBody], poses: Sequence[Float | None]) -> list[Float | None]:
    """The poses of people who are close, with a low score where a joint is rather somebody else's.

    Args:
        people: before this picture.
        poses: (17, 3) of each in it, none of who is hidden.
    """
    out = list(poses)
    known = [i for i, pose in enumerate(poses) if pose is not None]
    misfits = {i: _misfit(people[i], pose) for i in known if (pose := poses[i]) is not None}
    for i, j in combinations(known, 2):
        one, other = poses[i], poses[j]
        assert one is not None and other is not None
        apart = np.linalg.norm(one[ENDS, None, :2] - other[None, ENDS, :2], axis=-1)
        same = (apart < SAME_PLACE * min(_span(one), _span(other))) & _ALIKE
        better = misfits[j][None] - misfits[i][:, None]  # (8, 8) how much better it fits the first
        out[i] = _with_doubt(out[i], (same & (better < -CLEARLY)).any(1))
        out[j] = _with_doubt(out[j], (same & (better > CLEARLY)).any(0))
    return out


_ALIKE = np.equal.outer(*[[index // 2 for index in range(len(ENDS))]] * 2)
"""(8, 8) true for two joints of one kind: a knee may be read as the other's left or right one."""


def _with_doubt(pose: Float | None, joints: Float) -> Float | None:
    if pose is None or not joints.any():
        return pose
    pose = pose.copy()
    pose[np.array(ENDS)[joints], 2] *= DOUBT
    return pose


def _misfit(person: TrackedBody, pose: Float) -> Float:
    """(8,) how badly each of ``ENDS`` fits a person, body spans: off the expected place, on a bone of other length."""
    expected = person.expected_points
    span = _span(expected)
    off = np.linalg.norm(pose[ENDS, :2] - expected[ENDS, :2], axis=1) / span
    bone, usual = (np.linalg.norm(body[ENDS, :2] - body[PARENTS, :2], axis=1) / span for body in (pose, expected))
    return np.asarray(off + np.abs(bone - usual))


def _span(pose: Float) -> float:
    return max(float(np.ptp(pose[LIMBS, :2], axis=0).max()), 1.0)
