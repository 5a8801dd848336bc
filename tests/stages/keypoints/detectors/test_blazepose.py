"""Everybody's landmarks from MediaPipe: where it looks, who is one and who is two, and the real clips."""

import importlib.util
import time as clock

import cv2
import numpy as np
import pytest

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors import blazepose
from dance3d.stages.keypoints.detectors.blazepose import BlazePose
from dance3d.stages.keypoints.detectors.mediapipe_nets import LandmarkNet
from dance3d.stages.keypoints.detectors.regions import Region
from dance3d.stages.keypoints.detectors.tiles import small_tiles

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("mediapipe"), reason="mediapipe is not installed")


def hips(bodies):
    """(N, 2) middle of each body's hips, from left to right."""
    at = BLAZEPOSE33.indices("left_hip", "right_hip")
    return np.array(sorted(body[at, :2].mean(0).tolist() for body in bodies))


def test_three_dancers_are_found_and_followed(kitasen, capfd):
    counts = []
    for first, dancers in ((0, 2), (255, 3)):
        with BlazePose() as detector:
            seen = [detector(kitasen[frame]) for frame in range(first, first + 20)]
        counts.append([len(bodies) for bodies in seen])
        assert (np.array(counts[-1][10:]) == dancers).all()
        found = np.array([hips(bodies) for bodies in seen[10:]])
        assert np.linalg.norm(np.diff(found, axis=0), axis=-1).max() < 30  # each is one body, that moves
    assert capfd.readouterr().err == ""


def test_the_same_whichever_thread_is_faster(kitasen, monkeypatch):
    def look():
        with BlazePose() as detector:
            return [np.array(detector(kitasen[frame])) for frame in range(255, 263)]

    plain, read, turn = look(), LandmarkNet.__call__, iter(range(10**6))

    def late(self, *look):
        clock.sleep(0.004 if next(turn) % 3 == 0 else 0)
        return read(self, *look)

    monkeypatch.setattr(LandmarkNet, "__call__", late)
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


def test_small_dancers_are_found_in_smaller_squares(kitasen):
    small = cv2.resize(kitasen[270], (214, 120), interpolation=cv2.INTER_AREA)
    image = np.full((480, 854, 3), 60, np.uint8)
    image[300:420, :214] = image[300:420, 400:614] = small
    with BlazePose() as detector:
        assert len(detector(image)) >= 5
    assert small_tiles(image.shape, [Region(100, 350, 300, 0)]) == []


def test_somebody_lost_is_looked_for_where_they_should_be(kitasen, monkeypatch):
    order = [kitasen[frame] for frame in range(255, 285)]
    with BlazePose() as detector:
        for image in order[:12]:
            detector(image)
        gone = np.full_like(order[0], 90)
        assert [detector(gone) for _ in range(3)] == [[], [], []]
        assert len(detector(order[12])) == 3  # at once, without another look at all of the picture
        monkeypatch.setattr(blazepose, "MOST_LOST", 5)
        for _ in range(6):
            detector(gone)
        assert detector._people == []  # and not for ever


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_with_nobody_there_every_view_is_searched_once_in_half_a_second(monkeypatch, fps):
    empty, seen = np.full((480, 854, 3), 110, np.uint8), []
    with BlazePose(fps=fps) as detector:
        monkeypatch.setattr(detector, "_detector", lambda image, view, without: seen.append(view) or [])
        monkeypatch.setattr(detector, "_close", detector._close[1:])
        detector(empty)
        views = len(set(map(str, seen)))
        seen.clear()
        for _ in range(fps):
            detector(empty)
    assert views == 25 == len(set(map(str, seen[:25])))  # none twice before all once
    assert 50 <= len(seen) <= 2 * 25 + 4 * 25 // (fps // 2) + fps and seen[:25] == seen[25:50]


def test_somebody_who_comes_later_is_found_within_half_a_second(kitasen):
    empty = np.full_like(kitasen[255], 110)
    for fps, at in ((30, 8), (10, 5)):
        with BlazePose(fps=fps) as detector:
            assert not any(detector(empty) for _ in range(at))
            step = 30 // fps
            counts = [len(detector(kitasen[frame])) for frame in range(255, 255 + 15, step)]
        assert counts[-1] >= 1


def test_at_a_low_rate_somebody_lost_is_given_up_in_seconds(kitasen):
    with BlazePose(fps=5) as detector:
        for frame in range(255, 267):
            detector(kitasen[frame])
        gone = np.full_like(kitasen[255], 90)
        assert [len(detector(gone)) for _ in range(8)] == [0] * 8 and detector._people == []
