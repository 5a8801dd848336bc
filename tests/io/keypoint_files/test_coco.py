import json

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import COCO, FIGURE, FPS, SIZE

from dance3d.io.keypoint_files import read
from dance3d.skeleton import H36M17


def test_missing_joints_and_wild_scores(tmp_path):
    wrist, knee, eye = COCO.index("left_wrist"), COCO.index("right_knee"), COCO.index("left_eye")
    points = write.body(COCO)
    points[wrist], points[knee, 2], points[eye, 2] = 0, 4.5, -1
    points[COCO.index("left_knee"), 2] = np.nan
    points[COCO.index("right_elbow"), 0] = np.nan
    path = write.text(tmp_path / "k.json", [{"image_id": 0, "keypoints": points.ravel().tolist()}])
    found = read(path, size=SIZE, fps=FPS)
    xy, score = (dict(zip(H36M17.joints, column[0], strict=True)) for column in (found.xy, found.score))
    assert np.isnan(xy["left_wrist"]).all() and np.isnan(xy["right_elbow"]).all()
    assert score["left_wrist"] == score["right_elbow"] == score["left_knee"] == 0
    assert score["right_knee"] == 1 and tuple(xy["left_knee"]) == FIGURE["left_knee"]


def test_marks_of_a_data_set_are_no_scores(tmp_path):
    data = json.loads(write.coco(tmp_path / "k.json", COCO).read_text())
    flat = data["annotations"][0]["keypoints"]
    for joint, v in (("left_wrist", 0), ("right_wrist", 1)):
        flat[3 * COCO.index(joint) + 2] = v
    found = read(write.text(tmp_path / "v.json", data), fps=FPS)
    score = dict(zip(H36M17.joints, found.score[0], strict=True))
    assert (score["left_wrist"], score["right_wrist"], score["left_knee"]) == (0, 0.5, 1)
    assert np.isnan(found.xy[0, H36M17.index("left_wrist")]).all()  # there was a position, but nobody marked it
    assert found.size == SIZE  # from the images


def test_a_real_coco_file(data_dir):
    path = data_dir / "masks" / "coco" / "test_coco.json"
    with pytest.raises(ValueError, match="size"):  # its pictures differ in size
        read(path, fps=1)
    found, data = read(path, size=(640, 640), fps=1), json.loads(path.read_text())
    assert len(found.time) == len(data["images"])
    marks = {tuple(m["keypoints"][3 * i : 3 * i + 2]) for m in data["annotations"] for i in [COCO.index("left_wrist")]}
    wrists = found.xy[:, H36M17.index("left_wrist")]
    assert np.isfinite(wrists).any() and {tuple(w) for w in wrists[np.isfinite(wrists).all(-1)].tolist()} <= marks
