from dataclasses import replace

import numpy as np
from walkers import clip, line

from dance3d.contracts.detections import COLOURS
from dance3d.stages.keypoints.tracking import tracker
from dance3d.stages.keypoints.tracking.across_shots import Doubt, doubt_notes, track_shots


def two_who_change_places():
    """Detections of two dancers who stand where the other stood after a cut at frame 60, and the truth."""
    left, right = line(300, 340, 120), line(900, 880, 120)
    cut = np.arange(120) >= 60
    return clip([np.where(cut, right, left), np.where(cut, left, right)], np.ones((2, 120), bool))


def test_dancers_are_known_again_by_their_colours():
    detections, truth = two_who_change_places()
    who, doubts = track_shots(tracker.track, detections, (0, 60), None)
    np.testing.assert_array_equal(who.person, truth)
    assert doubts == ()


def test_others_get_numbers_of_their_own():
    detections, truth = two_who_change_places()
    colour = detections.colour.copy()
    later = detections.frame >= 60
    colour[later] = 0
    colour[later, COLOURS - 1] = 1
    colour[later & (truth == 2), COLOURS - 1] = 0
    colour[later & (truth == 2), COLOURS - 2] = 1
    who, doubts = track_shots(tracker.track, replace(detections, colour=colour), (0, 60), None)
    assert set(who.person[later]) == {3, 4} and set(who.person[~later]) == {1, 2} and doubts == ()


def test_one_shot_is_tracked_as_ever():
    detections, _ = two_who_change_places()
    who, _ = track_shots(tracker.track, detections, (0,), None)
    np.testing.assert_array_equal(who.person, tracker.track(detections).person)


def test_shots_without_anybody_are_passed_over():
    detections, truth = two_who_change_places()
    seen = (detections.frame < 60) | (detections.frame >= 80)
    who, _ = track_shots(tracker.track, detections.take(seen), (0, 60, 80), None)
    np.testing.assert_array_equal(who.person, truth[seen])


def test_doubts_follow_new_numbers():
    before, after = np.array([1, 2, 3, 4, 0]), np.array([1, 0, 2, 3, 0])
    notes = doubt_notes([Doubt(3, 1, 12.4), Doubt(4, 2, 15.0), Doubt(4, 4, 20.0)], before, after)
    assert notes == (
        "dancer 2 from 12.4 s may be dancer 1: dance3d tracks merge OUT 1 2",
        "dancer 3 from 20.0 s may be somebody new: dance3d tracks split OUT 3 --at 20.00",
    )
