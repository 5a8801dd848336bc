import numpy as np
import pytest
from walkers import BODY, clip, line, outfit

from dance3d.geometry import boxes
from dance3d.stages.keypoints.tracking.kalman_online import (
    LOST_AFTER,
    largest_overlaps,
    link,
    link_odds,
    pairs_in_frames,
)


def test_walkers_apart_have_one_track_each_and_clear_links():
    detections, truth = clip([line(300, 400), line(900, 800)])
    links = link(detections)
    assert all(len(set(links.track[truth == person])) == 1 for person in (1, 2))
    assert set(links.track) == {0, 1} and links.clean.all()
    later = detections.frame > 0
    assert links.margin[later].min() > 1 and (links.rival[later] == 1 - links.track[later]).all()


def test_a_track_waits_for_a_second_and_no_longer():
    for seconds, tracks in ((0.8 * LOST_AFTER, 1), (1.5 * LOST_AFTER, 2)):
        present = np.ones((1, 120), bool)
        present[0, 30 : 30 + round(30 * seconds)] = False
        detections, _ = clip([line(300, 310, 120)], present)
        assert len(set(link(detections).track)) == tracks


def test_a_double_detection_of_a_body_has_no_track():
    path = line(300, 330, 30)
    extra = [(t, BODY + np.array([path[t] + 2, 401]), 0.5, outfit(0)) for t in range(5, 20)]
    detections, _ = clip([path], extra=extra)
    links = link(detections)
    kept = links.track >= 0
    assert set(links.track[kept]) == {0} and np.bincount(detections.frame[kept]).tolist() == [1] * 30


def test_every_two_of_a_frame_are_paired_once():
    frame = np.array([0, 0, 0, 2, 3, 3])
    found = {(int(a), int(b)) for one, other in pairs_in_frames(frame, 6) for a, b in zip(one, other, strict=True)}
    assert found == {(0, 1), (0, 2), (1, 2), (4, 5)}


def test_overlap_is_the_largest_of_the_frame_and_odds_rise_with_the_margin():
    detections, _ = clip(np.array([[300.0], [310.0], [900.0]]), noise=0)
    most = largest_overlaps(detections, boxes.of_joints(detections.xy).astype(np.float32))
    assert most[0] == most[1] > 0.6 and most[2] == 0
    odds = link_odds(np.array([-1.0, 0.0, 0.1, 9.0]))
    assert (np.diff(odds) > 0).all() and odds[0] == -odds[-1] == pytest.approx(-8)
