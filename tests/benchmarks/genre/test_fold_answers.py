import numpy as np
import pytest
import torch

from dance3d.benchmarks.genre.fold_answers import FoldAnswers, opened, scored
from dance3d.contracts import NOT_A_DANCE

CLASSES = [NOT_A_DANCE, "salsa"]


def answers(sure=6.0):
    """Two classes that are told apart, strangers that look like nothing, and some that look like salsa."""
    torch.manual_seed(0)
    true = np.arange(600) % 2
    logits = torch.randn(600, 2).double() + sure * torch.nn.functional.one_hot(torch.from_numpy(true), 2)
    nothing, alike = (torch.randn(60, 2).double() * 0.1 + torch.tensor([0.0, shift]) for shift in (0.0, 6.0))
    prob = np.eye(2)[np.where(np.arange(600) < 60, 1 - true, true)]
    far, near = 20 + torch.rand(60).double(), 10 + torch.rand(600).double()
    strange = {"nothing": [(nothing, far)] * 3, "alike": [(alike, near[:60])] * 3, "far": [(alike, far)] * 3}
    tuned = [(nothing[:20], far[:20])] * 3
    return FoldAnswers(true, np.arange(600) // 200, logits, np.arange(600) // 4, prob, near, tuned, strange)


def test_strangers_are_counted_by_what_they_are_called():
    found = opened(answers(), CLASSES)
    assert found["known_mean"] > 0.85 and found["precision"] > 0.9
    assert found["accepted.nothing"] < 0.1 and found["accepted.alike"] > 0.9 and found["accepted_as_dance.alike"] > 0.9
    assert found["accepted.far"] < 0.1, "the net is sure of them, but nothing that trained is near"
    assert found["named.alike"] <= found["accepted_as_dance.alike"]


def test_trees_and_net_are_scored_on_the_same_windows():
    found = dict(scored(answers(), CLASSES))
    assert found["net"]["macro_f1"] > 0.99 and found["trees"]["accuracy"] == pytest.approx(0.9)
    assert found["net"]["windows"] == found["trees"]["windows"] == 600
    assert found["trees"]["confusion.salsa.salsa"] == pytest.approx(0.9, abs=0.01)
