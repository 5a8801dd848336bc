"""Detector faults with a known truth: jumps, absences."""

import numpy as np
from swaying_dancer import dancer

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import clean


def test_size_is_about_a_trunk_and_survives_absence():
    xy, time = dancer()
    size = clean.body_size(xy, time)
    assert np.all((size > 95) & (size < 100.5))
    xy[20:40] = np.nan
    np.testing.assert_allclose(clean.body_size(xy, time), size, rtol=0.05)
    assert np.isnan(clean.body_size(np.full_like(xy, np.nan), time)).all()


def test_a_joint_that_jumps_away_is_not_measured():
    xy, _ = dancer()
    size = np.full(len(xy), 100.0)
    assert not clean.outliers(xy, size).any()
    knee = H36M17.index("left_knee")
    xy[44, knee] += (90, -40)
    away = clean.outliers(xy, size)
    assert away[44, knee] and away.sum() == 1
    xy[60] += 150  # somebody else for one frame
    away = clean.outliers(xy, size)
    assert away[60].all() and away.sum() == 18


def test_another_shot_begins_a_new_stretch():
    xy, time = dancer()
    size = np.full(len(xy), 100.0)
    assert clean.split_at_cuts(xy, size, time) == [(0, 90)]
    xy[50:] += 300
    assert clean.split_at_cuts(xy, size, time) == [(0, 50), (50, 90)]
    xy[30:60] = np.nan  # while away there was time to walk
    assert clean.split_at_cuts(xy, size, time) == [(0, 90)]


def test_short_absences_are_bridged_long_ones_not():
    xy, time = dancer()
    score = np.ones(xy.shape[:2])
    holes = xy.copy()
    holes[10:20] = np.nan  # a third of a second
    holes[40:70] = np.nan  # a whole one
    score[np.isnan(holes[..., 0])] = 0
    filled, sure = clean.fill_gaps(holes, score, time)
    straight = np.linspace(xy[9], xy[20], 12)[1:-1]
    np.testing.assert_allclose(filled[10:20], straight)
    assert np.isnan(filled[40:70]).all() and (sure[40:70] == 0).all()
    assert (sure[10:20] == clean.GAP_SCORE).all()
