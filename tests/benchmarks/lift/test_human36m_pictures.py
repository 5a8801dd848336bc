"""Pictures of Human3.6M as mmpose's tests hold them; made up here, and the real ones where they are."""

import pickle

import cv2
import numpy as np
import pytest

from dance3d.benchmarks.lift.human36m_pictures import PICTURES, read_pictures, score_pictures
from dance3d.contracts import Pose3D

CAMERA = {
    "f": np.array([[1145.0], [1143.8]]),
    "c": np.array([[512.5], [515.4]]),
    "k": np.array([[-0.2], [0.24], [-0.003]]),
    "p": np.array([[-0.001], [-0.002]]),
    "w": 1000,
    "h": 1002,
}
NAME = "S1/S1_Directions_1.54138969/S1_Directions_1.54138969_000001.jpg"


def folder(path, name=NAME, **change):
    body = np.random.default_rng(0).normal(0, 0.4, (1, 17, 3)) + np.array([0.5, -0.3, 5])
    matrix = np.array([[1145.0, 0, 512.5], [0, 1143.8, 515.4], [0, 0, 1]])
    seen = cv2.projectPoints(body[0], np.zeros(3), np.zeros(3), matrix, np.array([-0.2, 0.24, -0.001, -0.002, -0.003]))
    part = np.concatenate([seen[0][:, 0], np.ones((17, 1))], -1)[None]
    arrays = {"imgname": np.array([name]), "part": part, "S": np.concatenate([body, np.ones((1, 17, 1))], -1)} | change
    np.savez(path / "test_h36m_body3d.npz", **{key: value for key, value in arrays.items() if value is not None})
    (path / "cameras.pkl").write_bytes(pickle.dumps({("S1", "54138969"): CAMERA}))
    return path, body[0]


def posed(xyz):
    """A pose of one frame."""
    return Pose3D(
        xyz=xyz.astype(np.float32)[None], measured=np.ones(1, bool), error=np.zeros(1, np.float32), time=np.zeros(1)
    )


def test_keypoints_are_on_the_rays_of_the_true_joints(tmp_path):
    path, body = folder(tmp_path)
    (picture,) = read_pictures(path)
    rays = (picture.keypoints.xy[0] - np.array(picture.camera.centre)) / picture.camera.focal
    assert np.abs(rays - body[:, :2] / body[:, 2:]).max() < 1e-5 and picture.keypoints.size == (1000, 1002)
    assert np.allclose(picture.truth, body - body[0])


def test_a_similar_body_is_right_and_another_is_not(tmp_path):
    pictures = read_pictures(folder(tmp_path)[0])
    true = pictures[0].truth
    assert score_pictures(pictures, lambda track, camera: posed(3 * true[:, [1, 2, 0]])) < 0.01
    assert score_pictures(pictures, lambda track, camera: posed(true * [1, 1, -1])) > 100


def test_other_files_are_refused(tmp_path):
    for change, said in (
        ({"name": "S1_Directions.jpg"}, "names no camera of cameras.pkl"),
        ({"name": NAME.replace("S1_D", "S9_D")}, "names no camera"),
        ({"S": None}, "does not hold pictures"),
    ):
        with pytest.raises(ValueError, match=said):
            read_pictures(folder(tmp_path, **change)[0])
    (tmp_path / "cameras.pkl").unlink()
    with pytest.raises(ValueError, match=r"cameras\.pkl: no such file"):
        read_pictures(tmp_path)


def test_the_real_pictures_have_the_same_rays(data_dir):
    if not (data_dir / PICTURES).is_dir():
        pytest.skip("no pictures of Human3.6M here")
    pictures = read_pictures(data_dir / PICTURES)
    assert len(pictures) == 4
    for picture in pictures:
        spread = np.ptp(picture.truth, 0)
        assert 1.0 < spread.max() < 2.2  # people, in metres
