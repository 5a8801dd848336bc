import gzip
import json
import os
import pickle

import motion_sets as sets
import numpy as np
import pytest

from dance3d.io import gzip_files
from dance3d.io.motion_files import read_motion

TRUTH = sets.figure()
TEXT = sets.bvh_text(sets.tool_joints(sets.figure(3), "vicon"))
HEAD = TEXT.split("MOTION")[0]
CHANNELS = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"


def deep(levels):
    return "HIERARCHY\n" + "ROOT a\n{\nOFFSET 0 0 0\n" * levels + "}\n" * levels + "MOTION\nFrames: 1\nFrame Time: 1\n0"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEXT[: len(HEAD) // 2], "cut short: it has no MOTION"),
        (TEXT[: len(HEAD) + 60], r"line 99: holds \d+ numbers, expected the 108 of a frame"),
        (TEXT.replace("CHANNELS 6", "CHANNELS 7", 1), "7 channels are declared, 6 different"),
        (TEXT.replace("CHANNELS 6", "CHANNELS 999999999", 1), "999999999 channels are declared"),
        (TEXT.replace(CHANNELS, CHANNELS.replace("Yposition", "Xposition"), 1), "6 channels are declared, 5 different"),
        (TEXT.replace("Frames: 3", "Frames: three"), "line 97: 'Frames: three' cannot be read"),
        (HEAD + "MOTION\nFrames: 0\nFrame Time: 0.03\n", "line 99: holds nothing"),
        (TEXT.replace("Frame Time: 0.0333333", "Frame Time: 0"), "line 98: a frame lasts 0 s"),
        (TEXT.replace("OFFSET 0.000000", "OFFSET nan", 1), "not finite"),
        (TEXT.replace("OFFSET 0.000000", "OFFSET 1e300", 1), "too far"),
        (
            HEAD + "MOTION\nFrames: 1\nFrame Time: 0.03\n" + "nan " * 108,
            r"line \d+: holds no finite numbers",
        ),
        (deep(100_000), "more than 1000 joints"),
        (TEXT.replace("JOINT Neck", "JOINT LeftArm"), "2 joints named 'LeftArm'"),
        (TEXT.replace("HIERARCHY", ""), "no HIERARCHY"),
        ("", "no MOTION"),
    ],
)
def test_bvh(tmp_path, text, says):
    (tmp_path / "a.bvh").write_text(text)
    with pytest.raises(ValueError, match=says):
        read_motion(tmp_path / "a.bvh")


def test_a_joint_may_be_named_motion(tmp_path):
    (tmp_path / "a.bvh").write_text(TEXT.replace("ROOT Hips", "ROOT MOTION"))
    assert read_motion(tmp_path / "a.bvh").xyz.shape == (3, 17, 3)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(gzip_files, "MOST_BYTES", 10**6)
    (tmp_path / "a.bvh.gz").write_bytes(gzip.compress(b" " * 10**7))
    with pytest.raises(ValueError, match="more than 1000000 bytes"):
        read_motion(tmp_path / "a.bvh.gz")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("ran",)


def npz(path, found):
    np.savez(path, positions_3d=np.array(found, dtype=object))


def pickled(path, found):
    path.write_bytes(pickle.dumps(found))


PICKLES = {
    "runs code": ("a.pkl", pickled, {"keypoints3d": Evil()}, "could run code"),
    "runs code in an archive": ("a.npz", npz, {"S1": {"Walking": Evil()}}, "could run code"),
    "other keys": ("a.pkl", pickled, {"x": 1, "y": "keypoints3d"}, "dictionary with x, y, expected"),
    "no dictionary": ("a.pkl", pickled, ["keypoints3d"], "holds list"),
    "no subjects": ("a.npz", npz, {"S1": 3}, "no positions_3d by subject"),
    "no numbers": ("a.pkl", pickled, {"keypoints3d": ["a"]}, "no array of numbers"),
    "16 joints": ("a.pkl", pickled, {"keypoints3d": np.zeros((5, 16, 3))}, "has 17 joints, the array has 16"),
    "two axes": ("a.npz", npz, {"S1": {"Walking": np.zeros((5, 32))}}, "has shape"),
    "NaN": ("a.pkl", pickled, {"keypoints3d": sets.coco(TRUTH) * np.nan}, "in no frame all there"),
    "infinite": ("a.pkl", pickled, {"keypoints3d": np.full((60, 17, 3), np.inf)}, "in no frame all there"),
    "nobody": ("a.pkl", pickled, {"keypoints3d": np.zeros((60, 17, 3))}, "the body is 0.00 m"),
    "no frame": ("a.pkl", pickled, {"keypoints3d": np.zeros((0, 17, 3))}, "has shape"),
}


