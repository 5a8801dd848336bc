import cv2
import numpy as np

from dance3d.benchmarks.keypoints.shots import FPS, SIZE, Join, joins, score


def scenes():
    """Pictures of two scenes that have nothing in common."""
    out = {}
    for seed in (1, 2):
        small = np.random.default_rng(seed).integers(0, 255, (6, 10, 3), np.uint8)
        out[f"scene {seed}"] = np.repeat(cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC)[None], 40, 0)
    return out


def test_joins_are_the_same_each_time_and_tell_their_transitions():
    made, again = (list(joins(scenes(), 3, 4)) for _ in range(2))
    for one, other in zip(made, again, strict=True):
        np.testing.assert_array_equal(one.small, other.small)
        assert one.cuts == other.cuts and len(one.cuts) == len(one.kinds)
        for (first, last), kind in zip(one.cuts, one.kinds, strict=True):
            assert 0 < first <= last < len(one.small) and (first == last) == (kind == "cut")
    assert any(join.cuts for join in made)


def test_what_is_missed_and_what_is_made_up_counts():
    rng = np.random.default_rng(4)
    one, other = (np.repeat(rng.integers(0, 255, (1, 24, 32), np.uint8), FPS, 0) for _ in range(2))
    film = np.concatenate([one, other])
    right = Join(film, ((30, 30),), ("cut",))
    assert score(iter([right])) == {"precision": 1, "recall": 1, "recall.cut": 1, "clips": 1, "true": 1}
    wrong = score(iter([right, Join(one, ((10, 20),), ("dissolve",)), Join(film, (), ())]))
    assert (wrong["precision"], wrong["recall"], wrong["recall.dissolve"]) == (0.5, 0.5, 0)
