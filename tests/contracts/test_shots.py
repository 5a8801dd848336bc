import numpy as np
import pytest

from dance3d.contracts import Clip, Keypoints2D
from dance3d.contracts.shots import by_shot, joined, spans
from dance3d.io import artefacts


def track(shots, frames=10):
    xy = np.random.default_rng(1).uniform(0, 100, (frames, 17, 2))
    score, seen = np.ones((frames, 17)), np.ones((frames, 17), bool)
    return Keypoints2D(xy, score, seen, np.arange(frames) / 30, (100, 100), raw=xy + 1, start=5, shots=shots)


def test_shots_are_taken_apart_and_joined_again():
    whole = track((0, 3, 8))
    parts = by_shot(whole)
    assert [(part.frames, part.start, part.shots) for part in parts] == [(3, 5, (0,)), (5, 8, (0,)), (2, 13, (0,))]
    again = joined(parts, shots=whole.shots)
    for name in ("xy", "score", "measured", "time", "raw"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    assert again.still is None and (again.start, again.shots) == (5, (0, 3, 8))


def test_one_shot_stays_as_it_is():
    whole = track((0,))
    assert by_shot(whole)[0] is whole and joined([whole]) is whole
    assert spans((0, 4), 9) == [(0, 4), (4, 9)]


@pytest.mark.parametrize("shots", [(), (1, 3), (0, 3, 3), (0, 10), (0, 5, 2)])
def test_rows_that_do_not_increase_from_0_are_refused(shots):
    with pytest.raises(ValueError, match="shots is"):
        track(shots)
    with pytest.raises(ValueError, match="shots is"):
        Clip(np.arange(10) / 30, (10, 10), shots=shots)


def test_shots_are_stored(tmp_path):
    artefacts.save(Clip(np.arange(9) / 30, (10, 10), shots=(0, 4)), tmp_path / "clip.npz")
    assert artefacts.load(tmp_path / "clip.npz", Clip).shots == (0, 4)