@pytest.mark.parametrize("name", PICKLES)
def test_pickles(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    file, write, found, says = PICKLES[name]
    write(tmp_path / file, found)
    with pytest.raises(ValueError, match=says):
        read_motion(tmp_path / file, format="aist" if file.endswith("pkl") else None)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "header",
    ["", "[]", "3", "{}", '{"schema": 1, "kind": "MotionClip"}', '{"schema": 1, "kind": "MotionClip", "fps": "x"}'],
)
def test_saved_clips(tmp_path, header):
    np.savez(tmp_path / "a.npz", header=np.array(header), xyz=TRUTH)
    with pytest.raises(ValueError, match=r"a\.npz"):
        read_motion(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"skeleton": "h36m18"}, "skeleton 'h36m18' is not known"),
        ({"skeleton": "coco18"}, "has 18 joints, the array has 17"),
        ({"fps": 0}, "0.0 frames per second"),
        ({"fps": "fast"}, "fps is no number"),
        ({"unit": "ell"}, "unit is 'ell'"),
        ({"up": "w"}, "up is 'w'"),
        ({"xyz": np.full(TRUTH.shape, "a")}, "no array of numbers"),
        ({"xyz": TRUTH[:, :, :2]}, "has shape"),
    ],
)
def test_own_archives(tmp_path, more, says):
    np.savez(tmp_path / "a.npz", **({"xyz": TRUTH, "fps": 30, "skeleton": "h36m17"} | more))
    with pytest.raises(ValueError, match=says):
        read_motion(tmp_path / "a.npz")


def ballroom(**change):
    good = {"skeletons": np.zeros((3, 23, 3)).tolist(), "center": np.zeros((3, 3)).tolist()}
    return json.dumps(good | change)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 200_000, "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ('{"center": []}', "expected skeletons and center"),
        (ballroom(center=[[0, 0]]), "do not fit"),
        (ballroom(skeletons=[[0, 0], [1]]), "no array of numbers"),
        (ballroom(skeletons=np.zeros((3, 22, 3)).tolist()), "23 joints, the array has 22"),
        (ballroom(skeletons=np.full((3, 23, 3), np.nan).tolist()), "in no frame all there"),
    ],
)
def test_ballroom(tmp_path, text, says):
    (tmp_path / "skeletons.json").write_text(text)
    with pytest.raises(ValueError, match=says):
        read_motion(tmp_path / "skeletons.json")


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "left_hip: !!python/object/apply:os.mkdir [ran]", "[" * 1500])
def test_maps(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.bvh").write_text(TEXT)
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"map\.yaml"):
        read_motion(tmp_path / "a.bvh", map=tmp_path / "map.yaml")
    assert not (tmp_path / "ran").exists()


def test_what_the_caller_says_is_checked(tmp_path):
    (tmp_path / "a.bvh").write_text(TEXT)
    for given, says in (
        ({"unit": "furlong"}, "unit is 'furlong'; choose from m, cm"),
        ({"unit": -1.0}, "unit is -1.0"),
        ({"up": "w"}, "up is 'w'; choose from x, y"),
        ({"fps": 0}, "fps is 0"),
        ({"format": "fbx"}, "format 'fbx' is not known; choose from bvh"),
    ):
        with pytest.raises(ValueError, match=says):
            read_motion(tmp_path / "a.bvh", **given)
    with pytest.raises(ValueError, match="no such file"):
        read_motion(tmp_path / "b.bvh")
