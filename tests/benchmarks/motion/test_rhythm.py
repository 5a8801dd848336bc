import numpy as np

from dance3d.benchmarks.motion.rhythm import FACTORS, matched, right


def test_tempo_scores_say_what_they_allow():
    assert right(103.9, 100) and not right(104.1, 100) and not right(50, 100)
    assert right(50, 100, FACTORS) and right(310, 100, FACTORS) and not right(150, 100, FACTORS)


def test_a_true_beat_is_matched_once():
    assert matched(np.array([0.95, 1.05, 2.2]), np.array([1.0, 2.0])) == 1
    assert matched(np.array([0.93, 2.07]), np.array([1.0, 2.0])) == 2
    assert matched(np.array([]), np.array([1.0])) == 0
