"""Everybody's joints from MoveNet: who is found, followed, lost and told apart."""

import time as clock

import cv2
import numpy as np
import pytest

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors import ResumableDetector, movenet
from dance3d.stages.keypoints.detectors.movenet import QUALITIES, MoveNet
from dance3d.stages.keypoints.detectors.tiles import square_tiles
from dance3d.stages.keypoints.detectors.tracked_body import LIMBS, TrackedBody, similarity

HIPS = COCO17.indices("left_hip", "right_hip")


def hips(bodies):
    """(N, 2) middle of each body's hips, from left to right."""
    return np.array(sorted(body[HIPS, :2].mean(0).tolist() for body in bodies))


def test_three_dancers_are_found_and_followed(kitasen):
    for first, dancers in ((0, 2), (255, 3)):
        with MoveNet() as detector:
            seen = [detector(kitasen[frame]) for frame in range(first, first + 20)]
        assert [len(bodies) for bodies in seen[5:]] == [dancers] * 15
        found = np.array([hips(bodies) for bodies in seen[5:]])
        assert np.linalg.norm(np.diff(found, axis=0), axis=-1).max() < 30  # each is one body, that moves
        assert all(body.shape == (17, 3) for body in seen[-1])


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_quality_finds_the_dancers_of_one_picture(kitasen, quality):
    with MoveNet(quality=quality) as detector:
        assert len(detector(kitasen[270])) == 3


def test_nobody_in_pictures_without_people_of_any_size():
    rng = np.random.default_rng(0)
    with MoveNet() as detector:
        for size in ((64, 64), (1, 300), (300, 3), (200, 90)):
            assert detector(rng.integers(0, 255, (*size, 3), np.uint8)) == []


