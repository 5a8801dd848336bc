"""Folders of crops."""

import json

import crop_sets
import cv2
import numpy as np
import pytest
from cut_people import scene

from dance3d.contracts.footage import Moment
from dance3d.datasets.coco import coco_moments
from dance3d.datasets.crop import cut
from dance3d.datasets.crop_folder import IMAGE, INDEX, JOINTS, Crops, CropWriter, keypoints
from dance3d.skeleton import COCO17, H36M17


def moment(frame, empty=(), views=2, truth=None):
    picture, mask, lens = scene(320, 240)
    masks = tuple(mask & (view not in empty) for view in range(views))
    return Moment("take", "group", "train", frame, (picture,) * views, masks, (lens,) * views, truth)


def test_what_is_written_is_read_and_empty_views_are_left_out(tmp_path):
    truth = np.arange(51.0).reshape(17, 3)
    with CropWriter(tmp_path / "new" / "folder", 16) as writer:
        assert [writer.add(m) for m in (moment(3, truth=truth), moment(4, empty=[0]), moment(5, empty=[0, 1]))] == [
            2,
            1,
            0,
        ]
    crops = Crops(tmp_path / "new" / "folder")
    assert [(line["frame"], line["first"], line["views"]) for line in crops.moments] == [(3, 0, 2), (4, 2, 1)]
    assert len(crops) == 2 and crops.image.shape == (3, 16, 16, 3) and crops.mask.any((1, 2)).all()
    assert np.array_equal(crops.truth[0], truth) and np.isnan(crops.truth[1]).all()
    picture, mask, lens = scene(320, 240)
    one = cut(picture, mask, lens, 16)
    assert np.array_equal(crops.image[2], one.image) and crops.focal[2] == one.focal
    assert np.array_equal(crops.extrinsics[2], one.extrinsics) and np.array_equal(crops.mask[2] > 0, one.mask)


def test_folders_stream_from_disk(tmp_path):
    with CropWriter(tmp_path, 16) as writer:
        writer.add(moment(0))
        first = (tmp_path / IMAGE).stat().st_size
        for frame in range(1, 40):
            writer.add(moment(frame, views=1))
        assert (tmp_path / IMAGE).stat().st_size > first, "what was written does not wait in memory"
    crops = Crops(tmp_path)
    assert all(isinstance(one, np.memmap) for one in (crops.image, crops.mask, crops.truth))


def test_a_folder_that_is_torn_or_none_is_named(tmp_path):
    with pytest.raises(ValueError, match=f"is no folder of crops: it has no {INDEX}"):
        Crops(tmp_path)
    with pytest.raises(KeyError), CropWriter(tmp_path, 16) as writer:
        writer.add(moment(0))
        raise KeyError("the disk is full")
    assert not (tmp_path / INDEX).exists(), "a torn one has no index"
    with CropWriter(tmp_path, 16) as writer:
        writer.add(moment(0))
    with (tmp_path / IMAGE).open("rb+") as file:
        file.truncate(100)
    with pytest.raises(ValueError, match="has 100 bytes, its index promises 1536"):
        Crops(tmp_path)


def test_a_crop_of_another_size_is_refused(tmp_path):
    with CropWriter(tmp_path, 32) as writer, pytest.raises(ValueError, match="expected 32 px"):
        writer.write([cut(*scene(), 16)], "take", "group", "train", 0)
    assert len(Crops(tmp_path)) == 0


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


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda index: "{", "cannot be read as JSON"),
        (lambda index: "[" * 100_000, "nested too deeply"),
        (lambda index: "[1]", "is no index of crops: TypeError"),
        (lambda index: json.dumps({**index, "size": 1e999}), "is no index of crops: OverflowError"),
        (lambda index: json.dumps({name: v for name, v in index.items() if name != "moments"}), "KeyError 'moments'"),
        (lambda index: json.dumps({**index, "moments": [3]}), "is no index of crops: TypeError"),
        (lambda index: json.dumps({**index, "moments": [{"name": "a", "first": 0, "views": 99}]}), "has crops beyond"),
    ],
)
def test_a_damaged_index_is_named(tmp_path, change, says):
    folder = crop_sets.invented(tmp_path / "crops", 2)
    path = folder / "index.json"
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(ValueError, match=says) as caught:
        Crops(folder)
    assert str(path) in str(caught.value)


def test_a_file_of_somebody_else_is_not_taken_for_crops(tmp_path):
    (tmp_path / "index.json").write_text("of my website")
    with pytest.raises(ValueError, match=r"index\.json is not of a folder of crops"):
        CropWriter(tmp_path, 16)
    assert (tmp_path / "index.json").read_text() == "of my website"
