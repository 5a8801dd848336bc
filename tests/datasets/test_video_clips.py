import numpy as np
import pytest
from camera_sets import DISTORTION, EXTRINSICS, NAMES, write_set
from footage_sets import write_video

from dance3d.datasets.video_clips import multiview_moments, video_moments


def bright(pictures):
    return (picture[..., 0] > 128 for picture in pictures)


def film(path, frames, bright_from=0):
    pictures = [np.zeros((32, 48, 3), np.uint8) for _ in range(frames)]
    for n, picture in enumerate(pictures):
        picture[8:24, 8 + n : 16 + n] = 255 * (n >= bright_from)
    write_video(path, pictures)


def test_a_video_and_a_folder_of_videos(tmp_path):
    film(tmp_path / "b.mp4", 5)
    film(tmp_path / "a.avi", 2)
    found = list(video_moments(tmp_path / "b.mp4", bright, every=2, split="val"))
    assert [(m.name, m.group, m.split, m.frame) for m in found] == [("b", "b", "val", n) for n in (0, 2, 4)]
    np.testing.assert_allclose([np.argwhere(m.masks[0])[:, 1].mean() for m in found], [11.5, 13.5, 15.5], atol=0.3)
    assert [(m.name, m.frame) for m in video_moments(tmp_path, bright, 2)] == [("a", 0), *(("b", n) for n in (0, 2, 4))]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no video"):
        next(video_moments(tmp_path / "empty", bright))


def test_cameras_that_stop_apart(tmp_path):
    write_set(tmp_path)
    for n, name in enumerate(NAMES):
        film(tmp_path / "videos" / f"{name}.mp4", 4 - n % 2, bright_from=n)
    found = list(multiview_moments(tmp_path, bright))
    assert [m.frame for m in found] == [0, 1, 2] and {m.group for m in found} == {tmp_path.name}
    assert [[bool(mask.any()) for mask in m.masks] for m in found] == [[n >= c for c in range(4)] for n in range(3)]
    np.testing.assert_allclose([lens.extrinsics for lens in found[0].lenses], EXTRINSICS, atol=1e-9)
    np.testing.assert_allclose(found[0].lenses[2].distortion, DISTORTION)
