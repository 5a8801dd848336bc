"""Figures of bones that are turned as a file says, and of others."""

import numpy as np
import pytest
from rest_bodies import body, dancing
from tumbling_bodies import pose_of

from dance3d.benchmarks.lift import bone_twist
from dance3d.contracts import Keypoints2D
from dance3d.io.export_files.to_bvh import write_bvh
from dance3d.synth.virtual_cameras import Filmed

TIME = np.arange(90) / 30
LIMBS = ("upper_arm", "forearm", "thigh", "shin", "foot")


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("takes")
    for name, seed in (("learn", 1), ("test", 2)):
        xyz, extremities = (points * [1, -1, -1] for points in body(dancing(TIME, seed)))
        write_bvh(pose_of(xyz, TIME, extremities=extremities.astype(np.float32)), folder / f"{name}.bvh")
    return folder


@pytest.fixture
def measured(takes, monkeypatch):
    """The figures, of a lifter that turns the dancer's left knee outward by so many degrees."""
    monkeypatch.setattr(bone_twist, "known_split", lambda path: "test" if path.name == "test.bvh" else "")

    def measure(change=lambda xyz: xyz):
        truth = pose_of(body(dancing(TIME, 2))[0].astype(np.float32), TIME)
        seen = np.ones((90, 17), bool)
        track = Keypoints2D(np.zeros((90, 17, 2)), seen.astype(float), seen, TIME, (100, 100))
        filmed = [Filmed(track, truth, "test", "test", "test", 0)]
        monkeypatch.setattr(bone_twist, "film", lambda clips, pixels: filmed)
        return bone_twist.bench_twist(takes, lambda tracks, settings: [pose_of(change(truth.xyz), TIME)])

    return measure


def test_bones_that_are_turned_as_in_the_file_are_off_by_little(measured):
    found = measured()
    for limb in LIMBS:
        assert found[f"twist.{limb}.degrees"] < (12 if limb == "foot" else 4), limb  # toes are read as they usually lie
    assert all(found[f"twist.lifted.{limb}.degrees"] < 0.01 for limb in LIMBS)
    assert found["twist.jumps"] < 0.002 and found["twist.lifted.jumps"] == 0 and found["twist.true.jumps"] < 0.002
    assert found["twist.without.foot.degrees"] >= found["twist.foot.degrees"]


def test_joints_that_jump_are_bones_that_jump(measured):
    found = measured(lambda xyz: xyz * np.where(np.arange(90) % 2, 1, -1)[:, None, None])
    assert found["twist.lifted.jumps"] > 0.5 and found["twist.lifted.thigh.degrees"] > 30
