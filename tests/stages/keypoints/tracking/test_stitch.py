import numpy as np
from walkers import clip, hidden, line

from dance3d.stages.keypoints.tracking import stitch, tracker


def test_long_clips_are_stitched_block_by_block(monkeypatch):
    """Back and forth for forty seconds: the same dancers whether all pieces are compared at once or few."""
    there = 600 + 300 * np.sin(np.arange(1200) / 25)
    paths = np.stack([there, 1200 - there])
    detections, truth = clip(paths, hidden(*paths))
    for block in (600, 8):
        monkeypatch.setattr(stitch, "BLOCK", block)
        found = tracker.track(detections)
        np.testing.assert_array_equal(found.person, truth)


def test_who_leaves_and_comes_back_is_the_same():
    present = np.ones((2, 240), bool)
    present[1, 60:170] = False
    paths = [line(300, 400, 240), np.concatenate([line(700, 1250, 120), line(1250, 800, 120)])]
    detections, truth = clip(paths, present)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_another_in_other_clothes_is_someone_else():
    present = np.ones((2, 240), bool)
    present[0, 100:] = False
    present[1, :140] = False
    paths = [line(300, 1250, 240), line(1250, 300, 240)]
    detections, truth = clip(paths, present)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_who_is_seen_in_turns_with_another_is_joined_sooner_than_who_comes_after():
    far = 0.5  # distance of the colours: log odds of -4
    other = np.array([1 - far**2, np.sqrt(1 - (1 - far**2) ** 2)])

    def clusters(*time):
        two, nothing = np.zeros((2, 2)), np.zeros((2, 2, 2))
        colour, many = 100 * np.stack([[1.0, 0], other]), np.array([100, 100])
        ends = np.full((2, 2, 2), np.nan)
        tracklets = stitch._Tracklets(
            many, np.array(time), nothing, nothing, two + 50, colour, many.astype(float), ends
        )
        return len(set(stitch._cluster(tracklets, two, 1, stitch.EAGER_ODDS, two, two + 1).tolist()))

    assert clusters((0.0, 6.0), (2.0, 10.0)) == 1
    assert clusters((0.0, 6.0), (6.0, 10.0)) == 2
