"""Probabilities that mean what they say, and some that do not."""

import numpy as np
import pytest
import torch
from torchmetrics.classification import BinaryCalibrationError, MulticlassCalibrationError

from dance3d.metrics import MovementF1, TopCalibration, calibration_errors, reliability

NAMES = ("head.bob", "head.circle", "torso.wave")


def test_the_error_is_that_of_torchmetrics():
    rng = np.random.default_rng(0)
    prob = rng.random(3000)
    right = rng.random(3000) < prob**2
    found = reliability(prob, right)
    other = BinaryCalibrationError(n_bins=15)(torch.from_numpy(prob), torch.from_numpy(right).int())
    assert found.ece == pytest.approx(float(other), abs=1e-6) and found.ece > 0.1
    assert found.brier == pytest.approx(((prob - right) ** 2).mean())
    assert found.times.sum() == 3000 and len(found.said) == 15


def test_the_error_of_the_likeliest_class_is_that_of_torchmetrics():
    torch.manual_seed(0)
    logits, target = 2 * torch.randn(500, 4), torch.randint(0, 4, (500,))
    metric = TopCalibration()
    for some, true in zip(logits.chunk(3), target.chunk(3), strict=True):
        metric.update(some, true)
    other = MulticlassCalibrationError(4, n_bins=15)(logits.softmax(-1), target)
    assert metric.compute().item() == pytest.approx(float(other), abs=1e-5)
    square = (logits.softmax(-1) - torch.nn.functional.one_hot(target, 4)).square().sum(-1).mean()
    assert metric.reliability().brier == pytest.approx(float(square), abs=1e-5)


def test_said_and_came_by_hand():
    found = reliability(np.array([0.1, 0.1, 0.9, 1.0]), np.array([0, 1, 1, 1]), bins=2)
    np.testing.assert_allclose([found.times, found.said, found.came], [[2, 2], [0.1, 0.95], [0.5, 1.0]])
    assert found.ece == pytest.approx((2 * 0.4 + 2 * 0.05) / 4)


def test_probabilities_that_mean_what_they_say_have_no_error():
    rng = np.random.default_rng(1)
    prob = rng.random((60_000, 3))
    labels = torch.from_numpy(rng.random(prob.shape) < prob)
    metric = MovementF1(names=NAMES)
    metric.update(torch.from_numpy(prob).logit(), labels)
    assert max(metric.calibration_errors().values()) < 0.01
    boastful = MovementF1(names=NAMES)
    boastful.update(3 * torch.from_numpy(prob).logit(), labels)
    assert min(boastful.calibration_errors().values()) > 0.1


def test_parts_that_err_in_opposite_ways_balance_in_the_pooled_error_only():
    low, high = (reliability(np.full(10, 0.5), np.arange(10) < came) for came in (3, 7))
    both = reliability(np.full(20, 0.5), np.arange(20) < 10)
    assert calibration_errors(both, [low, high]) == pytest.approx({"ece_pooled": 0, "ece_by_part": 0.2})


def test_the_stream_agrees_with_all_at_once_by_part_and_over_all():
    rng = np.random.default_rng(2)
    prob, labels = rng.random((5000, 3)), rng.random((5000, 3)) < 0.3
    metric = MovementF1(names=NAMES)
    metric.update(torch.from_numpy(prob).logit(), torch.from_numpy(labels))
    for part, columns in (("head", [0, 1]), ("torso", [2]), ("", [0, 1, 2])):
        once, streamed = reliability(prob[:, columns].ravel(), labels[:, columns].ravel()), metric.reliability(part)
        assert streamed.ece == pytest.approx(once.ece, abs=2e-3)
        assert streamed.brier == pytest.approx(once.brier, abs=2e-3)
        np.testing.assert_allclose(streamed.times, once.times, atol=60 * len(columns))


def boastful(rows=20_000, seed=3):
    """Logits three times as sure as they should be, and 1.2 too high, of three types; the last never happens."""
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(rows, 3)) - 1
    labels = rng.random(true.shape) < 1 / (1 + np.exp(-true))
    labels[:, 2] = False
    return torch.from_numpy(3 * true + 1.2), torch.from_numpy(labels)


def test_slope_and_shift_undo_what_was_done_to_the_logits():
    logits, labels = boastful()
    metric = MovementF1(names=NAMES)
    metric.update(logits, labels)
    slope, shift = metric.platt()
    assert slope[:2].tolist() == pytest.approx([1 / 3, 1 / 3], rel=0.05)
    assert shift[:2].tolist() == pytest.approx([-0.4, -0.4], abs=0.05)
    assert slope.isfinite().all() and shift[2] < -3  # never, as far as one knows
    better = MovementF1(names=NAMES)
    better.update(slope * logits + shift, labels)
    one, other = (score.calibration_errors()["ece_by_part"] for score in (better, metric))
    assert one < 0.02 < other


def test_slope_and_shift_are_those_of_sklearn():
    linear = pytest.importorskip("sklearn.linear_model")
    logits, labels = boastful(3000)
    metric = MovementF1(names=NAMES)
    metric.update(logits, labels)
    model = linear.LogisticRegression(C=1e6).fit(logits[:, :1], labels[:, 0])
    slope, shift = metric.platt()
    assert (slope[0], shift[0]) == pytest.approx((model.coef_[0, 0], model.intercept_[0]), abs=0.01)


def test_nothing_said_has_no_error_and_a_missing_probability_has_none_to_show():
    nothing = reliability(np.zeros(0), np.zeros(0))
    assert np.isnan(nothing.ece) and np.isnan(nothing.said).all() and np.isnan(nothing.brier)
    none = TopCalibration()
    none.update(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))
    assert none.compute() == 0
    assert np.isnan(reliability(np.array([0.5, np.nan]), np.array([1, 1])).ece)
    broken = TopCalibration()
    broken.update(torch.tensor([[0.0, 1.0], [float("nan"), 0.0]]), torch.tensor([1, 0]))
    assert broken.compute().isnan()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"shape \(2,\), what came true \(3,\)"):
        reliability(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match=r"shapes \(2, 4\) and \(3,\)"):
        TopCalibration().update(torch.zeros(2, 4), torch.zeros(3, dtype=torch.long))
