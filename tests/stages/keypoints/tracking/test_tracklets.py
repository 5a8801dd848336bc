import numpy as np
from walkers import clip, line, outfit

from dance3d.stages.keypoints.tracking.kalman_online import Links
from dance3d.stages.keypoints.tracking.tracklets import cut_tracklets


def one_track(detections, margin=9.0):
    """Everything linked to one track, far from any rival, with nobody beside."""
    n = len(detections)
    return Links(np.zeros(n, int), np.full(n, margin, np.float32), np.full(n, -1), np.ones(n, bool))


def test_a_doubtful_link_is_cut_and_its_odds_are_kept():
    detections, _ = clip([line(300, 400)])
    links = one_track(detections)
    assert set(cut_tracklets(detections, links)[0]) == {0}
    links.margin[40] = 0.05
    tracklet, odds = cut_tracklets(detections, links)
    assert tracklet.tolist() == [0] * 40 + [1] * 50 and set(odds) == {(0, 1)}
    links.margin[1] = 0.05  # too short a piece
    assert len(set(cut_tracklets(detections, links)[0])) == 2


def test_an_absence_is_cut_only_where_somebody_else_was_near():
    present = np.ones((1, 90), bool)
    present[0, 40:55] = False
    detections, _ = clip([line(300, 400)], present)
    for margin, count in ((9.0, 1), (1.0, 2)):
        tracklet, odds = cut_tracklets(detections, one_track(detections, margin))
        assert len(set(tracklet)) == count and odds == {}  # nothing is known of who comes back


def test_a_change_of_colours_is_cut_where_it_could_be_somebody_else():
    detections, _ = clip([line(300, 400)])
    detections.colour[45:] = outfit(3)
    assert len(set(cut_tracklets(detections, one_track(detections))[0])) == 1
    tracklet, _ = cut_tracklets(detections, one_track(detections, 1.0))
    assert tracklet.tolist() == [0] * 45 + [1] * 45


def test_who_has_no_track_is_in_no_piece():
    detections, _ = clip([line(300, 400, 9)])
    links = one_track(detections)
    links.track[4] = -1
    assert cut_tracklets(detections, links)[0].tolist() == [0] * 4 + [-1] + [0] * 4
    nobody, _ = clip(np.zeros((0, 5)))
    assert cut_tracklets(nobody, one_track(nobody))[0].shape == (0,)
