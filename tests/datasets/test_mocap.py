import logging

import motion_sets as sets
import numpy as np
import pytest

from dance3d.datasets.mocap import load_motion, motion_files, source_files
from dance3d.io.motion_files import read_motion
from dance3d.skeleton import H36M17

LOW = H36M17.indices("pelvis", "spine", *(f"{side}_{joint}" for side in sets.SIDES for joint in sets.LIMBS[:3]))


@pytest.mark.parametrize("folder", ["modern", "indian"])
def test_equals_the_protocol_tool(data_dir, lift_protocol, folder):
    where = data_dir / "mocap" / "cmu" / folder
    clips, expected = load_motion(where), lift_protocol.load_folder(where)
    assert [c.name for c in clips] == sorted(expected)
    for clip in clips:
        assert clip.genre == folder and clip.fps == pytest.approx(30, abs=0.1)
        joints = list(range(17)) if clip.name.startswith("indian") else LOW  # the tool knows no bone of the thorax
        np.testing.assert_allclose(clip.xyz[:, joints], expected[clip.name][:, joints], atol=1e-5)


def joints(clip):
    """Places by name, float64."""
    return {name: clip.xyz[:, i].astype(float) for i, name in enumerate(H36M17.joints)}


def ahead(at):
    """(T, 3) where the hips face, level."""
    left = (at["left_hip"] - at["right_hip"]) * [1, 0, 1]
    return np.cross(left / np.linalg.norm(left, axis=-1, keepdims=True), [0, 1, 0])


def test_left_is_left_and_up_is_up(data_dir):
    at = joints(read_motion(data_dir / "mocap" / "cmu" / "indian" / "indian_04.bvh.gz", fps=30))
    assert (at["head"][:, 1] > at["left_ankle"][:, 1]).mean() > 0.99
    assert ((at["nose"] - at["thorax"]) * ahead(at)).sum(-1).mean() > 0
    assert np.percentile(np.minimum(at["left_ankle"][:, 1], at["right_ankle"][:, 1]), 5) == pytest.approx(0.08)


def test_bandai_walks_where_it_faces_and_raises_the_hand_it_says(data_dir):
    clips = load_motion(data_dir / "mocap" / "bandai")
    assert len(clips) == 40
    for clip in clips:
        at = joints(clip)
        high = {side: at[f"{side}_wrist"][:, 1].max() > 1.15 for side in sets.SIDES}
        what = clip.name.split("_")[1]
        assert 1.3 < np.median(at["head"][:, 1]) < 1.7
        if what.startswith(("walk", "run")):
            step = np.diff(at["pelvis"], axis=0) * [1, 0, 1]
            way = (step * ahead(at)[1:]).sum() / np.linalg.norm(step, axis=-1).sum()
            assert way > 0.95, clip.name
        else:
            assert high == {side: side in what or "both" in what for side in sets.SIDES}, clip.name


def test_ballroom_stands_on_its_feet_and_its_toes_point_ahead(data_dir):
    folder = data_dir / "mocap" / "ballroom"
    assert len(motion_files(folder)) == 26
    for name, of in (("DANCE_C_2", "cha-cha"), ("DANCE_W_9", "waltz")):
        clip = read_motion(folder / name / "skeletons.json.gz")
        at = joints(clip)
        assert (clip.fps, clip.genre, clip.group) == (25, of, f"ballroom_{name[6]}")
        assert 1.5 < np.median(at["head"][:, 1]) < 1.9 and 0.8 < np.median(at["pelvis"][:, 1]) < 1.1
        knees = (at["left_knee"] + at["right_knee"] - at["left_hip"] - at["right_hip"]) / 2  # bend forwards
        assert ((knees * ahead(at)).sum(-1) > 0).mean() > 0.7


def test_a_folder_of_everything(tmp_path, caplog):
    truth = sets.figure(90)
    (tmp_path / "hip-hop").mkdir()
    text = sets.bvh_text(sets.tool_joints(truth, "mixamo"), per_metre=100)
    (tmp_path / "hip-hop" / "Dancing.bvh").write_text(text)
    (tmp_path / "hip-hop" / "short.bvh").write_text(sets.bvh_text(sets.tool_joints(truth[:20], "mixamo"), 100))
    (tmp_path / "DANCE_T_5").mkdir()
    sets.write_ballroom(tmp_path / "DANCE_T_5" / "skeletons.json", truth)
    sets.write_aist(tmp_path / "gHO_sFM_cAll_d20_mHO5_ch12.pkl", truth)
    sets.write_videopose3d(tmp_path / "data_3d_h36m.npz", truth, [("S1", "Walking 1"), ("S9", "Posing")])
    sets.write_clip(tmp_path / "saved.npz", truth)
    np.savez(tmp_path / "other.npz", boxes=np.zeros(3))
    (tmp_path / "index.json").write_text("{}")
    (tmp_path / "motion.yaml").write_text("together: choreography\n")
    with caplog.at_level(logging.WARNING):
        clips = load_motion(tmp_path)
    found = {clip.name: (clip.group, clip.genre, clip.fps, len(clip.xyz)) for clip in clips}
    here = tmp_path.name
    assert found == {
        "DANCE_T_5": ("ballroom_T", "tango", 25.0, 90),
        "Dancing": ("Dancing", "hip-hop", 30.0, 89),  # the first frame of a BVH is often a T-pose
        "S1_Walking_1": ("S1", here, 25.0, 45),
        "S9_Posing": ("S9", here, 25.0, 45),
        "gHO_sFM_cAll_d20_mHO5_ch12": ("aist_gHO_sFM_ch12", "house", 30.0, 45),
        "mine": ("mine", "waltz", 30.0, 90),
    }
    assert caplog.text.count("2 takes: joints named as by humanik; assumed: unit cm, by a body 1.8 m tall") == 1
    assert source_files(tmp_path) == [*motion_files(tmp_path), tmp_path / "motion.yaml"]


