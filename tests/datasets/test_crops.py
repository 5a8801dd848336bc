"""People cut out of pictures, and folders of them."""

import cv2
import numpy as np
import pytest

from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment
from dance3d.datasets.crop import MARGIN, cut
from dance3d.datasets.crop_folder import IMAGE, INDEX, Crops, CropWriter
from dance3d.geometry.projection import look_at

SIZE = 64
DISTORTION = np.array([-0.25, 0.08, 0.002, -0.001, 0.01])
EXTRINSICS = look_at(np.array([1.0, 1.4, 4.0]), np.array([0.4, 1.0, 0.0]))
POINTS = np.array([[0.0, 1.0, 0.0], [0.5, 1.6, 0.2], [-0.3, 0.4, -0.3]])


def scene(width=640, height=480, distortion=DISTORTION, points=POINTS):
    """A picture with a white disc at every point of the world, and the mask of a person around them all."""
    matrix = np.array([[520.0, 0, width / 2 + 7], [0, 530.0, height / 2 - 5], [0, 0, 1]])
    turn, _ = cv2.Rodrigues(EXTRINSICS[:, :3])
    at = cv2.projectPoints(points, turn, EXTRINSICS[:, 3], matrix, distortion)[0][:, 0]
    y, x = np.mgrid[:height, :width] + 0.5
    discs = ((x[..., None] - at[:, 0]) ** 2 + (y[..., None] - at[:, 1]) ** 2 < 16).any(-1)
    mask = np.zeros((height, width), bool)
    (left, top), (right, bottom) = at.min(0).astype(int) - 8, at.max(0).astype(int) + 8
    mask[max(top, 0) : bottom, max(left, 0) : right] = True
    picture = np.repeat(discs[..., None].astype(np.uint8) * 255, 3, -1)
    return picture, mask, Lens(matrix, EXTRINSICS, distortion)


def seen(crop, points=POINTS):
    local = points @ crop.extrinsics[:, :3].T + crop.extrinsics[:, 3]
    return local[:, :2] / local[:, 2:] * crop.focal + len(crop.mask) / 2


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("frame", [(640, 480), (480, 640)])
@pytest.mark.parametrize("distortion", [DISTORTION, np.zeros(0)])
def test_points_of_the_world_lie_where_the_crops_camera_sees_them(size, frame, distortion):
    picture, mask, lens = scene(*frame, distortion=distortion)
    crop = cut(picture, mask, lens, size)
    y, x = np.mgrid[:size, :size] + 0.5
    for place in seen(crop):
        near = np.hypot(x - place[0], y - place[1]) < size / 12
        weight = crop.image[..., 0] * near
        middle = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
        assert np.linalg.norm(middle - place) < 0.5
    assert np.allclose(crop.turn @ EXTRINSICS, crop.extrinsics) and np.linalg.det(crop.turn) == pytest.approx(1)


def test_the_person_is_in_the_middle_and_as_large_as_the_margin_says():
    picture, mask, lens = scene(distortion=np.zeros(0))
    crop = cut(picture, mask, lens, SIZE)
    rows, columns = np.flatnonzero(crop.mask.any(1)), np.flatnonzero(crop.mask.any(0))
    assert abs(rows.mean() + 0.5 - SIZE / 2) < 1.5 and abs(columns.mean() + 0.5 - SIZE / 2) < 1.5
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(SIZE / MARGIN, abs=2)


def test_a_person_at_the_edge_of_the_picture_has_black_beyond_it():
    _, mask, lens = scene()
    mask[:], mask[100:400, 500:] = False, True
    crop = cut(np.full((480, 640, 3), 40, np.uint8), mask, lens, SIZE)
    assert crop.mask.any() and not crop.mask[:, -9:].any()
    assert (crop.image[:, -3:] == 0).all() and (crop.image[:, :9] == 40).all()


def test_a_mask_that_cannot_be_cut_is_named():
    picture, mask, lens = scene()
    with pytest.raises(ValueError, match="empty: nobody to cut out"):
        cut(picture, np.zeros_like(mask), lens, SIZE)
    with pytest.raises(ValueError, match=r"mask has shape \(480, 639\), the picture \(480, 640\)"):
        cut(picture, mask[:, :-1], lens, SIZE)


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
