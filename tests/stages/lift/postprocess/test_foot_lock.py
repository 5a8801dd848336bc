"""Standing feet stay in place by bending the legs: of a walker whose feet wobble, and who they may not be moved for."""

from dataclasses import replace

import numpy as np
import pytest

from dance3d.contracts import Camera, Pose3D
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.lift.postprocess.foot_lock import lock_feet

FPS, FRAMES = 30, 120
TIME = np.arange(FRAMES) / FPS
UP = np.array([0, -1, 0], np.float32)
FLOOR = 1.0  # metres below the camera
KNEE, ANKLE = H36M17.indices("left_knee", "left_ankle")
LEGS = H36M17.indices("left_knee", "left_ankle", "right_knee", "right_ankle")
STANDS = slice(0, 55)  # then the left foot is lifted


def standing_pose(wobble=0.02, bent=0.08, seed=0):
    """A dancer 4 m before a level camera who stands on both feet, whose left foot wobbles along the line of sight."""
    body = {
        "pelvis": (0, -0.9, 0), "spine": (0, -1.15, 0), "thorax": (0, -1.4, 0), "nose": (0, -1.55, -0.03),
        "head": (0, -1.7, 0),
        **{f"{s}_{j}": (x * w, y, z) for s, x in (("left", 1), ("right", -1)) for j, w, y, z in (
            ("hip", 0.1, -0.9, 0), ("knee", 0.1, -0.49, -bent), ("ankle", 0.1, -0.08, 0), ("shoulder", 0.17, -1.4, 0),
            ("elbow", 0.2, -1.1, 0), ("wrist", 0.2, -0.85, 0),
        )},
    }  # fmt: skip
    xyz = np.repeat(np.array([body[joint] for joint in H36M17.joints])[None], FRAMES, 0).astype(float)
    course = wobble * np.sin(2 * np.pi * 0.8 * TIME)
    xyz[:, ANKLE, 2] += course
    xyz[:, KNEE, 2] += course / 2
    lift = np.clip((np.arange(FRAMES) - 60) / 10, 0, 1) * np.clip((110 - np.arange(FRAMES)) / 10, 0, 1)
    xyz[:, ANKLE, 1] -= 0.3 * lift
    xyz[:, KNEE, 2] -= 0.2 * lift
    ends = np.full((FRAMES, 7, 3), np.nan)
    ends[:, EXTREMITIES.index("left_toe")] = xyz[:, ANKLE] + [0, 0.065, -0.17]
    ends[:, EXTREMITIES.index("left_heel")] = xyz[:, ANKLE] + [0, 0.075, 0.05]
    root = np.full((FRAMES, 3), [0, FLOOR - 0.9, 4.0])
    xyz, ends = xyz - xyz[:, :1], ends - xyz[:, :1]
    return Pose3D(
        xyz.astype(np.float32), np.ones(FRAMES, bool), np.zeros(FRAMES, np.float32), TIME, root.astype(np.float32),
        Camera.from_field_of_view(60, (1280, 720)), up=UP, extremities=ends.astype(np.float32),
    )  # fmt: skip


def lengths(pose):
    return np.linalg.norm(pose.xyz - pose.xyz[:, [max(p, 0) for p in H36M17.parent_indices]], axis=-1)


def test_a_standing_foot_stays_and_its_leg_keeps_its_bones():
    pose = standing_pose()
    held = lock_feet(pose)
    before, after = (np.ptp(one.xyz[STANDS, ANKLE], axis=0).max() for one in (pose, held))
    assert before > 0.03 and after < before / 3
    np.testing.assert_allclose(lengths(held), lengths(pose), atol=1e-5)
    still = [joint for joint in range(17) if joint not in LEGS]
    np.testing.assert_array_equal(held.xyz[:, still], pose.xyz[:, still])


