import functools
import json
import re

import motion_sets as sets
import numpy as np
import pytest
import yaml

from dance3d.io.motion_files import format_of, read_motion
from dance3d.skeleton import H36M17

TRUTH = sets.figure()


def bvh(path, joints, **how):
    path.write_text(sets.bvh_text(joints, **how))


def tool(name, **how):
    return lambda path, xyz: bvh(path, sets.tool_joints(xyz, name), **how)


def c3d(path, xyz, cmu=False, **how):
    pytest.importorskip("ezc3d")
    sets.write_c3d(path, sets.markers(xyz, cmu), **how)


# file name, writer, largest error of the joints that the format has (metres)
FORMATS = {
    **{name: ("a.bvh", tool(name, per_metre=100), 1e-4) for name in sets.TOOLS},
    "metres": ("a.bvh", tool("vicon"), 1e-4),
    "millimetres": ("a.bvh", tool("mixamo", per_metre=1000), 1e-4),
    "inches, z up": ("a.bvh", tool("biped", per_metre=1 / 0.0254, z_up=True), 1e-4),
    "cmu": ("a.bvh", lambda path, xyz: bvh(path, sets.cmu_joints(xyz), per_metre=0.45 / 0.0254), 1e-4),
    "cmu in cm": ("a.bvh", lambda path, xyz: bvh(path, sets.centimetre_joints(xyz), per_metre=100), 1e-4),
    "plug-in gait": ("a.c3d", c3d, 0.01),
    "cmu markers": ("a.c3d", functools.partial(c3d, cmu=True, per_metre=1.0, units="m"), 0.01),
    "aist": ("gBR_sBM_cAll_d04_mBR0_ch01.pkl", sets.write_aist, 1e-4),
    "videopose3d": ("data_3d_h36m.npz", sets.write_videopose3d, 1e-4),
    "ballroom": ("skeletons.json", sets.write_ballroom, 1e-4),
    "npz": ("a.npz", sets.write_npz, 1e-4),
    "clip": ("a.npz", sets.write_clip, 1e-4),
}
BUILT = {name: ("nose", "head") for name in ("ballroom", "plug-in gait", "cmu markers")}
BUILT |= {name: ("head",) for name in ("maya", "bandai")}
"""Joints that a format has not: built from others, and only about right."""


def error(clip, name):
    """Metres, of joints that the format has; of the built ones where they are more than 7 cm off."""
    wrong = np.linalg.norm(clip.xyz - TRUTH, axis=-1).max(0)
    built = H36M17.indices(*BUILT.get(name, ()))
    wrong[built] = np.maximum(wrong[built] - 0.07, 0)
    return wrong.max()


@pytest.mark.parametrize("name", FORMATS)
def test_reads_what_a_tool_wrote(tmp_path, name):
    file, write, allowed = FORMATS[name]
    write(tmp_path / file, TRUTH)
    clip = read_motion(tmp_path / file)
    assert clip.xyz.shape == TRUTH.shape
    assert error(clip, name) < allowed
    assert clip.fps == {"aist": 60.0, "videopose3d": 50.0, "ballroom": 25.0}.get(name, sets.FPS)


@pytest.mark.parametrize("what", ["sides", "limbs"])
@pytest.mark.parametrize("name", FORMATS)
def test_an_exchange_would_be_noticed(tmp_path, name, what):
    """The golden figure tells left from right and arms from legs in every format."""
    file, write, allowed = FORMATS[name]
    write(tmp_path / file, sets.exchanged(TRUTH, what))
    try:
        clip = read_motion(tmp_path / file)
    except ValueError:
        return  # no body that it could be
    assert error(clip, name) > 0.1 > allowed


