import json

import keypoint_writers as write
import numpy as np
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