def test_skeletons_are_sources_and_no_takes(tmp_path):
    sets.write_amc(tmp_path / "01_01.amc", sets.figure(130))
    [clip] = load_motion(tmp_path)
    assert clip.fps == 30.0 and len(clip.xyz) == 33
    assert source_files(tmp_path) == [tmp_path / "01_01.amc", tmp_path / "01.asf"]


def test_a_folder_says_what_its_files_do_not(tmp_path):
    truth = sets.figure(40)
    np.savez(tmp_path / "a.npz", xyz=truth * 39.37)
    (tmp_path / "motion.yaml").write_text("skeleton: h36m17\nrate: 30\nunit: inch\nup: y\n")
    [clip] = load_motion(tmp_path)
    np.testing.assert_allclose(clip.xyz, truth, atol=1e-3)
    for text, says in (
        ("fps: 25", r"motion\.yaml: fps are not known; choose from map, unit"),
        ("rate: fast", "rate is 'fast', expected frames"),
        ("unit: [cm]", r"unit is \['cm'\]; choose from m"),
        ("up: {y: 1}", "up is {'y': 1}; choose from x"),
        ("map: Hips", "map is 'Hips', expected joints"),
        ("skeleton: [3]\nrate: 30", r"skeleton \[3\] is not known"),
        ("skeleton: h36m17\nrate: 30\ntogether: [dancer]", r"together is \['dancer'\]; choose"),
    ):
        (tmp_path / "motion.yaml").write_text(text)
        with pytest.raises(ValueError, match=says):
            load_motion(tmp_path)


def test_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="holds no motion"):
        load_motion(tmp_path)
    lines = ["HIERARCHY", "ROOT a", "{", "OFFSET 0 0 0", "CHANNELS 1 Xposition", "}", "MOTION", "Frames: 60"]
    (tmp_path / "a.bvh").write_text("\n".join([*lines, "Frame Time: 0.0333", *["0"] * 60]))
    with pytest.raises(ValueError, match="no naming known fits"):
        load_motion(tmp_path)


def test_two_takes_of_one_name_are_refused(tmp_path):
    text = sets.bvh_text(sets.tool_joints(sets.figure(40), "vicon"))
    for folder in ("salsa", "tango"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "take.bvh").write_text(text)
    with pytest.raises(ValueError, match="has 2 takes named 'take'"):
        load_motion(tmp_path)


def damaged(folder):
    """Two good takes, one that miscounts its frames, and two that cannot be read."""
    for number, name in enumerate(("good1", "good2", "more", "cut")):
        text = sets.bvh_text(sets.tool_joints(sets.figure(60 + number), "mixamo"), per_metre=100)
        text = text.replace("Frames: 62", "Frames: 61") if name == "more" else text
        (folder / f"{name}.bvh").write_text(text[: text.index("MOTION")] if name == "cut" else text)
    (folder / "bad.c3d").write_bytes(b"\2\x50" + bytes(600))


def test_a_bad_take_costs_itself_and_a_warning(tmp_path, caplog):
    damaged(tmp_path)
    assert [len(clip.xyz) for clip in load_motion(tmp_path)] == [59, 60, 61]
    assert "line" in caplog.text and "says 61 frames, has 62" in caplog.text
    assert "2 of 5 files are left out" in caplog.text and "bad.c3d" in caplog.text and "cut.bvh" in caplog.text
    (tmp_path / "splits.yaml").write_text("val: [good1]\ntest: [cut]")  # the take is there, though it cannot be read
    assert [clip.split for clip in load_motion(tmp_path)] == ["val", "", ""]


def test_strict_refuses_what_would_be_left_out(tmp_path):
    damaged(tmp_path)
    with pytest.raises(ValueError, match=r"bad\.c3d is a damaged C3D file"):
        load_motion(tmp_path, strict=True)
    (tmp_path / "bad.c3d").unlink()
    (tmp_path / "cut.bvh").unlink()
    (tmp_path / "motion.yaml").write_text("strict: true")
    with pytest.raises(ValueError, match="says 61 frames, has 62"):
        load_motion(tmp_path)
    (tmp_path / "motion.yaml").write_text("strict: 7")
    with pytest.raises(ValueError, match="strict is 7, expected true or false"):
        load_motion(tmp_path)


def test_a_folder_of_which_nothing_can_be_read_is_an_error(tmp_path):
    (tmp_path / "a.bvh").write_text("HIERARCHY")
    with pytest.raises(ValueError, match=r"none of its 1 files can be read; the first: .*MOTION"):
        load_motion(tmp_path)


def test_of_a_take_with_gaps_the_longest_part_without_trains(tmp_path, caplog):
    truth = sets.figure(120)
    truth[60:70, H36M17.index("left_wrist")] = np.nan
    np.savez(tmp_path / "a.npz", xyz=truth, fps=30.0, skeleton="h36m17", unit="m", up="y")
    assert np.isnan(read_motion(tmp_path / "a.npz").xyz).any()
    (clip,) = load_motion(tmp_path)
    assert len(clip.xyz) == 60 and np.isfinite(clip.xyz).all()
    assert "take 'a' lacks joints at times; only its longest part without gaps is used, 0.00 to 2.00 s" in caplog.text
    with pytest.raises(ValueError, match=r"is missing for 0\.33 s from 2\.00 s on"):
        load_motion(tmp_path, strict=True)
