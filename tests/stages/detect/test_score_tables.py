import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.stages.detect.score_tables import scores


def moments(views=(4, 2, 1), seed=0):
    rng = np.random.default_rng(seed)
    true = [rng.normal(0, 0.4, (v, 17, 3)) for v in views]
    return true, [rng.uniform(-1, 1, (v, 17, 2)) for v in views]


def test_exact_poses_have_no_error_whatever_the_number_of_views():
    true, xy = moments()
    found = scores(true, true, xy, xy)
    for name in ("mpjpe", "n_mpjpe", "p_mpjpe", "mse2d", "ambiguity", "flips", "pairs_swapped.mpjpe"):
        assert found[name] == pytest.approx(0, abs=1e-4)
    assert found["pck"] == found["auc"] == 1


def test_flipped_views_by_hand():
    true, xy = moments()
    predicted = [pose.copy() for pose in true]
    predicted[0][0] = predicted[0][0][H36M17.swap]  # one of four views
    predicted[1][:] = predicted[1][:, H36M17.swap]  # both of two: they agree
    predicted[2][0] = predicted[2][0][H36M17.swap]  # the only one
    found = scores(predicted, true, [a + 0.02 for a in xy], xy)
    assert found["ambiguity"] == pytest.approx((1 / 4 + 0 + 0) / 3)
    assert found["flips"] == pytest.approx(4 / 7)
    assert found["mpjpe"] > 100
    assert found["flip_allowed.mpjpe"] == pytest.approx(0, abs=1e-4)
    assert found["mse2d"] == pytest.approx(np.sqrt(2), rel=1e-5)  # 0.02 of 2 along both axes: 1 % each


def test_bad_moments_are_named():
    true, xy = moments()
    with pytest.raises(ValueError, match="moments are given"):
        scores(true[:2], true, xy, xy)
    with pytest.raises(ValueError, match="moments are given"):
        scores([], [], [], [])
    with pytest.raises(ValueError, match="expected \\(V, 17, D\\)"):
        scores([true[0][0], *true[1:]], true, xy, xy)
