"""Figures of left and right: what counts as wrong, what is exchanged, and that correction helps on recorded motion."""

import numpy as np
import pytest
from swaying_dancer import dancer

from dance3d.benchmarks.keypoints.sides import exchanged, from_the_side, projected, score, wrong_sides
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.sides import PAIRS, exchange
from dance3d.synth.choreography import choreograph


@pytest.fixture(scope="module")
def take():
    return choreograph("modern", 5.0, 2)


def test_wrong_is_what_lies_nearer_to_the_truth_exchanged():
    xy, _ = dancer()
    flags = np.zeros((len(xy), len(PAIRS)), bool)
    flags[10:20, PAIRS.index("ankle")] = True
    wrong = wrong_sides(exchange(xy, flags), xy)
    np.testing.assert_array_equal(wrong, flags)
    together = xy.copy()
    together[30, H36M17.index("left_ankle")] = together[30, H36M17.index("right_ankle")]
    assert np.isnan(wrong_sides(xy, together)[30, PAIRS.index("ankle")])


def test_shares_before_and_after():
    xy, _ = dancer()
    flags = np.zeros((len(xy), len(PAIRS)), bool)
    flags[:9] = True
    other = ~flags & (np.arange(len(xy)) < 18)[:, None]
    found = score([(exchange(xy, flags), exchange(xy, other), xy)])
    assert found == {"right.before": 0.9, "right.after": 0.9, "harmed": 0.1}
    assert score([]) == {}


def test_sides_are_exchanged_where_pairs_cross_and_seldom_elsewhere(take):
    shot = next(projected(take))
    size = np.full(len(shot.truth), 100.0)
    flags = exchanged(shot.truth, size, take.fps, np.random.default_rng(0))
    assert flags.shape == (len(shot.truth), len(PAIRS)) and 0.01 < flags.mean() < 0.5
    still = np.tile(shot.truth[:1], (300, 1, 1))
    assert exchanged(still, np.full(300, 100.0), 30.0, np.random.default_rng(0)).mean() < 0.1


def test_correction_helps_where_sides_were_exchanged_and_harms_nothing_elsewhere(take):
    shots = [(s.xy, s.corrected(), s.truth) for s in projected(take)]
    found = score(shots)
    assert found["right.before"] < 0.97 and found["right.after"] > found["right.before"] + 0.02
    assert score([(s.xy, s.corrected(), s.truth) for s in projected(take, exchanges=False)])["harmed"] < 0.005


def test_the_camera_stands_at_the_side_of_the_way(take):
    walk = take.xyz.copy()
    walk += np.linspace(0, 3, len(walk))[:, None, None] * np.array([0.6, 0, 0.8])
    [crowd] = from_the_side([type(take)(walk, take.fps, "walk", "walk")])
    xy, depth = crowd.seen()
    pelvis = H36M17.index("pelvis")
    assert np.abs(depth[0, :, pelvis] / depth[0, :, pelvis].mean() - 1).max() < 0.25
    assert np.isfinite(xy).all() and np.abs(xy[0, :, pelvis, 0] / crowd.camera.size[0] - 0.5).max() < 0.05
