import functools

import motion_sets as sets
import numpy as np
import pytest
from golden_figure import TRUTH, bvh, error, tool

from dance3d.io.motion_files import format_of, read_motion


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
    "amc": ("05_01.amc", sets.write_amc, 1e-4),
    "amc in radians": ("a.amc", functools.partial(sets.write_amc, degrees=False, order="ry rz rx"), 1e-4),
    "amc in metres": ("a.amc", functools.partial(sets.write_amc, length=0.0254), 1e-4),
    "plug-in gait": ("a.c3d", c3d, 0.01),
    "cmu markers": ("a.c3d", functools.partial(c3d, cmu=True, per_metre=1.0, units="m"), 0.01),
    "motive bones": ("a.csv", lambda path, xyz: sets.write_motive(path, sets.motive_bones(xyz)), 1e-4),
    "motive markers": ("a.csv", lambda path, xyz: sets.write_motive(path, sets.markers(xyz), "Marker"), 0.01),
    "aist": ("gBR_sBM_cAll_d04_mBR0_ch01.pkl", sets.write_aist, 1e-4),
    "videopose3d": ("data_3d_h36m.npz", sets.write_videopose3d, 1e-4),
    "ballroom": ("skeletons.json", sets.write_ballroom, 1e-4),
    "npz": ("a.npz", sets.write_npz, 1e-4),
    "clip": ("a.npz", sets.write_clip, 1e-4),
}
AMC = [name for name in FORMATS if name.startswith("amc")]


@pytest.mark.parametrize("name", FORMATS)
def test_reads_what_a_tool_wrote(tmp_path, name):
    file, write, allowed = FORMATS[name]
    write(tmp_path / file, TRUTH)
    clip = read_motion(tmp_path / file)
    assert clip.xyz.shape == TRUTH.shape
    assert error(clip, name) < allowed
    known = {"aist": 60.0, "videopose3d": 50.0, "ballroom": 25.0} | dict.fromkeys(AMC, 120.0)
    assert clip.fps == known.get(name, sets.FPS)


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


def test_formats_are_told_by_content(tmp_path):
    np.savez(tmp_path / "other.npz", points=TRUTH)
    sets.write_npz(tmp_path / "mine.npz", TRUTH)
    (tmp_path / "keypoints.pkl").write_bytes(b"\x80\x04}keypoints2d")
    (tmp_path / "index.json").write_text("{}")
    found = {p.name: format_of(p) for p in tmp_path.iterdir()}
    assert found == {"other.npz": None, "mine.npz": "npz", "keypoints.pkl": None, "index.json": None}
    with pytest.raises(ValueError, match="format None is not known; choose from bvh, amc, c3d"):
        read_motion(tmp_path / "other.npz")


def test_a_file_that_may_not_be_opened_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.pkl").write_bytes(b"x")
    (tmp_path / "b.csv").write_bytes(b"x")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    for name in ("a.pkl", "b.csv"):
        with pytest.raises(ValueError, match=f"{name} cannot be unpacked: .*Permission denied"):
            read_motion(tmp_path / name)
