import cv2
import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.data import SplitCrops
from dance3d.stages.keypoints.inference import cut, infer, load, to_picture


def test_weights_come_back_as_they_went_but_for_half_precision(trained, file, crops):
    images = SplitCrops(crops).batch([0, 5]).image.numpy()
    before, after = infer(trained.averaged, images), infer(load(file), images)
    assert np.abs(before.xy - after.xy).max() < 0.3 and load(file).config == {"size": 64, "width": 16, "depth": 1}


def test_reading_in_the_mirror_too_exchanges_sides(file, crops):
    net, images = load(file), SplitCrops(crops).batch([0, 5]).image.numpy()
    once, twice = infer(net, images, mirrored=True), infer(net, images[:, :, ::-1].copy(), mirrored=True)
    turned = twice.xy[:, H36M17.swap] * [-1, 1] + [64, 0]
    assert np.abs(once.xy - turned).max() < 1e-2
    assert infer(net, images[:0]).xy.shape == (0, 17, 2)


def test_crops_are_cut_where_the_box_is_and_answers_go_back():
    image = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(image, (250, 120), 6, (255, 255, 255), -1)
    picture, matrix = cut(image, (200.0, 60.0, 320.0, 260.0), 64)
    rows, columns = np.nonzero(picture[..., 0] > 100)
    at = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]])
    assert np.abs(to_picture(at, matrix) - [250.5, 120.5]).max() < 1.0
    assert np.allclose(to_picture(np.array([[32.0, 32.0]]), matrix), [[260, 160]])
    assert to_picture(np.array([[64.0, 0.0]]), matrix)[0, 0] - 260 == pytest.approx(1.2 * 200 / 2)
    assert cut(image, (-50.0, -50.0, -50.0, -50.0), 64)[0].shape == (64, 64, 3), "even a box of nothing beyond the edge"
