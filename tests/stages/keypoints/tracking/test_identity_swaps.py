import numpy as np
from walkers import clip, hidden, line, outfit

from dance3d.stages.keypoints.tracking import tracker


def test_colours_decide_where_one_turns_back_behind_the_other():
    there = np.concatenate([line(300, 500, 45), line(500, 300, 45)])
    back = np.concatenate([line(700, 500, 45), line(500, 700, 45)])
    paths = [there, back]
    present = hidden(there, back)
    present[0, 43:47] = False  # both are lost for a moment, and seem to have passed each other
    detections, truth = clip(paths, present)
    found = tracker.track(detections)
    np.testing.assert_array_equal(found.person, truth)
    assert all(m.sure > 0.8 for m in found.crossings) and found.crossings
    grey, truth = clip(paths, present, [outfit(0)] * 2)
    assert min(m.sure for m in tracker.track(grey).crossings) < 0.9  # nobody can know, and it says so


def test_how_sure_is_how_often_right():
    """Ten times one hides the other, both in grey; twice they turn back, which nobody can know."""
    sure, right = [], []
    for seed in range(10):
        to = 700 if seed % 5 else 300
        first = np.concatenate([line(300, 500, 45), line(500, to, 45)])
        detections, truth = clip([first, 1000 - first], hidden(first, 1000 - first, 40), [outfit(0)] * 2, seed=seed)
        found = tracker.track(detections)
        same = found.person == truth
        sure += [min(m.sure for m in found.crossings)]
        right += [same[0] == same[-1] and same[1] == same[-2]]
    assert 0.5 < np.mean(right) < 1
    assert abs(np.mean(sure) - np.mean(right)) < 0.2  # two standard deviations of ten coins of 0.9
    assert max(sure[::5]) < min(np.delete(sure, [0, 5])) and max(sure) < 0.99
