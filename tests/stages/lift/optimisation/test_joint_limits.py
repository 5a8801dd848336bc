import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.joint_limits import (
    BONES,
    ENDS,
    LENGTHS,
    LIMITS,
    PAIRS,
    SEGMENTS,
    STATURE,
    UP,
    segment_lengths,
)


def test_a_straight_body_is_as_tall_as_it_says():
    by_joint = dict(zip((H36M17.joints[child] for _, child in BONES), LENGTHS, strict=True))
    foot = 0.039 * STATURE  # of the ankle above the floor, as in the same figure of Winter
    height = sum(by_joint[joint] for joint in ("left_knee", "left_ankle", "spine", "thorax", "nose", "head")) + foot
    assert height == pytest.approx(STATURE, rel=0.03)
    np.testing.assert_array_equal(LENGTHS[PAIRS], LENGTHS)
    assert (PAIRS[PAIRS] == np.arange(len(BONES))).all()


def test_segments_are_as_long_as_their_bones_together():
    found = dict(zip(SEGMENTS, segment_lengths(np.arange(1.0, 17.0)), strict=True))
    rows = {H36M17.joints[child]: row + 1.0 for row, (_, child) in enumerate(BONES)}
    assert found["left_thigh"] == rows["left_knee"] and found["chest"] == rows["thorax"]
    assert found["hips"] == rows["left_hip"] + rows["right_hip"] and found["trunk"] == rows["spine"] + rows["thorax"]
    assert ENDS.shape == (len(SEGMENTS), 2)


def value(limit, at):
    """Of a limit for unit vectors by segment."""
    vectors = [at[name] / np.linalg.norm(at[name]) for name in limit.segments]
    found = vectors[0] @ vectors[1] if len(vectors) == 2 else np.linalg.det(vectors)
    return limit.sign * found


def standing():
    """Every segment's direction, camera frame: y down, the dancer faces the camera, so that her left is at +x."""
    at = dict.fromkeys(SEGMENTS, np.array([0.0, -1.0, 0.0])) | {UP: np.array([0.0, -1.0, 0.0])}
    at |= dict.fromkeys(("hips", "shoulders"), np.array([1.0, 0.0, 0.0]))
    for side, out in (("left", 1.0), ("right", -1.0)):
        at |= {f"{side}_thigh": np.array([0, 1.0, -0.3]), f"{side}_shin": np.array([0, 1.0, 0.6])}
        at |= {f"{side}_arm": np.array([0.3 * out, 1.0, 0.1]), f"{side}_forearm": np.array([0.1 * out, 1.0, -0.5])}
    return at | {"neck": np.array([0, -1.0, -0.15])}


def test_who_stands_keeps_every_limit_and_who_faces_backwards_does_not():
    assert all(limit.weight > 0 and set(limit.segments) <= {*SEGMENTS, UP} for limit in LIMITS)
    assert all(value(limit, standing()) >= limit.least for limit in LIMITS)
    backward = {name: way * [1, 1, -1] for name, way in standing().items()}
    broken = {limit.segments for limit in LIMITS if value(limit, backward) < limit.least}
    for side in ("left", "right"):
        assert {(f"{side}_thigh", f"{side}_shin", "hips"), (f"{side}_arm", f"{side}_forearm", "shoulders")} <= broken
    assert ("shoulders", "chest", "neck") in broken and ("trunk", UP) not in broken
