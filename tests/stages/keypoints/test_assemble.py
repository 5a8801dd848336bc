import numpy as np
import pytest
from blazepose_bodies import body

from dance3d.skeleton import H36M17, to_h36m17
from dance3d.stages.keypoints import clean
from dance3d.stages.keypoints.assemble import track


def test_without_smoothing_what_was_measured_stays_as_it_was():
    rng = np.random.default_rng(0)
    noisy = body() + rng.normal(0, [0.003, 0.003, 0], (40, 33, 3))
    raw, score = to_h36m17(noisy[..., :2] * 1000, noisy[..., 2], "blazepose33")
    plain, smoothed = (track(raw, score, np.arange(40) / 30, (1000, 1000), on) for on in (False, True))
    np.testing.assert_array_equal(plain.xy[plain.measured], plain.raw[plain.measured])
    np.testing.assert_array_equal(plain.raw, smoothed.raw)
    shake = [np.linalg.norm(np.diff(k.xy, 2, axis=0), axis=-1).mean() for k in (plain, smoothed)]
    assert shake[1] < 0.2 * shake[0]


@pytest.mark.parametrize("smoothed", [False, True])
def test_joints_outside_of_the_picture_are_guesses(smoothed):
    """The picture ends above the ankles, of which a detector tells all the same."""
    raw, score = to_h36m17(np.tile(body()[:, :2] * 1000, (40, 1, 1)), np.full((40, 33), 0.9), "blazepose33")
    ankles = H36M17.indices("left_ankle", "right_ankle")
    knees = raw[0, H36M17.indices("left_knee", "right_knee"), 1].max()
    height = round((knees + raw[0, ankles, 1].min()) / 2)
    made = track(raw, score, np.arange(40) / 30, (1000, height), smoothed)
    assert not made.measured[:, ankles].any() and np.delete(made.measured, ankles, 1).all()
    assert (made.score[:, ankles] <= clean.BEYOND_SCORE + 1e-6).all() and np.isfinite(made.xy).all()
    assert np.isfinite(made.raw).all()


@pytest.mark.parametrize("smoothed", [False, True])
def test_nothing_goes_on_from_one_shot_to_the_next(smoothed):
    """A body that stands still while the film cuts to another, a little aside, with a frame missing on either side."""
    raw, score = to_h36m17(np.tile(body()[:, :2] * 1000, (40, 1, 1)), np.full((40, 33), 0.9), "blazepose33")
    raw[20:] += 20
    raw[19:21] = np.nan
    made = track(raw, score, np.arange(40) / 30, (1000, 1000), smoothed, shots=(0, 20))
    assert made.shots == (0, 20) and np.isnan(made.xy[19:21]).all()
    np.testing.assert_allclose(made.xy[:19], raw[:19], atol=1e-3)
    np.testing.assert_allclose(made.xy[21:], raw[21:], atol=1e-3)
    whole = track(raw, score, np.arange(40) / 30, (1000, 1000), smoothed)
    assert np.isfinite(whole.xy).all()  # of one shot the gap is filled


def test_a_shot_without_the_dancer_is_missing():
    raw, score = to_h36m17(np.tile(body()[:, :2] * 1000, (40, 1, 1)), np.full((40, 33), 0.9), "blazepose33")
    raw[10:25] = np.nan
    made = track(raw, score, np.arange(40) / 30, (1000, 1000), True, shots=(0, 10, 25))
    assert np.isnan(made.xy[10:25]).all() and made.measured[:10].all() and made.measured[25:].all()
