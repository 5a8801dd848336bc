"""The scores of error bars, on errors whose spread is known."""

from dataclasses import replace

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.benchmarks.lift.error_bars import LiftedTruth, figures, fit
from dance3d.stages.lift.postprocess import error_bars

TIME = fake_clip(8).time


def sample(said, spread=0.04, size=1.0):
    """A dancer whose joints are off by a normal error, and said to be within so many metres."""
    made = fake_dancer(TIME)
    truth = made.pose.xyz * size
    xyz = made.pose.xyz + np.random.default_rng(1).normal(0, spread, made.pose.xyz.shape).astype(np.float32)
    doubt = np.full(xyz.shape[:2], said, np.float32)
    return LiftedTruth(made.keypoints, replace(made.pose, xyz=xyz, doubt=doubt), truth.astype(np.float64))


def test_the_share_inside_is_that_of_the_error():
    found = figures([sample(0.04 * 1.8724)])  # 0.68 of a normal error in space are within 1.8724 deviations
    assert found["inside"] == pytest.approx(0.68, abs=0.03) and found["median_mm"] == pytest.approx(74.9, abs=0.1)
    assert figures([sample(0.2)])["inside"] > 0.99 and figures([sample(0.02)])["inside"] < 0.1


def test_the_size_of_the_body_does_not_count():
    assert figures([sample(0.2, size=1.3)])["inside"] > 0.97


def test_joints_said_to_be_near_are_counted_by_themselves():
    assert figures([sample(0.049)])["near"] == pytest.approx(0.33, abs=0.04)
    assert np.isnan(figures([sample(0.2)])["near"])


def test_joints_without_truth_do_not_count():
    one = sample(0.2)
    one.truth[:, 3:] = np.nan
    assert figures([one])["inside"] > 0.99


def test_the_fit_finds_the_constants_of_made_up_errors():
    rng = np.random.default_rng(0)
    kind, features = rng.integers(0, 3, 6000), rng.normal(size=(6000, 2))
    bars = np.exp(np.array([-3.0, -2.5, -2.0])[kind] + features @ [0.5, -0.2])
    off = bars * np.exp(rng.normal(-0.4677 * 0.5, 0.5, 6000))  # 0.68 of them are below the error bar
    base, factors = fit(off, kind, features, error_bars.SHARE)
    np.testing.assert_allclose(base, [-3, -2.5, -2], atol=0.08)
    np.testing.assert_allclose(factors, [0.5, -0.2], atol=0.05)
