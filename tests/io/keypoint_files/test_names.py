"""Which joint is which: by name, by a map, by the caller's word; and which take, where there are several."""

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import COCO, FPS, H36M, SIZE, check, one

from dance3d.io.keypoint_files import names, read


def test_names_are_read_in_every_spelling_or_mapped(tmp_path):
    for i, spell in enumerate((str, write.camel, write.behind, str.title, lambda n: n.replace("_", ""))):
        check(one(read(write.deeplabcut(tmp_path / f"{i}.csv", spell=spell), size=SIZE, fps=FPS)))
    numbered = write.deeplabcut(
        tmp_path / "n.csv", spell=lambda n: {"left_knee": "knee1", "right_knee": "knee2"}.get(n, n)
    )
    with pytest.raises(ValueError, match=r"knee1.*which are left_knee, right_knee\?"):
        read(numbered, size=SIZE, fps=FPS)
    check(one(read(numbered, size=SIZE, fps=FPS, skeleton={"left_knee": "knee1", "right_knee": "knee2"})))
    for given, why in (
        ({"left_knee": "knee9"}, "no 'knee9'"),
        ({"tail": "knee1"}, "'tail' is no joint"),
        ({"left_knee": "knee1", "right_knee": "knee1"}, "two joints"),
        ("h36m99", "h36m99"),
    ):
        with pytest.raises(ValueError, match=why):
            read(numbered, size=SIZE, fps=FPS, skeleton=given)
    both = write.deeplabcut(tmp_path / "b.csv", spell=lambda n: "LKnee" if n == "left_ankle" else n)
    with pytest.raises(ValueError, match="'left_knee' and 'LKnee' both mean left_knee"):
        read(both, size=SIZE, fps=FPS)


@pytest.mark.parametrize(
    ("name", "joint"),
    [("nose", "nose"), ("r_hip", "right_hip"), ("RHip", "right_hip"), ("rhip", "right_hip"), ("Hip.R", "right_hip"),
     ("hip left", "left_hip"), ("HEAD", "head"), ("headTop", "head"), ("lear", "left_ear"), ("hip", None),
         ("rightEar", "right_ear"), ("lefthip", "left_hip"), ("ear", None),
     ("knee1", None), ("left right knee", None), ("left_big_toe", "left_big_toe"), ("heel.L", "left_heel"),
     ("left_toe", None), ("left_eye_inner", None), ("", None)],
)  # fmt: skip
def test_what_a_name_means(name, joint):
    assert names.joint_of(name) == joint


def test_an_unnamed_array_of_17_joints_is_never_guessed(tmp_path):
    said = {"size": SIZE, "fps": FPS}
    bare = write.videopose3d(tmp_path / "k.npz", layout=None, keypoints_symmetry=None)
    with pytest.raises(ValueError, match=r"does not name its joints' layout.*coco17, h36m17"):
        read(bare, **said)
    check(one(read(bare, skeleton="coco17", **said)))
    sides = write.videopose3d(tmp_path / "s.npz", H36M, layout=None, keypoints_symmetry=write.SYMMETRY["h36m"])
    check(one(read(sides, **said)))
    other = write.videopose3d(tmp_path / "o.npz", H36M, "coco", keypoints_symmetry=write.SYMMETRY["h36m"])
    with pytest.raises(ValueError, match="symmetry is another's"):
        read(other, **said)
    nameless = write.mmpose(tmp_path / "m.json", meta={})
    with pytest.raises(ValueError, match="17 joints need a known skeleton"):
        read(nameless, **said)
    with pytest.raises(ValueError, match="16 joints need a known skeleton"):
        read(write.alphapose(tmp_path / "mpii.json", COCO[:16]), **said)
    with pytest.raises(ValueError, match="17 joints, skeleton halpe26 has 26"):
        read(write.alphapose(tmp_path / "a.json"), skeleton="halpe26", **said)


def test_one_of_several_takes_is_chosen_by_name(tmp_path):
    track = np.stack([write.body(COCO, t)[:, :2] for t in range(3)])
    takes = {"S1": {"Walking": [track, track + 9], "Eating 1": [track + 20]}, "S5": {"Walking": [track + 30]}}
    path = write.videopose3d(tmp_path / "k.npz", takes=takes)
    said = {"size": SIZE, "fps": 50}
    check(one(read(path, take="S1/Walking/0", **said)))
    check(one(read(path, take="S1/Walking/1", **said)) - 9)
    check(one(read(path, take="S5", **said)) - 30)
    for take, why in ((None, "S1/Walking/0, S1/Walking/1, S1/Eating"), ("S1/Walk", "no take"), ("S1", "several takes")):
        with pytest.raises(ValueError, match=why):
            read(path, take=take, **said)
    dance = write.aist(tmp_path / "k.pkl")
    check(one(read(dance, take="c03")) - (200, 0))
    with pytest.raises(ValueError, match=r"several takes.*c01, c02"):
        read(dance)


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_every_protocol(tmp_path, protocol):
    check(one(read(write.aist(tmp_path / "k.pkl", cameras=1, protocol=protocol), "aist")))


def test_a_pickle_of_python_2(tmp_path):
    """Texts are bytes there, and the array's content is one of them."""
    array = np.stack([[write.body(COCO, t) for t in range(3)]])
    content, shape = array.tobytes(), b"".join(b"K" + bytes([n]) for n in array.shape)
    path = tmp_path / "k.pkl"
    path.write_bytes(
        b"\x80\x02}q\x00U\x0bkeypoints2dq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85"
        b"q\x04U\x01bq\x05\x87q\x06Rq\x07(K\x01(" + shape + b"tq\x08cnumpy\ndtype\nq\x09"
        b"U\x02f8q\x0aK\x00K\x01\x87q\x0bRq\x0c("
        b"K\x03U\x01<q\x0dNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0eb\x89T"
        + len(content).to_bytes(4, "little") + content + b"q\x0ftq\x10bs."
    )  # fmt: skip
    check(one(read(path)))
