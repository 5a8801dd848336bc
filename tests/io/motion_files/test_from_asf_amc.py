from dataclasses import replace

import motion_sets as sets
import numpy as np
import pytest

from dance3d.io.asf import read_asf
from dance3d.io.bvh import read_bvh, transforms
from dance3d.io.motion_files import format_of, read_motion
from dance3d.io.motion_files.from_asf_amc import couple
from dance3d.io.motion_files.take import UNITS
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


def test_it_is_the_take_that_the_bvh_converts(data_dir, tmp_path):
    """Hips, legs and the spine to a millimetre; above, the conversion leaves the bone of the thorax out."""
    own = data_dir / "readers" / "asfamc"
    ours = read_motion(own / "05_01.amc.gz")
    path = data_dir / "mocap" / "cmu" / "modern" / "05_01.bvh.gz"
    frames = slice(1, len(ours.xyz) + 1)  # the first of the BVH is a T-pose
    theirs = read_motion(path).xyz[frames]
    off = np.linalg.norm(moved(ours.xyz) - moved(theirs), axis=-1) * 1000
    assert off[:, LOW].max() < 0.1
    asf = read_asf(own / "05.asf")
    thorax = asf.offsets[asf.names.index("lowerneck")]
    above = np.delete(off, LOW, 1)
    assert above.min() > 100 and above.max() < UNITS["cmu"] * np.linalg.norm(thorax) * 1000 + 1

    bvh = read_bvh(path)
    offsets = bvh.offsets.copy()
    for name in ("Neck", "LeftShoulder", "RightShoulder"):
        assert not offsets[bvh.names.index(name)].any()
        offsets[bvh.names.index(name)] = thorax
    position, _ = transforms(replace(bvh, offsets=offsets, motion=bvh.motion[frames]))
    at = dict(zip(bvh.names, np.moveaxis(position, 1, 0) * UNITS["cmu"], strict=True))
    middle = (at["LeftUpLeg"] + at["RightUpLeg"]) / 2
    for joint, name in {"left_wrist": "LeftHand", "right_elbow": "RightForeArm", "nose": "Head"}.items():
        mine = ours.xyz[:, H36M17.index(joint)] - ours.xyz[:, H36M17.index("pelvis")]
        np.testing.assert_allclose(mine, at[name] - middle, atol=1e-3)


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