def test_own_export_is_read_back(tmp_path):
    from dance3d.contracts import Pose3D
    from dance3d.io.bvh_write import write_bvh

    root = TRUTH[:, H36M17.index("pelvis")]
    xyz = (TRUTH - root[:, None]) * [1, -1, -1]
    time = np.arange(len(xyz)) / sets.FPS
    pose = Pose3D(xyz, np.ones(len(xyz), bool), np.zeros(len(xyz)), time, root=root * [1, -1, -1])
    write_bvh(pose, tmp_path / "out.bvh")
    clip = read_motion(tmp_path / "out.bvh")
    moved = clip.xyz - clip.xyz[:, :1], TRUTH - TRUTH[:, :1]
    assert np.abs(moved[0] - moved[1]).max() < 0.002  # head and thorax too


def test_a_guess_is_said(tmp_path, caplog):
    tool("mixamo", per_metre=100, z_up=True)(tmp_path / "a.bvh", TRUTH)
    read_motion(tmp_path / "a.bvh")
    assert re.search(r"a\.bvh: joints named as by humanik; assumed: unit cm, by a body 1\.8 m tall; z up", caplog.text)


def test_what_the_caller_says_goes_first(tmp_path, caplog):
    tool("mixamo", per_metre=100)(tmp_path / "a.bvh", TRUTH)
    clip = read_motion(tmp_path / "a.bvh", unit=0.005, up="y", fps=10)
    assert not caplog.text and clip.fps == 10
    expected = TRUTH[::3] / 2
    expected[..., 1] += 0.04  # half a body's ankles are put as high as a whole one's
    np.testing.assert_allclose(clip.xyz, expected, atol=1e-4)


def test_a_body_of_no_size_needs_a_unit(tmp_path):
    tool("mixamo", per_metre=7)(tmp_path / "a.bvh", TRUTH)
    with pytest.raises(ValueError, match=r"fits no unit; say it: m, cm, mm, inch, cmu"):
        read_motion(tmp_path / "a.bvh")
    np.testing.assert_allclose(read_motion(tmp_path / "a.bvh", unit=1 / 7).xyz, TRUTH, atol=1e-4)


MAP = {
    **{f"{s}_{j}": f"{s[0]}_{j}_bone" for s in sets.SIDES for j in sets.LIMBS},
    "pelvis": "base",
    "nose": ["face_a", "face_b"],
    "head": {"face_a": -0.5, "face_b": -0.5, "crown": 2.0},
    "spine": "belly",
}


def odd_joints(xyz):
    """Names that no tool has."""
    at = sets.places(xyz)
    out = [("base", "", at["pelvis"]), ("belly", "base", at["spine"])]
    out += [(f"face_{n}", "belly", at["nose"] + sets.by(x, 0, 0)) for n, x in (("a", 0.05), ("b", -0.05))]
    out.append(("crown", "belly", (at["nose"] + at["head"]) / 2))
    return out + [(name, "base", at[joint]) for joint, name in MAP.items() if joint.startswith(sets.SIDES)]


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_own_map(tmp_path, suffix):
    bvh(tmp_path / "a.bvh", odd_joints(TRUTH))
    (tmp_path / f"map{suffix}").write_text((yaml.safe_dump if suffix == ".yaml" else json.dumps)(MAP))
    clip = read_motion(tmp_path / "a.bvh", map=tmp_path / f"map{suffix}")
    np.testing.assert_allclose(clip.xyz, TRUTH, atol=1e-4)
    with pytest.raises(
        ValueError, match=r"no naming known fits.*which misses left_hip.* and head\. The file has base, belly, face_a"
    ):
        read_motion(tmp_path / "a.bvh")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"left_hip": "nothing"}, r"does not give left_hip \(nothing\)\. The file has base, belly"),
        ({"tail": "base"}, "tail are no joints of ours"),
        ({"left_hip": "r_hip_bone"}, "gives r_hip_bone to two joints"),
        ({"left_hip": 3}, "left_hip is 3, expected a name"),
        ({"head": {"crown": 2.0}}, "weights of head sum to 2"),
    ],
)
def test_a_map_that_cannot_be(tmp_path, change, says):
    bvh(tmp_path / "a.bvh", odd_joints(TRUTH))
    with pytest.raises(ValueError, match=says):
        read_motion(tmp_path / "a.bvh", map=MAP | change)


