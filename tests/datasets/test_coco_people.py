import json

import cv2
import numpy as np
import pytest

from dance3d.datasets.coco_people import BOX_AREA, read_people
from dance3d.skeleton import COCO17

AIC = ["Right Shoulder", "Left Shoulder", "Head top", "Neck", "Right Knee"]


def person(**changed):
    plain = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40],
             "keypoints": [11, 12, 2, 21, 22, 1, 31, 32, 2, 41, 42, 2, 0, 0, 0]}  # fmt: skip
    return plain | changed


def write(folder, *people, **changed):
    index = {
        "categories": [{"id": 1, "name": "person", "keypoints": AIC}, {"id": 2, "name": "cat"}],
        "images": [{"id": 7, "file_name": "a.png"}, {"id": 8, "file_name": "b.png"}],
        "annotations": list(people),
    } | changed
    for name in "ab":
        cv2.imwrite(str(folder / f"{name}.png"), np.zeros((60, 80, 3), np.uint8))
    (folder / "set.json").write_text(json.dumps(index))
    return folder / "set.json"


def test_joints_are_told_by_name_and_pictures_without_people_stay(tmp_path):
    cat = person(category_id=2, keypoints=[1])
    first, second = read_people(write(tmp_path, person(), person(area=50.0, iscrowd=1, keypoints=[]), cat))
    assert first.path == tmp_path / "a.png" and len(second.people.joints) == 0
    joints = first.people.joints
    assert joints.shape == (2, 17, 2) and np.isfinite(joints).all(-1).sum() == 2  # no head top, no neck, no knee
    assert joints[0, COCO17.index("right_shoulder")].tolist() == [11, 12]
    assert joints[0, COCO17.index("left_shoulder")].tolist() == [21, 22]
    assert first.people.boxes[0].tolist() == [10, 20, 40, 60]
    assert first.people.area.tolist() == [BOX_AREA * 1200, 50] and first.people.crowd.tolist() == [False, True]


def test_images_lie_beside_the_set_or_where_one_says(tmp_path):
    (tmp_path / "shown").mkdir()
    path = write(tmp_path, person())
    with pytest.raises(ValueError, match=r"a\.png, which is in none of .*shown"):
        read_people(path, tmp_path / "shown")
    for name in "ab":
        (tmp_path / f"{name}.png").rename(tmp_path / "shown" / f"{name}.png")
    assert read_people(path, tmp_path / "shown")[0].path == tmp_path / "shown" / "a.png"


@pytest.mark.parametrize(
    ("people", "changed", "said"),
    [
        ([person(bbox=[1, 2, 3])], {}, r"annotations\[0\].bbox is 3 values, expected 4 numbers"),
        ([person(bbox=[1, 2, 3, None])], {}, r"annotations\[0\].bbox\[3\] is missing"),
        ([person(bbox=[1, 2, -3, 4])], {}, r"annotations\[0\].bbox is .*-3"),
        ([person(), person(keypoints=[1, 2])], {}, r"annotations\[1\].keypoints is 2 values, expected 15 numbers"),
        ([person(keypoints=["x"] * 15)], {}, r"keypoints\[0\] is 'x'"),
        ([person(keypoints=[float("nan")] * 15)], {}, r"keypoints\[0\] is nan"),
        ([person(area=-1)], {}, r"area is -1"),
        ([person(image_id=9)], {}, r"annotations\[0\].image_id is 9"),
        ([person(image_id=None)], {}, r"annotations\[0\].image_id is missing"),
        ([7], {}, r"annotations\[0\] is 7, expected an object"),
        ([], {"images": [{"id": 1}]}, r"images\[0\].file_name is missing"),
        ([], {"images": None}, "images is missing"),
        ([], {"images": [{"id": 1, "file_name": "../a.png"}]}, "outside"),
        ([], {"categories": [{"id": 1, "name": "person"}]}, "none has keypoints"),
        ([], {"categories": [{"id": 1, "keypoints": ["wing"]}]}, "none has keypoints"),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_value(tmp_path, people, changed, said):
    with pytest.raises(ValueError, match=r"set\.json.*" + said):
        read_people(write(tmp_path, *people, **changed))


def test_no_object_is_no_set(tmp_path):
    (tmp_path / "set.json").write_text("[]")
    with pytest.raises(ValueError, match="no COCO set"):
        read_people(tmp_path / "set.json")


@pytest.mark.parametrize(("name", "pictures", "people"), [("aic", 3, 9), ("crowdpose", 2, 5)])
def test_the_real_sets(data_dir, name, pictures, people):
    found = read_people(data_dir / "people" / name / f"test_{name}.json")
    assert len(found) == pictures and sum(len(one.people.joints) for one in found) == people
