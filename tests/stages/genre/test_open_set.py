"""None of these: calibration, the odds of being known, motion of no class, and the dancers' votes."""

import numpy as np
import pytest
import torch

from dance3d.benchmarks.genre import open_set
from dance3d.contracts import Genre
from dance3d.movement_types import NAMES
from dance3d.stages.genre.aggregate import sure, weighed
from dance3d.stages.genre.features import BLOCKS, JOINTS, MOVES, WIDTH
from dance3d.stages.genre.model import GenreNet, scores
from dance3d.stages.genre.open_set import KEPT, opening, temperature
from dance3d.stages.genre.outlier_exposure import LOWER, strangers

RNG = np.random.default_rng(0)
CLASSES = np.arange(500) % 2


def test_temperature_finds_how_much_too_sure_logits_are():
    honest = RNG.normal(size=(4000, 3)) * 1.5
    prob = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    genre = (prob.cumsum(1) > RNG.random((4000, 1))).argmax(1)
    assert temperature(honest, genre) == pytest.approx(1, abs=0.12)
    assert temperature(honest / 2, genre) == 1, "never surer than the net"
    assert temperature(2.5 * honest, genre) == pytest.approx(2.5, abs=0.3)
    assert temperature(honest[:0], genre[:0]) == 1


def odds(found, x):
    return 1 / (1 + np.exp(-(x @ found[:-1] + found[-1])))


def test_the_opening_tells_known_from_strange_and_keeps_the_known():
    known, strange = RNG.normal([4, 3], 1, (500, 2)), RNG.normal([0, 0], 1, (300, 2))
    found = opening(known, CLASSES[: len(known)], strange)
    assert (odds(found, known) >= 0.5).mean() > 0.97 and (odds(found, strange) < 0.5).mean() > 0.97
    alike = opening(known, CLASSES[:500], known - 0.1)
    assert (odds(alike, known) >= 0.5).mean() >= KEPT - 0.01, "what cannot be told apart stays known"


def test_a_small_class_counts_as_much_as_a_large_one():
    known = np.concatenate([np.full((190, 1), 4.0), np.full((10, 1), 1.0)]) + RNG.normal(0, 0.1, (200, 1))
    found = opening(known, np.repeat([0, 1], [190, 10]), RNG.normal(2, 0.1, (300, 1)))
    assert (odds(found, known[190:]) >= 0.5).mean() > 0.7


def test_a_higher_score_never_makes_a_dance_less_known():
    known, strange = RNG.normal([3, 0], 1, (200, 2)), RNG.normal([0, 2], 1, (200, 2))
    found = opening(known, CLASSES[: len(known)], strange)
    assert (found[:-1] >= 0).all() and found[0] > 0
    assert opening(known, CLASSES[:200], strange[:0]).tolist() == [0, 0, 5], "nothing to tell apart"


def test_scores_of_logits():
    got = scores(torch.tensor([[2.0, 0.0], [100.0, 0.0]]))
    assert got[0, 0] == pytest.approx(2.0) and got[1, 0] == 9
    assert got[0, 1] == pytest.approx(np.log(np.exp(2) + 1), abs=1e-5)


def test_an_answer_is_calibrated_and_open():
    net = GenreNet(("a", "b"), WIDTH, hidden=8).eval()
    x, here = torch.randn(3, 50, WIDTH), torch.ones(3, 50)
    with torch.no_grad():
        before, all_known = net.answer(x, here)
        net.temperature.fill_(4.0)
        net.opening.copy_(torch.tensor([0.0, 0.0, -2.0]))
        after, none = net.answer(x, here)
    assert (after.max(1).values < before.max(1).values).all() and (after.argmax(1) == before.argmax(1)).all()
    assert (all_known > 0.99).all() and (none < 0.2).all() and torch.allclose(after.sum(1), torch.ones(3).double())


def test_strangers_are_legs_of_one_and_arms_of_another():
    values = torch.arange(4.0)[:, None, None].expand(4, 50, WIDTH).clone()
    torch.manual_seed(0)
    made, there = strangers(values, torch.ones(4, 50), torch.arange(4), noise=0.0)
    assert made.shape[1:] == (50, WIDTH) and there.shape == made.shape[:2] and torch.isfinite(made).all()
    mixed = [x for x in made if x.unique().numel() == 2]
    assert mixed
    for one in mixed:
        assert one[:, LOWER].unique().numel() == one[:, ~LOWER].unique().numel() == 1
    assert LOWER[NAMES.index("hips.sway")] and not LOWER[NAMES.index("l_arm.raise_side")]
    ankle, wrist = (MOVES + 3 * JOINTS.index(f"left_{joint}") for joint in ("ankle", "wrist"))
    assert LOWER[ankle] and not LOWER[wrist] and LOWER[BLOCKS["pose2d"]].sum() == 18


def test_one_class_has_no_mixtures():
    made, _ = strangers(torch.rand(8, 50, WIDTH), torch.ones(8, 50), torch.zeros(8, dtype=torch.long))
    assert len(made) == 4, "still and slow ones alone"


def answer(prob, known=1.0):
    return Genre(prob=prob, classes=("a", "b", "c"), known=known)


def test_votes_go_by_time_certainty_and_how_well_it_is_known():
    certain, torn, strange = answer([1, 0, 0]), answer([0.4, 0.3, 0.3]), answer([0, 1, 0], 0.1)
    assert sure(certain.prob) == 1 and 0 < sure(torn.prob) < 0.05
    got = [one.weight for one in weighed([certain, torn, strange], [10.0, 10.0, 10.0])]
    assert sum(got) == pytest.approx(1) and got[0] > got[2] > got[1]
    assert [one.weight for one in weighed([certain, certain], [30.0, 10.0])] == pytest.approx([0.75, 0.25])


def test_what_stays_known_is_counted_by_the_true_class():
    found = [answer([1, 0, 0], 0.9), answer([1, 0, 0], 0.2), answer([0, 1, 0], 0.6)]
    assert open_set.known(["a", "a", "tango"], found) == {"known": 0.6667, "known.a": 0.5, "known.tango": 1.0}


def test_without_a_voice_all_share_alike():
    even = answer([1 / 3, 1 / 3, 1 / 3], 0.0)
    assert [one.weight for one in weighed([even, even], [0.0, 0.0])] == [0.5, 0.5]
    assert weighed([], []) == []
