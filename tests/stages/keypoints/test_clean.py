"""Detector faults with a known truth: exchanged sides, jumps, absences, jitter."""

import sys

import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import clean
from dance3d.stages.keypoints.smooth import smooth

FPS = 30
REST = {
    "pelvis": (0, 0), "spine": (0, -50), "thorax": (0, -100), "nose": (0, -130), "head": (0, -160),
    "left_hip": (18, 0), "left_knee": (22, 90), "left_ankle": (22, 185),
    "left_shoulder": (30, -100), "left_elbow": (60, -60), "left_wrist": (80, -20),
}  # fmt: skip
REST |= {j.replace("left", "right"): (-x, y) for j, (x, y) in REST.items() if j.startswith("left")}


def dancer(frames=90, fps=FPS):
    """A body of 100 px trunk that sways and swings its arms; (T, 17, 2) and times."""
    time = np.arange(frames) / fps
    xy = np.tile(np.array([REST[j] for j in H36M17.joints], float), (frames, 1, 1)) + 400
    xy[..., 0] += 30 * np.sin(2 * np.pi * 0.4 * time)[:, None]
    for side, phase in (("left", 0), ("right", 1)):
        xy[:, H36M17.index(f"{side}_wrist"), 1] += 60 * np.sin(2 * np.pi * 1.0 * time + phase)
    return xy, time


def test_size_is_about_a_trunk_and_survives_absence():
    xy, time = dancer()
    size = clean.body_size(xy, time)
    assert np.all((size > 95) & (size < 100.5))
    xy[20:40] = np.nan
    np.testing.assert_allclose(clean.body_size(xy, time), size, rtol=0.05)
    assert np.isnan(clean.body_size(np.full_like(xy, np.nan), time)).all()


@pytest.mark.parametrize("limb", [0, 1])
def test_a_flicker_of_sides_is_undone(limb):
    xy, time = dancer()
    true = np.zeros((len(xy), 2), bool)
    true[[30, 50, 51, 52], limb] = True
    seen = clean.exchange(xy, true)
    assert np.abs(seen - xy).max() > 30
    found = clean.exchanged(seen, clean.body_size(seen, time), time)
    np.testing.assert_array_equal(found, true)
    np.testing.assert_array_equal(clean.exchange(seen, found), xy)


def test_a_whole_body_that_turns_round_at_once_is_not_believed_for_a_third_of_a_second():
    xy, time = dancer()
    true = np.zeros((len(xy), 2), bool)
    true[40:51] = True
    width = np.interp(np.arange(len(xy)), [38, 50], [1.0, 0.05])[:, None]  # wide where it begins, narrow where it ends
    xy[..., 0] = 400 + (xy[..., 0] - 400) * width
    seen = clean.exchange(xy, true)
    np.testing.assert_array_equal(clean.exchanged(seen, clean.body_size(xy, time), time)[:50], true[:50])


def test_what_was_never_exchanged_stays():
    xy, time = dancer()
    assert not clean.exchanged(xy, clean.body_size(xy, time), time).any()
    turn = np.cos(np.linspace(0, np.pi, len(xy)))[:, None]  # turning round: left and right pass each other
    xy[..., 0] = 400 + (xy[..., 0] - 400) * turn
    assert not clean.exchanged(xy, clean.body_size(xy, time), time).any()


def test_a_lasting_exchange_is_believed():
    xy, time = dancer()
    half = np.zeros((len(xy), 2), bool)
    half[40:] = True
    seen = clean.exchange(xy, half)
    assert not clean.exchanged(seen, clean.body_size(seen, time), time).any()


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
    assert clean.cuts(xy, size, time) == [(0, 90)]
    xy[50:] += 300
    assert clean.cuts(xy, size, time) == [(0, 50), (50, 90)]
    xy[30:60] = np.nan  # while away there was time to walk
    assert clean.cuts(xy, size, time) == [(0, 90)]


def test_short_absences_are_bridged_long_ones_not():
    xy, time = dancer()
    score = np.ones(xy.shape[:2])
    holes = xy.copy()
    holes[10:20] = np.nan  # a third of a second
    holes[40:70] = np.nan  # a whole one
    score[np.isnan(holes[..., 0])] = 0
    filled, sure = clean.fill(holes, score, time)
    straight = np.linspace(xy[9], xy[20], 12)[1:-1]
    np.testing.assert_allclose(filled[10:20], straight)
    assert np.isnan(filled[40:70]).all() and (sure[40:70] == 0).all()
    assert (sure[10:20] == clean.FILL_SCORE).all()


