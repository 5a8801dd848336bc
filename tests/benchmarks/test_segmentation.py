import cv2
import numpy as np
import pytest

from dance3d.benchmarks import segmentation
from dance3d.benchmarks.segmentation import bench_foreground, iou, tennis


def test_the_overlap_of_masks_by_hand():
    one, other = np.zeros((2, 4, 4), bool)
    one[:2], other[1:3] = True, True
    assert iou(one, other) == pytest.approx(4 / 12) and iou(one, one) == 1
    assert iou(np.zeros((2, 2), bool), np.zeros((2, 2), bool)) == 1


def test_pictures_and_masks_are_paired_by_name(tmp_path):
    (tmp_path / "rgb").mkdir()
    (tmp_path / "mask" / "01").mkdir(parents=True)
    for number, name in enumerate(("b.png", "a.png")):
        cv2.imwrite(str(tmp_path / "rgb" / name), np.full((4, 6, 3), (0, 0, 100 * number), np.uint8))
        cv2.imwrite(str(tmp_path / "mask" / "01" / name), np.full((4, 6), 255 * number, np.uint8))
    pictures, masks = tennis(tmp_path)
    assert [picture[0, 0].tolist() for picture in pictures] == [[100, 0, 0], [0, 0, 0]]  # RGB, a before b
    assert [bool(mask.all()) for mask in masks] == [True, False]


def test_a_method_is_scored_on_the_clips_that_are_there(tmp_path, monkeypatch):
    pictures = [np.full((40, 60, 3), (30, 160, 60), np.uint8) for _ in range(3)]
    truth = np.zeros((40, 60), bool)
    truth[10:30, 20:40] = True
    for picture in pictures:
        picture[truth] = (200, 150, 130)
    monkeypatch.setattr(segmentation, "_METHODS", ("chroma",))
    monkeypatch.setattr(segmentation, "_TIMED", 1)
    monkeypatch.setattr(segmentation, "_synth", lambda: (pictures, [truth] * 3))
    figures = bench_foreground(tmp_path)
    assert set(figures) == {"foreground.chroma.synth.iou", "foreground.chroma.ms"}
    assert figures["foreground.chroma.synth.iou"] > 0.8 and figures["foreground.chroma.ms"] > 0
