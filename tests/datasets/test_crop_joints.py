"""Joints of crops: projected from true bodies, and carried from labelled pictures into the crops cut out of them."""

import json

import crop_sets
import cv2
import numpy as np
import pytest

from dance3d.datasets.coco import coco_joints, coco_moments
from dance3d.datasets.crop_folder import JOINTS, Crops, CropWriter, keypoints
from dance3d.skeleton import COCO17, H36M17


def test_joints_of_drawn_people_lie_on_them_and_sides_are_theirs(tmp_path):
    crops = Crops(crop_sets.shots(tmp_path, moments=4, views=2))
    xy, seen = keypoints(crops, np.arange(len(crops.image)))
    assert not (tmp_path / JOINTS).exists() and np.isfinite(xy).all()
    assert seen.mean() > 0.95, "nothing stands before the only dancer"
    for n, view in enumerate(xy):
        at = view[H36M17.indices("pelvis", "left_knee", "right_knee", "thorax")].astype(int)
        assert crops.mask[n][at[:, 1], at[:, 0]].mean() >= 0.75
        world = crops.truth[n // 2] if crops.moments[0]["views"] == 2 else crops.truth[n]
        local = world @ crops.extrinsics[n, :, :3].T + crops.extrinsics[n, :, 3]
        away = np.sign(np.diff(local[H36M17.indices("left_hip", "right_hip"), 0]))
        assert np.sign(np.diff(view[H36M17.indices("left_hip", "right_hip"), 0])) == away


def test_what_something_else_covers_is_not_seen(tmp_path):
    crops = Crops(crop_sets.shots(tmp_path, moments=2, views=1))
    crops.mask = np.array(crops.mask)
    xy, before = keypoints(crops, [1])
    knee = H36M17.index("left_knee")
    x, y = xy[0, knee].astype(int)
    crops.mask[1, y - 4 : y + 5, x - 4 : x + 5] = 0
    _, after = keypoints(crops, [1])
    assert before[0, knee] == 1 and after[0, knee] == 0


@pytest.fixture
def coco(tmp_path):
    """One picture of one labelled person, whose left wrist is a red spot, beside somebody without keypoints."""
    image = np.zeros((200, 300, 3), np.uint8)
    points = np.zeros((17, 3))
    for n, _ in enumerate(COCO17.joints):
        points[n] = (200 + 2 * n, 60 + 5 * n, 2)
    points[COCO17.index("left_wrist")] = (230.0, 140.0, 1)
    points[COCO17.index("right_ankle")] = 0
    cv2.circle(image, (230, 140), 3, (0, 0, 255), -1)
    cv2.imwrite(str(tmp_path / "one.png"), image)
    person = {"id": 7, "image_id": 1, "category_id": 1, "bbox": [190, 50, 60, 100], "area": 6000.0}
    person |= {"keypoints": points.ravel().tolist(), "num_keypoints": 16}
    other = {"id": 8, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 20, 0, 20, 30, 0, 30]]}
    index = {
        "images": [{"id": 1, "file_name": "one.png"}],
        "annotations": [person, other],
        "categories": [{"id": 1, "name": "person"}],
    }
    (tmp_path / "set.json").write_text(json.dumps(index))
    return tmp_path / "set.json"


def test_labels_of_a_coco_set_arrive_in_the_crops(coco, tmp_path):
    with CropWriter(tmp_path / "crops", 64) as writer:
        for moment in coco_moments(coco):
            writer.add(moment)
    crops = Crops(tmp_path / "crops")
    xy, seen = keypoints(crops, [0, 1])
    wrist, other, ankle = H36M17.indices("left_wrist", "right_wrist", "right_ankle")
    assert seen[0, wrist] == 0 and seen[0, other] == 1
    assert np.isnan(xy[0, ankle]).all() and np.isnan(xy[1]).all(), "what nobody labelled is not known"
    red = crops.image[0, ..., 0].astype(float)
    rows, columns = np.nonzero(red > 0.5 * red.max())
    assert np.abs(xy[0, wrist] - [columns.mean() + 0.5, rows.mean() + 0.5]).max() < 1.0
    assert crops.mask[0].any(), "the box stands for the outline"


def test_joints_that_coco_lacks_are_made_of_those_it_has():
    points = np.zeros((17, 3))
    for name, x in (("left_hip", 10.0), ("right_hip", 20.0), ("left_shoulder", 12.0)):
        points[COCO17.index(name)] = (x, 50.0, 2)
    points[COCO17.index("right_hip"), 2] = 1
    joints = coco_joints({"keypoints": points.ravel().tolist(), "num_keypoints": 3})
    assert joints[H36M17.index("pelvis")].tolist() == [15.0, 50.0, 1.0]
    assert np.isnan(joints[H36M17.index("thorax")]).all()
    assert coco_joints({"keypoints": [0] * 51, "num_keypoints": 0}) is None and coco_joints({}) is None
    with pytest.raises(ValueError, match="6 numbers of keypoints, expected 51"):
        coco_joints({"keypoints": [1] * 6})
