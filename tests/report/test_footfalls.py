from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Pose3D
from dance3d.io.world_frame import scene_origin
from dance3d.report.footfalls import footfalls
from dance3d.skeleton import H36M17


def stepping(frames=100, fps=25.0):
    """A body that faces the camera and lifts its left foot for the middle fifth, to set it down 40 cm further left."""
    xyz = np.zeros((frames, 17, 3), np.float32)
    for name, place in {
        "left_hip": (0.1, 0, 0), "right_hip": (-0.1, 0, 0), "left_ankle": (0.1, 0.85, 0),
        "right_ankle": (-0.1, 0.85, 0),
        "left_knee": (0.1, 0.4, 0), "right_knee": (-0.1, 0.4, 0), "thorax": (0, -0.5, 0), "head": (0, -0.75, 0),
    }.items():  # fmt: skip
        xyz[:, H36M17.index(name)] = place
    way = np.clip((np.arange(frames) - 40) / 20, 0, 1)
    xyz[:, H36M17.index("left_ankle"), 0] += 0.4 * way
    xyz[:, H36M17.index("left_ankle"), 1] -= 0.3 * np.sin(np.pi * way)
    root = np.tile(np.array([0, 0.2, 4], np.float32), (frames, 1))
    time = np.arange(frames) / fps
    return Pose3D(xyz=xyz, measured=np.ones(frames, bool), error=np.zeros(frames, np.float32), time=time, root=root)


def test_a_step_is_two_stands_of_one_foot_and_one_of_the_other():
    pose = stepping()
    found = footfalls(pose, scene_origin([pose]))
    assert [one.side for one in found] == ["left", "right", "left"]
    before, still, after = found
    assert abs(after.x - before.x - 0.4) < 0.02 and (still.start, still.stop) == (0, 100)
    assert 35 <= before.stop <= 45 and 55 <= after.start <= 65
    assert abs(still.degrees) < 1  # toes point to the camera


def test_a_slide_is_no_stand_and_a_pose_without_a_path_has_none():
    pose = stepping()
    sliding = replace(pose, root=pose.root + np.linspace(0, 4, 100, dtype=np.float32)[:, None] * [1, 0, 0])
    origin = scene_origin([pose])
    assert footfalls(replace(pose, root=None), origin) == ()
    assert not [
        one
        for one in footfalls(replace(sliding, root=sliding.root.astype(np.float32)), origin)
        if one.stop - one.start > 10
    ]


def test_somebody_who_is_never_seen_has_none():
    clip = fake_clip(1)
    pose = fake_dancer(clip.time, missing=range(len(clip.time))).pose
    assert footfalls(pose, np.zeros(3)) == ()
