import cv2
import numpy as np
import pytest

from dance3d.datasets.image_folder import image_moments


def write(path, value, shape=(20, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full(shape, value, np.uint8))


def test_pictures_and_masks_of_two_people(tmp_path):
    for n in range(1, 4):
        write(tmp_path / "rgb" / f"{n}.jpg", 50 * n)
        write(tmp_path / "mask" / "01" / f"{n}.png", 255)
    write(tmp_path / "mask" / "02" / "2.png", 255)
    found = list(image_moments(tmp_path))
    assert [(m.name.removeprefix(tmp_path.name), m.frame) for m in found] == [
        (f"-{person}", frame) for person in ("01", "02") for frame in range(3)
    ]
    assert [m.masks[0].mean() for m in found] == [1, 1, 1, 0, 1, 0]  # who has no mask is not seen
    assert {m.group for m in found} == {tmp_path.name} and {m.split for m in found} == {"train"}
    assert [round(m.pictures[0].mean()) for m in found[:3]] == [50, 100, 150]


def test_masks_beside_the_pictures(tmp_path):
    write(tmp_path / "a.jpg", 80)
    write(tmp_path / "a_mask.png", 255)
    write(tmp_path / "b.jpg", 90)
    found = list(image_moments(tmp_path, split="test"))
    assert [m.masks[0].mean() for m in found] == [1, 0] and {m.split for m in found} == {"test"}


def test_a_masker_goes_before_masks_and_frames_are_counted(tmp_path):
    for n in range(5):
        write(tmp_path / f"{n}.png", 10 * n)
    found = list(image_moments(tmp_path, lambda pictures: (p[..., 0] >= 20 for p in pictures), every=2))
    assert [m.frame for m in found] == [0, 2, 4] and [m.masks[0].mean() for m in found] == [0, 1, 1]


def test_what_is_wrong_is_said(tmp_path):
    with pytest.raises(ValueError, match="holds no image"):
        list(image_moments(tmp_path))
    write(tmp_path / "rgb" / "1.png", 50)
    with pytest.raises(ValueError, match="images without masks"):
        list(image_moments(tmp_path))
    write(tmp_path / "mask" / "1.png", 255, (20, 31))
    with pytest.raises(ValueError, match=r"1\.png has shape \(20, 31\), its picture \(20, 30\)"):
        list(image_moments(tmp_path))


def test_the_real_frames(data_dir):
    found = list(image_moments(data_dir / "masks" / "tennis", every=23))
    assert [m.frame for m in found] == [0, 23, 46, 69]
    assert all(0.01 < m.masks[0].mean() < 0.3 and m.pictures[0].shape == (256, 448, 3) for m in found)