def test_the_knee_stays_in_its_plane_and_the_foot_goes_along():
    pose = standing_pose()
    held = lock_feet(pose)
    np.testing.assert_allclose(held.xyz[STANDS, KNEE, 0], pose.xyz[STANDS, KNEE, 0], atol=2e-3)
    for name in ("left_toe", "left_heel"):
        end = EXTREMITIES.index(name)
        moved = held.extremities[:, end] - held.xyz[:, ANKLE]
        np.testing.assert_allclose(moved, pose.extremities[:, end] - pose.xyz[:, ANKLE], atol=1e-5)
    assert np.isnan(held.extremities[:, EXTREMITIES.index("face")]).all()


def test_a_lifted_foot_is_let_go_without_a_pop():
    pose = standing_pose()
    held = lock_feet(pose)
    np.testing.assert_allclose(held.xyz[75:95, LEGS], pose.xyz[75:95, LEGS], atol=1e-6)
    change = held.xyz[:, LEGS] - pose.xyz[:, LEGS]
    assert np.linalg.norm(np.diff(change, axis=0), axis=-1).max() < 0.012


def test_the_projection_hardly_changes():
    pose = standing_pose(0.0)
    sideways = pose.xyz.copy()
    sideways[:, ANKLE, 0] += (0.05 * np.sin(2 * np.pi * 0.8 * TIME)).astype(np.float32)
    held = lock_feet(replace(pose, xyz=sideways))
    off = np.linalg.norm((held.xyz - sideways)[..., :2], axis=-1)
    assert 0.002 < off[STANDS, ANKLE].max() < 0.0045  # a thousandth of the distance


def test_a_stretched_leg_reaches_as_far_as_it_can():
    pose = standing_pose(0.03, bent=0.0)
    held = lock_feet(pose)
    assert np.isfinite(held.xyz).all()
    np.testing.assert_allclose(lengths(held), lengths(pose), atol=1e-5)
    assert (held.xyz[STANDS, KNEE, 2] < pose.xyz[STANDS, KNEE, 2] + 0.03).all()  # it bends forward, if at all


@pytest.mark.parametrize(
    "changed", [{"up": None}, {"root": None}, {"still": np.tile(np.eye(2, 3, dtype=np.float32), (FRAMES, 1, 1))}]
)
def test_without_a_floor_a_path_or_a_camera_that_stands_nothing_moves(changed):
    pose = replace(standing_pose(), **changed)
    assert lock_feet(pose) is pose


def test_missing_frames_stay_missing_and_older_poses_have_no_extremities():
    pose = standing_pose()
    xyz = pose.xyz.copy()
    xyz[10:14] = np.nan
    held = lock_feet(replace(pose, xyz=xyz, extremities=None))
    assert np.isnan(held.xyz[10:14]).all() and held.extremities is None
    assert np.ptp(held.xyz[20:50, ANKLE], axis=0).max() < np.ptp(pose.xyz[20:50, ANKLE], axis=0).max() / 2
    for value in (np.nan, 0.0):
        nobody = replace(pose, xyz=np.full_like(pose.xyz, value))
        assert lock_feet(nobody) is nobody


def test_a_foot_that_stands_on_its_toe_turns_about_it():
    pose = standing_pose(0.0)
    xyz, ends = pose.xyz.copy(), pose.extremities.copy()
    rise = np.array([0, -0.13, -0.03], np.float32)  # on the ball of the foot: the ankle is high
    xyz[:, LEGS] += rise * np.array([0.5, 1, 0.5, 1], np.float32)[:, None]
    toe = EXTREMITIES.index("left_toe")
    wobble = (0.02 * np.sin(2 * np.pi * 0.8 * TIME)).astype(np.float32)
    xyz[:, ANKLE, 2] += wobble
    ends[:, toe, 2] += wobble
    held = lock_feet(replace(pose, xyz=xyz, extremities=ends))
    assert np.ptp(held.extremities[STANDS, toe, 2]) < np.ptp(wobble[STANDS]) / 2
