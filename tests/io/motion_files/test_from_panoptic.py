"""CMU Panoptic's archives of 3D bodies, made up here, and two real frames where they are."""

import numpy as np
import pytest
from panoptic_archives import NAME, archive, frame, standing
from real_samples import samples_in

from dance3d.datasets.mocap import load_motion, motion_files
from dance3d.io.motion_files import read_motion, read_takes
from dance3d.io.motion_files.from_panoptic import JOINTS
from dance3d.io.motion_files.take import ReadOptions
from dance3d.skeleton import H36M17


def test_everyone_is_a_take_in_metres_on_the_floor(tmp_path):
    frames = {}
    for number in range(100, 160):
        people = {0: standing(0.01 * number)} | ({7: standing(3.0)} if number != 130 else {})
        frames[f"body3DScene_{number:08d}.json"] = frame(number, people)
    path = archive(tmp_path / "170307_dance5" / NAME, {**frames, "readme.txt": b"no frame"})
    assert motion_files(tmp_path) == [path]
    one, other = load_motion(tmp_path)
    assert [one.name, other.name] == ["170307_dance5-0", "170307_dance5-7"] and one.group == other.group
    assert one.fps == 29.97 and len(one.xyz) == len(other.xyz) == 60  # a missing frame is filled
    at = dict(zip(H36M17.joints, one.xyz[0], strict=True))
    assert at["left_ankle"][1] == pytest.approx(0.08, abs=0.01) and 1.5 < at["head"][1] < 2
    assert at["left_shoulder"][0] - at["right_shoulder"][0] == pytest.approx(0.3, abs=1e-4)
    assert one.xyz[-1, 0, 0] - one.xyz[0, 0, 0] == pytest.approx(0.59, abs=1e-4)


def test_who_is_never_whole_is_left_out(tmp_path, caplog):
    half = np.where(np.isin(JOINTS, ("left_knee", "left_ankle"))[:, None], np.nan, standing(2.0))
    frames = {f"body3DScene_{n:08d}.json": frame(n, {0: standing(), 3: half}) for n in range(40)}
    path = archive(tmp_path / "band" / NAME, frames)
    assert [clip.name for clip in load_motion(tmp_path)] == ["band-0"] and "of person 3 hips, knees" in caplog.text
    with pytest.raises(ValueError, match="person 3"):
        read_takes(path, ReadOptions(strict=True))
    with pytest.raises(ValueError, match="are in no frame all there"):
        read_takes(
            archive(tmp_path / "alone" / NAME, {"body3DScene_00000000.json": frame(0, {3: half})}), ReadOptions()
        )


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ({}, "holds nobody, in 0 frames"),
        ({"body3DScene_00000001.json": b"{"}, "cannot be read as bodies of CMU Panoptic"),
        ({"body3DScene_00000001.json": b'{"bodies": [{"id": 0, "joints19": [1, 2]}]}'}, "cannot be read as bodies"),
        ({"body3DScene_00000001.json": b'{"bodies": [{"id": 0}]}'}, "cannot be read as bodies"),
        ({"body3DScene_00000001.json": b"[]"}, "cannot be read as bodies"),
        ({"body3DScene_00000001.json": b" " * (2**20 + 1)}, "larger than 1048576 bytes"),
        (
            {f"body3DScene_{n:08d}.json": frame(n, {0: standing()}) for n in (1, 99_999_999)},
            "holds more than 200000 frames",
        ),
        ({"body3DScene_00000001.json": frame(1, {0: standing()}).replace(b"hd_29_97", b"slow")}, "'slow' frames per"),
    ],
)
def test_what_is_no_such_archive_is_one_clear_error(tmp_path, frames, said):
    path = archive(tmp_path / NAME, frames)
    with pytest.raises(ValueError, match=said):
        read_motion(path)


def test_a_damaged_archive_is_refused(tmp_path):
    path = archive(tmp_path / NAME, {"body3DScene_00000001.json": frame(1, {0: standing()})})
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(ValueError, match="cannot be read as bodies"):
        read_motion(path)
    path.write_bytes(b"no tar")
    with pytest.raises(ValueError, match="cannot be read as bodies"):
        read_motion(path)


def test_real_people_stand_up_and_left_is_left(data_dir, tmp_path):
    """Two frames of a band, of whom one is seen whole: up, limbs, and the left side where the face says it is."""
    folder = samples_in(data_dir, "panoptic") / "160906_band1" / "hdPose3d_stage1_coco19"
    frames = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    path = archive(tmp_path / "160906_band1" / NAME, frames)
    whole = (1,)
    takes, _ = read_takes(path, ReadOptions())
    assert [take.name for take in takes] == [f"160906_band1-{person}" for person in whole]
    for take in takes:
        at = dict(zip(H36M17.joints, take.xyz[0].astype(float), strict=True))
        thigh = np.linalg.norm(at["left_knee"] - at["left_hip"])
        assert take.fps == 29.97 and 0.3 < thigh < 0.55 and at["head"][1] > at["thorax"][1] > at["pelvis"][1] + 0.2
        forward = np.cross(at["left_shoulder"] - at["right_shoulder"], [0.0, 1.0, 0.0])
        assert forward @ (at["nose"] - at["thorax"]) > 0, take.name
