"""Everybody's landmarks from MediaPipe: where it looks, who is one and who is two, and the real clips."""

import importlib.util
import time as clock
from itertools import pairwise

import cv2
import numpy as np
import pytest

from dance3d.io.video import VideoReader
from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors.blazepose import BlazePose, views
from dance3d.stages.keypoints.detectors.finder import SIDE, Reader, Region

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("mediapipe"), reason="mediapipe is not installed")


@pytest.fixture(scope="module")
def kitasen(data_dir):
    """Pictures of three dancers, by frame number: 0..29 two of them, 255..284 all three."""
    with VideoReader(data_dir / "video" / "kitasen_dancers.mp4") as reader:
        return {f.index: f.image for f in reader if f.index < 30 or 255 <= f.index < 285}


def hips(bodies):
    """(N, 2) middle of each body's hips, from left to right."""
    at = BLAZEPOSE33.indices("left_hip", "right_hip")
    return np.array(sorted(body[at, :2].mean(0).tolist() for body in bodies))


@pytest.mark.parametrize(("size", "count"), [((100, 100), 1), ((854, 480), 4), ((480, 854), 4), ((4000, 500), 16)])
def test_views_cover_the_picture_with_overlap(size, count):
    width, height = size
    seen, squares = np.zeros((height, width), int), views(*size)
    for rows, columns in squares[1:] or squares:
        assert rows.stop - rows.start == columns.stop - columns.start == min(size)
        seen[rows, columns] += 1
    assert len(squares) == count and seen.min() >= 1
    for (_, one), (_, other) in pairwise(squares[1:]):
        assert width < height or other.start - one.start <= min(size) / 2


def test_a_region_turns_with_the_body():
    upright = Region.around(np.array([50.0, 60.0]), np.array([50.0, 20.0]))
    assert upright == Region(50, 60, 100, 0)
    lying = Region.around(np.array([50.0, 60.0]), np.array([90.0, 60.0]))  # head to the picture's right
    np.testing.assert_allclose(lying.matrix() @ [SIDE / 2, 0, 1], (100, 60), atol=1e-9)
    np.testing.assert_allclose(lying.matrix() @ [SIDE / 2, SIDE / 2, 1], (50, 60), atol=1e-9)


def test_the_landmarks_turn_with_the_picture(kitasen):
    image = kitasen[15]
    with BlazePose() as detector:
        body = max(detector(image), key=lambda body: body[:, 0].mean())
    hip = body[BLAZEPOSE33.indices("left_hip", "right_hip"), :2].mean(0)
    region = Region(*hip, 300, 0)
    reader = Reader()
    plain = reader(image, region)
    turned = reader(np.ascontiguousarray(image[::-1, ::-1]), Region(*(image.shape[1::-1] - hip), 300, np.pi))
    reader.close()
    np.testing.assert_allclose(turned.points[:, :2], image.shape[1::-1] - plain.points[:, :2], atol=0.1)
    assert plain.presence > 0.9 and abs(plain.next.side - turned.next.side) < 0.1


def test_three_dancers_are_found_and_followed(kitasen, capfd):
    counts = []
    for first, dancers in ((0, 2), (255, 3)):
        with BlazePose() as detector:
            seen = [detector(kitasen[frame]) for frame in range(first, first + 30)]
        counts.append([len(bodies) for bodies in seen])
        assert (np.array(counts[-1][10:]) == dancers).all()
        found = np.array([hips(bodies) for bodies in seen[10:]])
        assert np.linalg.norm(np.diff(found, axis=0), axis=-1).max() < 30  # each is one body, that moves
    assert capfd.readouterr().err == ""


def test_the_same_whichever_thread_is_faster(kitasen, monkeypatch):
    def look():
        with BlazePose() as detector:
            return [np.array(detector(kitasen[frame])) for frame in range(255, 263)]

    plain, read, turn = look(), Reader.__call__, iter(range(10**6))

    def late(self, image, region):
        clock.sleep(0.004 if next(turn) % 3 == 0 else 0)
        return read(self, image, region)

    monkeypatch.setattr(Reader, "__call__", late)
    for one, other in zip(plain, look(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nobody_in_pictures_without_people_of_any_size():
    rng = np.random.default_rng(0)
    with BlazePose() as detector:
        for size in ((64, 64), (1, 300), (300, 3), (200, 90)):
            assert detector(rng.integers(0, 255, (*size, 3), np.uint8)) == []


def test_few_dancers_are_asked_for(kitasen):
    image = np.hstack([cv2.resize(kitasen[270], (480, 270))] * 3)
    with BlazePose() as everybody, BlazePose(people=1) as few:
        assert len(everybody(image)) > len(few(image)) == 3  # and two to spare, for the tracker to choose
    with pytest.raises(ValueError, match="brings its own model"):
        BlazePose("some.onnx")