def test_few_dancers_are_asked_for(kitasen):
    image = np.hstack([cv2.resize(kitasen[270], (480, 270))] * 2)
    with MoveNet() as everybody, MoveNet(people=1) as few:
        assert len(everybody(image)) > len(few(image)) == 3  # and two to spare, for the tracker to choose
    with pytest.raises(ValueError, match="brings its own nets"):
        MoveNet("some.onnx")
    with pytest.raises(ValueError, match="quality 'good' is not known; choose from fast, balanced, best"):
        MoveNet(quality="good")


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_somebody_who_comes_later_is_found_within_a_quarter_of_a_second(kitasen, fps):
    empty = np.full_like(kitasen[255], 110)
    with MoveNet(fps=fps) as detector:
        assert not any(detector(empty) for _ in range(fps // 3))
        counts = [len(detector(kitasen[255 + round(frame * 30 / fps)])) for frame in range(fps // 4)]
    assert counts[-1] >= 2


@pytest.mark.parametrize("fps", [10, 24, 29.97, 60, 120])
@pytest.mark.parametrize("shape", [(360, 640, 3), (640, 360, 3), (300, 300, 3)])
def test_every_view_that_changes_is_searched_within_a_quarter_of_a_second(fps, shape):
    detector, seen = MoveNet(fps=fps), []
    for picture in range(3 * round(fps)):
        detector._picture = picture
        image = np.full(shape, 90 * picture % 256, np.uint8)
        seen.append([repr(view) for view in detector._views_due(image, [])])
    pictures = max(int(np.ceil(fps / 4 - 1e-6)), 1)
    assert all(
        len({view for due in seen[n : n + pictures] for view in due}) == len(seen[0])
        for n in range(1, len(seen) - pictures)
    )
    if len(seen[0]) > 1:
        later = fps / 4 / (fps / 4 - (fps > movenet.LATER_ABOVE))  # the last picture of the quarter is for reading
        assert sum(map(len, seen[1:])) <= 3 * 16 * later + len(seen[0])  # a second, whatever the rate


@pytest.mark.parametrize(("fps", "pictures"), [(30, 2), (10, 1)])
def test_who_is_found_beside_a_reading_is_read_in_the_next_picture(kitasen, monkeypatch, fps, pictures):
    empty = np.full_like(kitasen[255], 90)
    with MoveNet(fps=fps) as detector:
        detector(empty)
        monkeypatch.setattr(detector, "_views_due", lambda image, known: square_tiles(image.shape))
        seen = [len(detector(kitasen[frame])) for frame in (270, 271)]
    assert [count > 0 for count in seen] == [pictures == 1, True]


def test_whom_a_search_found_and_nobody_has_read_yet_is_part_of_the_state(kitasen, monkeypatch):
    with MoveNet() as first, MoveNet() as second:
        first(np.full_like(kitasen[255], 90))
        monkeypatch.setattr(first, "_views_due", lambda image, known: square_tiles(image.shape))
        assert first(kitasen[270]) == []
        state = first.state()
        assert len(state["found_score"]) > 0
        second.restore(state)
        one, other = first(kitasen[271]), second(kitasen[271])
        assert len(one) > 0
        np.testing.assert_array_equal(one, other)
        with pytest.raises(ValueError, match="found but not read yet"):
            second.restore({**state, "found_points": state["found_points"][..., :2]})


def test_somebody_lost_is_read_where_expected_but_not_for_ever(kitasen):
    gone = np.full_like(kitasen[255], 90)
    with MoveNet(fps=30) as detector:
        for frame in range(255, 265):
            detector(kitasen[frame])
        assert [detector(gone) for _ in range(3)] == [[], [], []]
        assert len(detector._people) == 3
        for _ in range(15):
            detector(gone)
        assert detector._people == []


def test_two_read_on_one_body_are_told_apart_by_the_finder(kitasen, monkeypatch):
    with MoveNet() as detector:
        bodies = detector(kitasen[270])
        one, other = detector._people[:2]
        monkeypatch.setattr(detector, "_read", lambda image, region: one.points)
        detector._people = [one, TrackedBody(other.points, np.zeros(2))]
        monkeypatch.setattr(movenet, "LEAST_QUALITY", 0.0)
        monkeypatch.setattr(TrackedBody, "fits", lambda self, points: True)
        now = detector._tracked(kitasen[270])
    assert len(bodies) == 3 and not any(person.lost for person in now)
    assert similarity(now[0].points, one.points) > 0.9 and similarity(now[1].points, other.points) > 0.4


def test_a_state_continues_to_the_bit(kitasen):
    with MoveNet() as first, MoveNet() as second:
        assert isinstance(first, ResumableDetector)
        for frame in range(255, 260):
            first(kitasen[frame])
        second.restore(first.state())
        for frame in range(260, 264):
            for one, other in zip(first(kitasen[frame]), second(kitasen[frame]), strict=True):
                np.testing.assert_array_equal(one, other)
        with pytest.raises(ValueError, match="no number of its picture"):
            second.restore({})
        with pytest.raises(ValueError, match="no points of"):
            second.restore({"picture": np.array(3, np.int64), "seen": np.zeros(1, np.int64)})


def test_a_dancer_upside_down_is_read(kitasen):
    turned = np.ascontiguousarray(kitasen[270][::-1, ::-1])
    with MoveNet() as detector:
        upright = detector(kitasen[270])
        one = max(upright, key=movenet.quality)
        mirrored = one * [-1, -1, 1] + [turned.shape[1], turned.shape[0], 0]
        detector._people = [TrackedBody(mirrored, np.zeros(2))]
        (read,) = [person.points for person in detector._tracked(turned)]
    assert np.linalg.norm(read[LIMBS, :2] - mirrored[LIMBS, :2], axis=1).mean() < 0.05 * np.ptp(one[:, 1])


def test_a_poor_reading_is_tried_with_other_turns_and_the_best_counts(kitasen, monkeypatch):
    with MoveNet() as detector:
        detector(kitasen[270])
        (one, *_) = detector._people
        turns = []

        def read(image, region):
            turns.append(region.turn)
            return one.points * [1, 1, 0.5] if region.turn == movenet.TURNS[1] else one.points * [1, 1, 0.4]

        monkeypatch.setattr(detector, "_read", read)
        np.testing.assert_array_equal(detector._pose(kitasen[270], one), one.points * [1, 1, 0.5])
    assert set(turns) == set(movenet.TURNS)


def test_the_same_whichever_thread_is_faster(kitasen, monkeypatch):
    def look():
        with MoveNet() as detector:
            return [np.array(detector(kitasen[frame])) for frame in range(255, 260)]

    plain, read, turn = look(), movenet.PoseReader.__call__, iter(range(10**6))

    def late(self, *given):
        clock.sleep(0.01 if next(turn) % 3 == 0 else 0)
        return read(self, *given)

    monkeypatch.setattr(movenet.PoseReader, "__call__", late)
    for one, other in zip(plain, look(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_somebody_found_where_one_who_is_followed_was_read_poorly_is_the_same(kitasen, monkeypatch):
    with MoveNet() as detector:
        body = max(detector(kitasen[270]), key=movenet.quality)
        poor, better = body * [1, 1, 0.5], body + np.array([0.2 * np.ptp(body[:, 1]), 0, 0])
        monkeypatch.setattr(detector, "_read", lambda image, region: better)
        monkeypatch.setattr(movenet, "same_body", lambda one, other: False)
        for seen, bodies in ((5, 1), (1, 2)):  # in a first picture they are two
            people = detector._with_found(kitasen[270], [TrackedBody(poor, np.zeros(2), seen)], [(0.9, better)])
            assert len(people) == bodies
            np.testing.assert_array_equal(people[-1].points, better)
