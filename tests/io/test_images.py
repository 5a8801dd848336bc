import cv2
import numpy as np
import pytest
from footage_sets import write_video

from dance3d.io.images import FilePictures, VideoPictures, assumed_lens, files, read_mask, read_picture, with_masks


def test_a_video_can_be_read_again_and_thinned(tmp_path):
    write_video(tmp_path / "a.mp4", [np.full((32, 32, 3), 20 * n, np.uint8) for n in range(7)])
    pictures = VideoPictures(tmp_path / "a.mp4", 3)
    for _ in range(2):
        found = [picture.mean() for picture in pictures]
        np.testing.assert_allclose(found, [0, 60, 120], atol=4)


def test_a_masker_that_loses_pictures_is_found_out(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((4, 4, 3), np.uint8))
    pictures = FilePictures((tmp_path / "a.png",) * 2)
    assert [mask.sum() for _, mask in with_masks(pictures, lambda p: (x[..., 0] < 1 for x in p))] == [16, 16]
    with pytest.raises(ValueError, match="shorter"):
        list(with_masks(pictures, lambda _: [np.ones((4, 4), bool)]))


def test_pictures_are_rgb_and_names_may_be_any(tmp_path):
    path = tmp_path / "Tänzerin 舞.png"
    path.write_bytes(cv2.imencode(".png", np.uint8([[[1, 2, 3]]]))[1].tobytes())
    assert read_picture(path).tolist() == [[[3, 2, 1]]]


def test_masks_are_white_or_labels(tmp_path):
    for values, expected in (([0, 100, 130, 255], [0, 0, 1, 1]), ([0, 1, 2, 0], [0, 1, 1, 0]), ([0, 0], [0, 0])):
        cv2.imwrite(str(tmp_path / "m.png"), np.uint8([values]))
        assert read_mask(tmp_path / "m.png").tolist() == [[bool(v) for v in expected]]
    cv2.imwrite(str(tmp_path / "m.png"), np.uint8([[0, 100, 130, 255]]))
    assert read_mask(tmp_path / "m.png", 131).tolist() == [[False, False, False, True]]


@pytest.mark.parametrize("content", [b"", b"no image"])
def test_what_is_no_image_is_said(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.png cannot be read as an image"):
        read_picture(tmp_path / "a.png")


def test_files_are_counted_as_readers_count(tmp_path):
    for name in ("10.png", "9.PNG", ".8.png", "a.txt", "b2.jpg", "b10.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in files(tmp_path, (".png", ".jpg"))] == ["9.PNG", "10.png", "b2.jpg", "b10.jpg"]


def test_the_assumed_camera_sees_47_degrees():
    lens = assumed_lens(np.zeros((100, 200, 3), np.uint8))
    assert np.rad2deg(2 * np.arctan(100 / lens.matrix[0, 0])) == pytest.approx(47)
    assert lens.matrix[:2, 2].tolist() == [100, 50] and lens.extrinsics.tolist() == np.eye(3, 4).tolist()
