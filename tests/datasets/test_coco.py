import json

import cv2
import numpy as np
import pytest

from dance3d.datasets.coco import coco_joints, coco_moments, joint_columns, outline_mask
from dance3d.skeleton import COCO17, H36M17

SQUARE = [[2, 1, 6, 1, 6, 4, 2, 4]]


def compressed(lengths):
    """COCO's text of run lengths, letter by letter as its format tells."""
    text = ""
    for n, length in enumerate(lengths):
        value = length - (lengths[n - 2] if n > 2 else 0)
        while True:
            low, value = value & 31, value >> 5
            more = value != (-1 if low & 16 else 0)
            text += chr(48 + low + 32 * more)
            if not more:
                break
    return text


def write(folder, annotations, name="a.png"):
    cv2.imwrite(str(folder / "a.png"), np.full((8, 10, 3), 90, np.uint8))
    index = {
        "images": [{"id": 7, "file_name": name}],
        "categories": [{"id": 1, "name": "person"}, {"id": 3, "name": "car"}],
        "annotations": [{"id": n, "image_id": 7, "category_id": 1} | a for n, a in enumerate(annotations)],
    }
    (folder / "set.json").write_text(json.dumps(index))
    return folder


def test_runs_plain_and_compressed_are_the_same_mask():
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = cv2.resize(rng.random((5, 4)), (70, 90)) > 0.6
        flat = np.concatenate([[False], mask.T.ravel(), [False]])
        edges = np.flatnonzero(np.diff(flat.astype(int)))
        lengths = np.diff(np.concatenate([[0], edges, [mask.size]])).tolist()
        for counts in (lengths, compressed(lengths)):
            np.testing.assert_array_equal(outline_mask({"size": [90, 70], "counts": counts}, (90, 70)), mask)


def test_a_polygon_is_filled():
    mask = outline_mask(SQUARE, (8, 10))
    assert mask[1:4, 2:6].all() and mask.sum() <= 20  # its edge may take a pixel more
    two = outline_mask([*SQUARE, [8, 5, 9, 5, 9, 7, 8, 7]], (8, 10))
    assert two[6, 8] and two[2, 3] and not two[6, 3]


def test_every_person_is_a_moment(tmp_path):
    others = [{"category_id": 3, "segmentation": SQUARE}, {"iscrowd": 1, "segmentation": {"size": [8, 10]}}]
    runs = {"segmentation": {"size": [8, 10], "counts": [30, 20, 30]}}
    found = list(coco_moments(write(tmp_path, [{"segmentation": SQUARE}, *others, runs])))
    assert [(m.name, m.group, m.split) for m in found] == [("a-0", "a", "train"), ("a-3", "a", "train")]
    assert found[1].masks[0].sum() == 20 and found[1].pictures[0].shape == (8, 10, 3)


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        ({"size": [8, 10], "counts": [30, 20]}, "sum is 50"),
        ({"size": [10, 8], "counts": [80]}, "run lengths of a"),
        ({"size": [8, 10], "counts": [100, -20]}, "run lengths of a"),
        ({"size": [8, 10], "counts": "\x01"}, "the letter"),
        ({"size": [8, 10], "counts": "o" * 40 + "0"}, "too large"),
        ({"counts": [80]}, "'size'"),
        ([[1, 2, 3]], "reshape"),
    ],
)
def test_an_outline_that_cannot_be_read_is_named(tmp_path, outline, said):
    with pytest.raises(ValueError, match=f"annotation 0 cannot be read.*{said}"):
        list(coco_moments(write(tmp_path, [{"segmentation": outline}])))


@pytest.mark.parametrize(("name", "said"), [("../a.png", "outside its folder"), ("b.png", "in none of")])
def test_an_image_is_where_it_may_be(tmp_path, name, said):
    with pytest.raises(ValueError, match=said):
        list(coco_moments(write(tmp_path, [{"segmentation": SQUARE}], name)))


def test_the_real_people(data_dir):
    found = list(coco_moments(data_dir / "masks" / "coco"))
    index = json.loads((data_dir / "masks" / "coco" / "test_coco.json").read_text())
    area = {f"{a['id']}": a["area"] for a in index["annotations"]}
    assert len(found) == 14 and len({m.group for m in found}) == 4
    for moment in found:
        assert moment.masks[0].sum() == pytest.approx(area[moment.name.split("-")[1]], rel=0.1, abs=60)


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


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[:-9], "cannot be read as JSON"),
        (lambda text: "[" * 100_000, "nested too deeply"),
        (lambda text: text.replace('"images"', '"pictures"'), "lacks images, annotations or categories"),
        (lambda text: text.replace('"id": 7', '"no": 7'), "is damaged: KeyError 'id'"),
        (lambda text: text.replace('"image_id": 7', '"image_id": []'), "is damaged: TypeError"),
        (lambda text: text.replace('"name": "person"', '"title": "person"'), "is damaged: KeyError 'name'"),
        (lambda text: text.replace('"file_name"', '"file"'), "is damaged: KeyError 'file_name'"),
    ],
)
def test_a_damaged_set_is_named(tmp_path, change, says):
    path = write(tmp_path, [{"segmentation": SQUARE}]) / "set.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=says) as caught:
        list(coco_moments(path))
    assert str(path) in str(caught.value)


def test_joints_are_told_by_the_names_of_their_category():
    """As AI Challenger and CrowdPose write them: other joints in another order, some of which COCO has not."""
    names = ["Right Shoulder", "Left Shoulder", "Right Hip", "left_hip", "Neck", "head_top"]
    columns = joint_columns({"name": "person", "keypoints": names})
    assert [None if c is None else COCO17.joints[c] for c in columns] == [
        "right_shoulder", "left_shoulder", "right_hip", "left_hip", None, None,
    ]  # fmt: skip
    assert joint_columns({"name": "person"}) == list(range(17))
    points = [[10, 20, 2], [30, 20, 2], [12, 60, 1], [28, 60, 2], [20, 18, 2], [20, 0, 2]]
    joints = coco_joints({"keypoints": np.ravel(points).tolist(), "columns": columns})
    assert joints[H36M17.index("left_shoulder")].tolist() == [30, 20, 2]
    assert joints[H36M17.index("pelvis")].tolist() == [20, 60, 1] and np.isnan(joints[H36M17.index("left_knee")]).all()


@pytest.mark.parametrize(("name", "people"), [("aic", 9), ("crowdpose", 4)])
def test_sets_with_joints_of_their_own_are_read(data_dir, name, people):
    found = [m for m in coco_moments(data_dir / "people" / name / f"test_{name}.json") if m.joints is not None]
    assert len(found) == people
    for moment in found:
        assert np.isfinite(moment.joints[0]).all(1).sum() >= 5