def test_markers_by_own_map(tmp_path):
    pytest.importorskip("ezc3d")
    at = sets.places(TRUTH)
    sets.write_c3d(tmp_path / "a.c3d", {f"Ann:{name}": at[name] for name in at if name not in ("pelvis", "thorax")})
    names = {name: f"Ann:{name}" for name in at if name not in ("pelvis", "thorax")}
    clip = read_motion(tmp_path / "a.c3d", map=names)
    np.testing.assert_allclose(clip.xyz, TRUTH, atol=1e-4)


def test_two_people_in_one_c3d(tmp_path):
    pytest.importorskip("ezc3d")
    ann, ben = sets.markers(TRUTH), sets.markers(TRUTH + sets.by(1, 0, 0))
    both = {f"Ann:{k}": v for k, v in ann.items()} | {f"Ben:{k}": v for k, v in ben.items()} | {"*7": ann["C7"]}
    sets.write_c3d(tmp_path / "duet.c3d", both)
    with pytest.raises(ValueError, match="holds 2 takes; choose take from duet_Ann, duet_Ben"):
        read_motion(tmp_path / "duet.c3d")
    one, other = (read_motion(tmp_path / "duet.c3d", take=f"duet_{who}") for who in ("Ann", "Ben"))
    assert one.group == other.group == "duet"
    np.testing.assert_allclose(other.xyz - one.xyz, np.broadcast_to([1.0, 0, 0], TRUTH.shape), atol=1e-4)


def test_short_gaps_of_markers_are_filled_and_long_ones_told(tmp_path):
    pytest.importorskip("ezc3d")
    points = sets.markers(TRUTH)
    points["LKNE"] = points["LKNE"].copy()
    points["LKNE"][20:27] = np.nan  # 7 frames of 30 a second
    sets.write_c3d(tmp_path / "a.c3d", points)
    assert error(read_motion(tmp_path / "a.c3d"), "plug-in gait") < 0.01
    points["LKNE"][20:30] = np.nan
    sets.write_c3d(tmp_path / "a.c3d", points)
    with pytest.raises(ValueError, match=r"marker LKNE is missing for 0\.33 s from 0\.67 s on"):
        read_motion(tmp_path / "a.c3d")


def test_missing_markers_are_named(tmp_path):
    pytest.importorskip("ezc3d")
    points = sets.markers(TRUTH)
    del points["RASI"]
    sets.write_c3d(tmp_path / "a.c3d", points)
    with pytest.raises(ValueError, match=r"markers miss RASI or RFWT.*The file has C7, STRN"):
        read_motion(tmp_path / "a.c3d")


def test_an_unnamed_array_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", xyz=TRUTH, fps=30)
    with pytest.raises(ValueError, match="does not name its skeleton"):
        read_motion(tmp_path / "a.npz")
    np.testing.assert_allclose(read_motion(tmp_path / "a.npz", skeleton="h36m17").xyz, TRUTH, atol=1e-4)
    np.savez(tmp_path / "a.npz", xyz=TRUTH, skeleton="h36m17")
    with pytest.raises(ValueError, match="frames per second"):
        read_motion(tmp_path / "a.npz")
    assert read_motion(tmp_path / "a.npz", rate=24).fps == 24


def test_formats_are_told_by_content(tmp_path):
    np.savez(tmp_path / "other.npz", points=TRUTH)
    sets.write_npz(tmp_path / "mine.npz", TRUTH)
    (tmp_path / "keypoints.pkl").write_bytes(b"\x80\x04}keypoints2d")
    (tmp_path / "index.json").write_text("{}")
    found = {p.name: format_of(p) for p in tmp_path.iterdir()}
    assert found == {"other.npz": None, "mine.npz": "npz", "keypoints.pkl": None, "index.json": None}
    with pytest.raises(ValueError, match="format None is not known; choose from bvh, c3d"):
        read_motion(tmp_path / "other.npz")
