import numpy as np
import pytest

from dance3d.io.mocap import is_held_out, load_motion
from dance3d.io.motion_files.catalogue import group
from dance3d.skeleton import H36M17


@pytest.mark.parametrize("genre", ["modern", "indian"])
def test_equals_the_protocol_tool(data_dir, lift_protocol, genre):
    folder = data_dir / "mocap" / "cmu" / genre
    clips, expected = load_motion(folder), lift_protocol.load_folder(folder)
    assert [c.name for c in clips] == sorted(expected)
    for clip in clips:
        assert clip.genre == genre and clip.fps == pytest.approx(30, abs=0.1)
        np.testing.assert_allclose(clip.xyz, expected[clip.name], atol=1e-5)


def test_left_is_left_and_up_is_up(data_dir):
    xyz = load_motion(data_dir / "mocap" / "cmu" / "indian")[0].xyz
    at = {name: xyz[:, i] for i, name in enumerate(H36M17.joints)}
    assert (at["head"][:, 1] > at["left_ankle"][:, 1]).mean() > 0.99
    across, up = at["left_hip"] - at["right_hip"], at["thorax"] - at["pelvis"]
    forward = np.cross(across, up)
    assert ((at["nose"] - at["thorax"]) * forward).sum(-1).mean() > 0
    assert np.percentile(np.minimum(at["left_ankle"][:, 1], at["right_ankle"][:, 1]), 5) == pytest.approx(0.08)


def test_groups_and_held_out_takes():
    assert group("salsa_01") == group("salsa_16") == "salsa_01" and group("salsa_15") == group("salsa_30")
    assert group("05_03") == "05" and group("martial_04") == "martial_04" and group("mine") == "mine"
    assert all(map(is_held_out, ["05_01", "05_20", "salsa_13", "salsa_28"]))
    assert not any(map(is_held_out, ["salsa_12", "06_05", "martial_05", "my_05_01"]))


def test_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="holds no motion"):
        load_motion(tmp_path)
    lines = ["HIERARCHY", "ROOT a", "{", "OFFSET 0 0 0", "CHANNELS 1 Xposition", "}", "MOTION", "Frames: 60"]
    (tmp_path / "a.bvh").write_text("\n".join([*lines, "Frame Time: 0.0333", *["0"] * 60]))
    with pytest.raises(ValueError, match="no naming known fits"):
        load_motion(tmp_path)