def jitter(xy):
    return float(np.linalg.norm(np.diff(xy, 2, axis=0), axis=-1).mean())


def test_a_still_joint_stops_trembling():
    rng = np.random.default_rng(0)
    true = np.full((120, 17, 2), 300.0)
    noisy = true + rng.normal(0, 1.5, true.shape)
    out = smooth(noisy, np.ones((120, 17)), np.arange(120) / FPS, np.full(120, 100.0))
    assert jitter(out) < 0.15 * jitter(noisy)
    assert np.abs(out - true).mean() < 0.5 * np.abs(noisy - true).mean()


def test_acceleration_error_on_a_dancer_falls():
    rng = np.random.default_rng(1)
    true, time = dancer(180)
    noisy = true + rng.normal(0, 1.5, true.shape)
    out = smooth(noisy, np.ones(true.shape[:2]), time, np.full(180, 100.0))
    assert jitter(out - true) < 0.4 * jitter(noisy - true)
    assert np.linalg.norm(out - true, axis=-1).mean() < 0.7 * np.linalg.norm(noisy - true, axis=-1).mean()


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_fast_move_keeps_its_time_and_its_height(fps):
    """A hand that strikes and comes back, 2 m/s at its fastest (100 px being half a metre)."""
    time = np.arange(3 * fps) / fps
    path = 100 * np.exp(-(((time - 1.5) / 0.2) ** 2))
    xy = np.zeros((len(time), 17, 2))
    xy[..., 1] = path[:, None]
    out = smooth(xy, np.ones(xy.shape[:2]), time, np.full(len(time), 100.0))[:, 0, 1]
    assert np.abs(out - path).max() < 3
    assert abs(time[out.argmax()] - 1.5) < 1e-6 and out.max() > 97


def test_uneven_times_bend_no_straight_line():
    rng = np.random.default_rng(2)
    time = np.cumsum(rng.uniform(0.01, 0.08, 100))
    xy = np.zeros((100, 17, 2))
    xy[..., 0] = (40 * time)[:, None]
    out = smooth(xy, np.ones((100, 17)), time, np.full(100, 100.0))
    np.testing.assert_allclose(out, xy, atol=0.05)


def test_the_unsure_counts_less():
    time = np.arange(60) / FPS
    xy, score = np.full((60, 17, 2), 300.0), np.ones((60, 17))
    xy[30] += 20
    sure = smooth(xy, score, time, np.full(60, 100.0))
    score[30] = 0.1
    unsure = smooth(xy, score, time, np.full(60, 100.0))
    assert np.abs(unsure[30] - 300).max() < 0.3 * np.abs(sure[30] - 300).max()


def test_nan_stays_and_touches_nobody():
    xy, time = dancer()
    holes = xy.copy()
    holes[30:34, 3] = np.nan
    args = (np.ones(xy.shape[:2]), time, np.full(len(xy), 100.0))
    out, whole = smooth(holes, *args), smooth(xy, *args)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(holes))
    others = [j for j in range(17) if j != 3]
    np.testing.assert_allclose(out[:, others], whole[:, others], atol=1e-9)


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_the_shortest_clips(frames):
    xy, time = dancer(frames)
    out = smooth(xy, np.ones(xy.shape[:2]), time, clean.body_size(xy, time))
    assert out.shape == xy.shape and np.abs(out - xy).max() < 10
    missing = np.full_like(xy, np.nan)
    assert np.isnan(smooth(missing, np.zeros(xy.shape[:2]), time, clean.body_size(missing, time))).all()


def test_chunks_leave_no_seam(monkeypatch):
    xy, time = dancer(200)
    xy += np.random.default_rng(3).normal(0, 1, xy.shape)
    args = (xy, np.ones(xy.shape[:2]), time, np.full(200, 100.0))
    whole = smooth(*args)
    monkeypatch.setattr(sys.modules[smooth.__module__], "CHUNK", 37)
    np.testing.assert_allclose(smooth(*args), whole, atol=1e-9)
