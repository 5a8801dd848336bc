import motion_sets as sets
import numpy as np
import pytest

from dance3d.geometry.vectors import degrees_between
from dance3d.io.asf import read_asf
from dance3d.io.motion_files import format_of, read_motion
from dance3d.io.motion_files.from_asf_amc import couple
from dance3d.skeleton import H36M17

LOW = H36M17.indices("pelvis", "spine", *(f"{side}_{joint}" for side in sets.SIDES for joint in sets.LIMBS[:3]))


def moved(xyz):
    return xyz - xyz[:1, :1]


def test_the_rate_is_cmus_unless_it_is_said(tmp_path):
    sets.write_amc(tmp_path / "a.amc", sets.figure(60))
    assert [read_motion(tmp_path / "a.amc", rate=rate).fps for rate in (None, 60)] == [120.0, 60.0]
    thinned = read_motion(tmp_path / "a.amc", fps=30)
    assert thinned.fps == 30.0 and len(thinned.xyz) == 15
    assert format_of(tmp_path / "a.AMC.gz") == "amc" and format_of(tmp_path / "a.asf") is None


def test_couples_of_the_salsa_dancers():
    assert couple("60_03") == couple("61_03") == "salsa_03" and couple("62_03") == couple("05_01") == ""


def test_it_is_the_take_that_the_bvh_converts(data_dir):
    """Hips, legs and spine within 0.1 mm; above, the thorax is the reader's, nearly the true one."""
    ours = read_motion(data_dir / "readers" / "asfamc" / "05_01.amc.gz")
    frames = slice(1, len(ours.xyz) + 1)  # the first of the BVH is a T-pose
    theirs = read_motion(data_dir / "mocap" / "cmu" / "modern" / "05_01.bvh.gz").xyz[frames]
    off = np.linalg.norm(moved(ours.xyz) - moved(theirs), axis=-1) * 1000
    assert off[:, LOW].max() < 0.1
    assert np.delete(off, LOW, 1).max() < 4


@pytest.mark.parametrize("name", ["05", "49", "55"])
def test_the_bones_of_a_spine_are_equal(data_dir, name):
    """What the reader of BVH takes for granted where a file leaves the upper one out."""
    asf = read_asf(data_dir / "readers" / "asfamc" / f"{name}.asf")
    upper, thorax = (asf.offsets[asf.names.index(joint)] for joint in ("thorax", "lowerneck"))
    assert abs(np.linalg.norm(thorax) / np.linalg.norm(upper) - 1) < 0.005
    assert degrees_between(upper, thorax) < 2


@pytest.mark.parametrize(("mine", "theirs"), [("49_01", "49_08"), ("55_04", "55_01")])
def test_the_bones_are_those_of_another_take_of_the_dancer(data_dir, mine, theirs):
    ours = read_motion(data_dir / "readers" / "asfamc" / f"{mine}.amc.gz")
    other = read_motion(data_dir / "mocap" / "cmu" / "stylised" / f"{theirs}.bvh.gz")
    trunk = set(H36M17.indices("pelvis", "spine", "thorax", "nose"))
    bones = [bone for bone in H36M17.bones if not trunk.issuperset(bone)]
    mine, theirs = (
        np.stack([np.linalg.norm(clip.xyz[:, a] - clip.xyz[:, b], axis=-1) for a, b in bones], 1)
        for clip in (ours, other)
    )
    assert np.abs(mine - theirs.mean(0)).max() < 5e-4  # constant, and the same
    assert 1.5 < ours.xyz[..., 1].max() < 2.1 and abs(np.percentile(ours.xyz[..., 1].min(1), 5)) < 0.1
