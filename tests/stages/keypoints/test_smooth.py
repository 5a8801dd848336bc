"""Jitter goes, and what moves keeps its time and height."""

import sys

import numpy as np
import pytest
from swaying_dancer import FPS, dancer

from dance3d.stages.keypoints import clean
from dance3d.stages.keypoints.smooth import smooth


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
    assert np.abs(unsure[30] - 300).max() < 0.1 * np.abs(sure[30] - 300).max()


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
