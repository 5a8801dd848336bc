from dataclasses import replace

import numpy as np

from dance3d.contracts import Pose3D
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.floor_contact import floor_height, known_frames
from dance3d.stages.lift.postprocess.one_world import one_world


def shot(up, floor, frames=20, missing=False):
    """A body that stands ``floor`` metres along ``up`` from the camera."""
    up = np.asarray(up) / np.linalg.norm(up)
    high = np.linspace(0, 1.6, 17)
    high = high - high[H36M17.index("pelvis")]
    xyz = np.tile(high[:, None] * up, (frames, 1, 1))
    root = np.tile(up * floor + [0, 0, 3.0], (frames, 1))
    if missing:
        xyz, root = xyz * np.nan, root * np.nan
    rows = np.arange(frames)
    return Pose3D(
        xyz, rows < 0 if missing else rows >= 0, np.zeros(frames), rows / 30, root, up=None if missing else up,
        up_doubt=None if missing else 2.0,
    )  # fmt: skip


def later(pose, start):
    return Pose3D(**{**vars(pose), "time": pose.time + start / 30, "start": start})


def test_shots_share_gravity_and_floor():
    one, other = shot([0, -1, 0], -1.2, 40), later(shot([0.1, -1, 0.2], -0.7), 40)
    (whole,) = one_world([[one], [other]], (0, 40))
    assert whole.shots == (0, 40) and whole.frames == 60
    np.testing.assert_array_equal(whole.xyz[:40], one.xyz)
    np.testing.assert_allclose(whole.up, [0, -1, 0], atol=1e-6)
    spine = whole.xyz[:, 16] - whole.xyz[:, 0]
    np.testing.assert_allclose(spine / np.linalg.norm(spine, axis=1)[:, None], np.tile(whole.up, (60, 1)), atol=1e-5)
    _, body = known_frames(whole)
    heights = [floor_height(body._replace(xyz=body.xyz[r], root=body.root[r], time=body.time[r]), whole.up)
               for r in (slice(40), slice(40, 60))]  # fmt: skip
    assert abs(heights[0] - heights[1]) < 1e-4


def test_extremities_are_turned_with_the_joints():
    one, other = shot([0, -1, 0], -1.2, 40), later(shot([0.1, -1, 0.2], -0.7), 40)
    one, other = (replace(pose, extremities=pose.xyz[:, 5:12]) for pose in (one, other))
    (whole,) = one_world([[one], [other]], (0, 40))
    np.testing.assert_allclose(whole.extremities, whole.xyz[:, 5:12], atol=1e-6)


def test_who_is_in_one_shot_only_is_missing_in_the_others():
    here, there = shot([0, -1, 0], -1.0), later(shot([0, -1, 0], -1.0), 20)
    away = shot([0, -1, 0], 0, missing=True)
    first, second = one_world([[here, away], [later(away, 20), there]], (0, 20))
    assert np.isnan(first.xyz[20:]).all() and np.isfinite(first.xyz[:20]).all()
    assert np.isnan(second.xyz[:20]).all() and np.isfinite(second.xyz[20:]).all()
    assert second.up is not None and second.up_doubt == 2.0


def test_nobody_anywhere():
    away = shot([0, -1, 0], 0, missing=True)
    (whole,) = one_world([[away], [later(away, 20)]], (0, 20))
    assert whole.up is None and np.isnan(whole.xyz).all()
