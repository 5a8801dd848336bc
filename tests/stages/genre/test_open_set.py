"""Open set: calibration and the odds of being known."""

import numpy as np
import pytest
import torch

from dance3d.stages.genre.open_set import KEPT, PRECISION, calibrate, fit_named, fit_open_set, fit_temperature

RNG = np.random.default_rng(0)
CLASSES = np.arange(500) % 2


def test_temperature_finds_how_much_too_sure_logits_are():
    honest = RNG.normal(size=(4000, 3)) * 1.5
    prob = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    genre = (prob.cumsum(1) > RNG.random((4000, 1))).argmax(1)
    assert fit_temperature(honest, genre) == pytest.approx(1, abs=0.12)
    assert fit_temperature(honest / 2, genre) == 1, "never surer than the net"
    assert fit_temperature(2.5 * honest, genre) == pytest.approx(2.5, abs=0.3)
    assert fit_temperature(honest[:0], genre[:0]) == 1


def odds(found, x):
    return 1 / (1 + np.exp(-(x @ found[:-1] + found[-1])))


def test_the_fit_separates_known_from_outliers_and_keeps_the_known():
    known, strange = RNG.normal([4, 3], 1, (500, 2)), RNG.normal([0, 0], 1, (300, 2))
    found = fit_open_set(known, CLASSES[: len(known)], strange)
    assert (odds(found, known) >= 0.5).mean() > 0.97 and (odds(found, strange) < 0.5).mean() > 0.97
    alike = fit_open_set(known, CLASSES[:500], known - 0.1)
    assert (odds(alike, known) >= 0.5).mean() >= KEPT - 0.01, "what cannot be told apart stays known"


def test_a_small_class_counts_as_much_as_a_large_one():
    known = np.concatenate([np.full((190, 1), 4.0), np.full((10, 1), 1.0)]) + RNG.normal(0, 0.1, (200, 1))
    found = fit_open_set(known, np.repeat([0, 1], [190, 10]), RNG.normal(2, 0.1, (300, 1)))
    assert (odds(found, known[190:]) >= 0.5).mean() > 0.7


def test_a_higher_score_never_makes_a_dance_less_known():
    known, strange = RNG.normal([3, 0], 1, (200, 2)), RNG.normal([0, 2], 1, (200, 2))
    found = fit_open_set(known, CLASSES[: len(known)], strange)
    assert (found[:-1] >= 0).all() and found[0] > 0
    assert fit_open_set(known, CLASSES[:200], strange[:0]).tolist() == [0, 0, 5], "nothing to tell apart"


def test_a_class_is_named_from_where_enough_answers_are_right():
    sure = np.linspace(0, 1, 1000)
    right = RNG.random(1000) < sure
    least = fit_named(sure, right, np.ones(1000))
    assert right[sure >= least].mean() == pytest.approx(PRECISION, abs=0.01) and 0.6 < least < 0.95
    assert fit_named(sure, np.zeros(1000, bool), np.ones(1000)) == 1
    assert fit_named(sure[:0], right[:0], sure[:0]) == 1


def test_a_calibration_names_the_sure_and_refuses_strangers():
    torch.manual_seed(0)
    genre = torch.arange(600) % 3
    logits = torch.randn(600, 3).double() + 5 * torch.nn.functional.one_hot(genre, 3)
    strange = torch.randn(200, 3).double() * 0.3
    found = calibrate(logits, genre, strange[:100], strange[100:])
    assert 1 <= found.temperature <= 5 and 0 <= found.named < 1 and len(found.opening) == 3
    assert calibrate(logits, genre, strange[:0], strange).named <= found.named
