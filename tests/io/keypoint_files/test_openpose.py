import json

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FPS, SIZE, check, one

from dance3d.contracts.detections import Detections
from dance3d.io.keypoint_files import read


def test_counts_of_people_may_change_from_frame_to_frame(tmp_path):
    path = write.openpose(tmp_path / "k", shifts=range(0, 130, 10))
    frame = json.loads((path / "clip_000000000001_keypoints.json").read_text())
    frame["people"].pop()
    write.text(path / "clip_000000000001_keypoints.json", frame)
    found = read(path, size=SIZE, fps=FPS)
    assert np.bincount(found.frame).tolist() == [13, 12, 13]


def test_missing_files_are_gaps_and_numbers_are_times(tmp_path):
    path = write.openpose(tmp_path / "k", frames=6, first=100)
    (path / "clip_000000000102_keypoints.json").unlink()
    write.text(path / "clip_000000000104_keypoints.json", {"version": 1.3, "people": []})
    found = read(path, size=SIZE, fps=FPS)
    assert found.frame.tolist() == [0, 1, 3, 5]
    np.testing.assert_allclose(found.time, np.arange(100, 106) / FPS)
    assert isinstance(read(write.openpose(tmp_path / "none", shifts=()), size=SIZE, fps=FPS), Detections)  # nobody


def test_alphapose_in_openposes_clothes(tmp_path):
    flat = [write.body(write.COCO_18, t).ravel().tolist() for t in range(3)]
    frames = {f"{t}.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": flat[t]}]} for t in range(3)}
    check(one(read(write.text(tmp_path / "k.json", frames), size=SIZE, fps=FPS)))


def folder(path, name, order=write.BODY_25, frames=12):
    """A folder under the names of another tool; frame 5 has nobody."""
    path.mkdir()
    for t in range(frames):
        people = [{"person_id": [-1], "pose_keypoints_2d": write.body(order, t).ravel().tolist()}] * (t != 5)
        write.text(path / name.format(t), {"version": 1.3, "people": people})
    return path


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("cam01.{:04d}.json", write.BODY_25),  # Pose2Sim
        ("walk_{:06d}.json", write.HALPE),  # Sports2D, rtmlib
        ("{}.json", write.BODY_25),  # 10 comes after 9
        ("take2_clip-{:012d}_keypoints.json", write.COCO_18),
    ],
)
@pytest.mark.parametrize("format", [None, "openpose"])
def test_content_tells_the_format_and_the_last_digits_the_frame(tmp_path, name, order, format):
    path = folder(tmp_path / "k", name, order)
    write.text(path / "settings.json", {"net": "v2"})
    found = read(path, format, size=SIZE, fps=FPS)
    assert isinstance(found, Detections) and len(found.time) == 12
    assert found.frame.tolist() == [t for t in range(12) if t != 5]
    check(found.xy[:3])
    np.testing.assert_allclose(found.xy[-1] - found.xy[0], np.broadcast_to([11, 0], (17, 2)), atol=1e-4)


def test_two_cameras_in_one_folder_are_a_question(tmp_path):
    path = folder(tmp_path / "k", "cam01.{:04d}.json")
    write.text(path / "cam02.0003.json", {"people": []})
    with pytest.raises(
        ValueError, match=r"'cam01\.0003\.json' and 'cam02\.0003\.json' are both frame 3; give a folder of one camera"
    ):
        read(path, size=SIZE, fps=FPS)


def test_names_without_numbers_are_told_how_they_should_be(tmp_path):
    (tmp_path / "k").mkdir()
    write.text(tmp_path / "k" / "walk.json", {"people": []})
    with pytest.raises(ValueError, match=r"0 numbered JSON files, .*clip_000000000012_keypoints\.json or 12\.json"):
        read(tmp_path / "k", "openpose", size=SIZE, fps=FPS)


def test_one_bad_file_or_body_costs_itself_and_a_warning(tmp_path, caplog):
    path = folder(tmp_path / "k", "{}.json", frames=40)
    write.text(path / "7.json", '{"people": [')
    odd = {"people": [{"pose_keypoints_2d": [1, 2, "x"]}, {"face": []}]}
    write.text(path / "9.json", odd)
    found = read(path, size=SIZE, fps=FPS)
    assert found.frame.tolist() == [t for t in range(40) if t not in (5, 7, 9)] and len(found.time) == 40
    assert "7.json: is not JSON, or is cut short" in caplog.text and "3 beside 37 bodies" in caplog.text
    with pytest.raises(ValueError, match=r"7\.json: is not JSON"):
        read(path, size=SIZE, fps=FPS, strict=True)


def test_a_hand_alone_is_nobody(tmp_path, caplog):
    path = folder(tmp_path / "k", "{}.json")
    write.text(path / "5.json", {"people": [{"pose_keypoints_2d": [], "hand_left_keypoints_2d": [1, 2, 0.5]}]})
    assert read(path, size=SIZE, fps=FPS).frame.tolist() == [t for t in range(12) if t != 5] and not caplog.text


def test_a_folder_of_cameras_asks_for_one(tmp_path):
    for camera in ("cam01_json", "cam02_json"):
        folder(tmp_path / camera, "{}.json", frames=2)
    with pytest.raises(ValueError, match="give one of its folders: cam01_json, cam02_json"):
        read(tmp_path, size=SIZE, fps=FPS)
