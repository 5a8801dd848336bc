"""Who is who where everything is known: walkers of given paths and colours, with the faults of a detector."""

import numpy as np
import pytest
from walkers import BODY, clip, hidden, line, outfit

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.stages.keypoints.tracking import tracker


def unknown(people):
    return [np.full(COLOURS, np.nan)] * people


def test_dancers_who_cross_go_on_as_they_moved():
    paths = [line(300, 700), line(700, 300)]
    detections, truth = clip(paths, hidden(*paths), unknown(2))
    found = tracker.track(detections)
    np.testing.assert_array_equal(found.person, truth)
    (crossing,) = found.crossings
    assert (crossing.first, crossing.second) == (1, 2) and crossing.sure > 0.8
    assert 30 < crossing.start < 45 < crossing.stop < 60


def test_ghosts_are_nobody():
    rng = np.random.default_rng(5)
    extra = [(t, BODY * 0.7 + rng.uniform(100, 600, 2), 0.5, outfit(5)) for t in range(10, 80, 9)]
    extra += [(t, BODY + np.array([1000, 300]), 0.4, outfit(6)) for t in range(30, 38)]
    extra += [
        (t, BODY + np.array([1100, 500]) + rng.normal(0, 1, BODY.shape), 0.1, outfit(7)) for t in range(90)
    ]  # a coat
    detections, truth = clip([line(300, 400), line(700, 600)], extra=extra)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_a_second_look_is_nobody():
    paths = [line(300, 400), line(700, 600)]
    extra = [(t, BODY + np.array([paths[0][t] + 2, 402]), 0.5, outfit(0)) for t in range(20, 70, 2)]
    detections, truth = clip(paths, extra=extra)
    person = tracker.track(detections).person
    np.testing.assert_array_equal(person[truth > 0], truth[truth > 0])
    assert (person[truth == 0] == 0).all()


def test_a_couple_in_close_hold_stays_two():
    sway = 500 + 20 * np.sin(np.linspace(0, 12, 120))
    detections, truth = clip([sway, sway + 14])
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


@pytest.mark.parametrize("people", [0, 1, 2, 8])
def test_any_number_of_dancers(people):
    paths = np.array([line(100 + 140 * p, 150 + 140 * p) for p in range(people)]).reshape(people, 90)
    detections, truth = clip(paths)
    found = tracker.track(detections)
    np.testing.assert_array_equal(found.person, truth)
    assert found.person.max(initial=0) == people


def test_a_single_frame_counts_from_left_to_right():
    detections, truth = clip([[700.0], [300.0], [1000.0]])
    np.testing.assert_array_equal(tracker.track(detections).person, np.array([0, 2, 1, 3])[truth])


def test_who_comes_later_is_found_whatever_number_is_known():
    present = np.ones((3, 150), bool)
    present[2, :90] = False
    detections, truth = clip([line(300, 400, 150), line(700, 600, 150), line(1000, 1100, 150)], present)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)
    np.testing.assert_array_equal(tracker.track(detections, 2).person, truth)


def test_no_joint_no_dancer():
    detections, _ = clip([line(300, 400, 10)])
    detections.xy[3] = np.nan
    assert tracker.track(detections).person.tolist() == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


def test_uneven_times():
    """Two who cross at even speed, filmed so that a third of the frames is missing at the crossing."""
    time = np.concatenate([np.arange(0, 1.3, 1 / 30), 1.3 + np.arange(0, 0.5, 0.15), np.arange(1.9, 3, 1 / 60)])
    paths = [300 + 260 * time, 1080 - 260 * time]
    detections, truth = clip(paths, colours=unknown(2), time=time)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_size_of_the_picture_and_order_of_detections_do_not_matter():
    paths = [line(300, 700), line(700, 300), line(900, 920)]
    detections, truth = clip(paths)
    person = tracker.track(detections).person
    twice = Detections(
        detections.frame, 2 * detections.xy, detections.score, detections.colour, detections.time, (2560, 1440)
    )
    np.testing.assert_array_equal(tracker.track(twice).person, person)
    order = np.lexsort((np.random.default_rng(1).random(len(truth)), detections.frame))
    np.testing.assert_array_equal(tracker.track(detections.take(order)).person, person[order])
    np.testing.assert_array_equal(person, truth)
