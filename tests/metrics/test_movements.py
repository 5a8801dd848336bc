"""Movements by frames: F1, average precision, and what adds up."""

import numpy as np
import pytest
import torch

from dance3d.metrics import MovementCounts, MovementF1, f1_gain
from dance3d.metrics.movement_counts import mean_over_parts
from dance3d.movement_types import MOVEMENTS, NAMES

OWN = ("head.bob", "head.circle", "torso.wave", "torso.shimmy_shake")


def streams(rows=400, names=OWN, seed=0):
    """Logits that know something of the labels, the last type never happening."""
    rng = np.random.default_rng(seed)
    labels = rng.random((rows, len(names))) < np.linspace(0.4, 0.05, len(names))
    labels[:, -1] = False
    logits = rng.normal(size=labels.shape) * 1.5 + 2.0 * labels - 1.0
    return torch.from_numpy(logits).float(), torch.from_numpy(labels)


def fed(metric, logits, labels, pieces=3):
    for some, true in zip(logits.chunk(pieces), labels.chunk(pieces), strict=True):
        metric.update(some, true)
    return metric


def test_f1_precision_and_recall_are_those_of_sklearn():
    sklearn = pytest.importorskip("sklearn.metrics")
    logits, labels = streams()
    tally = fed(MovementF1(names=OWN), logits, labels).tally()
    precision, recall, score, support = sklearn.precision_recall_fscore_support(labels, logits >= 0, zero_division=0)
    np.testing.assert_allclose(tally.f1[:3], score[:3])
    np.testing.assert_allclose(tally.precision[:3], precision[:3])
    np.testing.assert_allclose(tally.recall[:3], recall[:3])
    assert tally.true.tolist() == support.tolist() and np.isnan(tally.f1[3])
    parts = tally.by_part()
    pooled = sklearn.f1_score(labels[:, 2:].flatten(), (logits[:, 2:] >= 0).flatten())  # false alarms of the last count
    assert parts["torso"]["micro_f1"] == pytest.approx(pooled) and parts["torso"]["macro_f1"] == pytest.approx(score[2])
    assert tally.macro_f1 == pytest.approx((score[:2].mean() + score[2]) / 2)
    assert list(parts) == ["head", "torso"]


def test_the_streamed_score_is_that_of_the_counts():
    logits, labels = streams()
    metric = fed(MovementF1(names=OWN), logits, labels)
    assert metric.compute().item() == pytest.approx(metric.tally().macro_f1)
    once = MovementCounts.of_frames((logits >= 0).numpy(), labels.numpy(), OWN)
    assert metric.tally().hits.tolist() == once.hits.tolist()
    tuned = fed(MovementF1(tuned=True, names=OWN), logits, labels)
    at = tuned.thresholds()
    best = MovementCounts.of_frames((logits >= at - 1e-4).numpy(), labels.numpy(), OWN)
    assert tuned.tally().found.tolist() == best.found.tolist() and tuned.compute() > metric.compute()


def test_average_precision_is_that_of_sklearn_and_its_mean_is_over_parts():
    sklearn = pytest.importorskip("sklearn.metrics")
    logits, labels = streams()
    average = fed(MovementF1(names=OWN), logits, labels).average_precision().numpy()
    rounded = torch.floor(logits * 20)  # the metric's bins: scores that share one are tied
    expected = [sklearn.average_precision_score(labels[:, i], rounded[:, i]) for i in range(3)]
    exact = [sklearn.average_precision_score(labels[:, i], logits[:, i]) for i in range(3)]
    np.testing.assert_allclose(average[:3], expected, rtol=1e-6)
    np.testing.assert_allclose(average[:3], exact, atol=0.02)
    assert np.isnan(average[3])
    assert mean_over_parts(average, OWN) == pytest.approx((np.mean(expected[:2]) + expected[2]) / 2, rel=1e-5)


def test_a_perfect_recogniser_gets_one_everywhere_and_a_silent_one_zero():
    labels = torch.zeros(30, len(MOVEMENTS))
    labels[torch.arange(30), torch.arange(30) * 5] = 1
    perfect, silent = (torch.where(labels > 0, sign, -9.0) for sign in (9.0, -9.0))
    right = fed(MovementF1(), perfect, labels)
    assert right.compute() == 1 and mean_over_parts(right.average_precision().numpy(), NAMES) == 1
    assert fed(MovementF1(), silent, labels).compute() == 0
    assert fed(MovementF1(), silent, labels).tally().precision[0] == 0
    assert max(right.calibration_errors().values()) < 1e-3


def test_a_missing_answer_finds_nothing_and_an_unknown_label_does_not_count():
    logits, labels = torch.full((4, 4), float("nan")), torch.zeros(4, 4)
    labels[0, 0], logits[1, 1], logits[2, 2] = 1, 30.0, 30.0
    labels[2, 2] = float("nan")  # nobody knows whether this one that is found is true
    tally = fed(MovementF1(names=OWN), logits, labels, 1).tally()
    assert (tally.hits.tolist(), tally.found.tolist(), tally.true.tolist()) == ([0] * 4, [0, 1, 0, 0], [1, 0, 0, 0])
    empty = fed(MovementF1(names=OWN), torch.zeros(0, 4), torch.zeros(0, 4), 1)
    assert empty.compute() == 0 and empty.tally().figures()["macro_f1"] == 0 and empty.parts() == {}


def test_the_best_threshold_of_a_precision():
    """The best F1 takes in a frame that is wrong; whoever asks for more precision leaves it out, and what is beyond."""
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, -2.0, -5.0])[:, None]
    labels = torch.tensor([1.0, 1.0, 0.0, 1.0, 1.0, 0.0])[:, None]
    score = fed(MovementF1(names=OWN[:1]), logits, labels, 1)
    best, precise = (score.thresholds(precision=precision) for precision in (0.0, 0.9))
    assert score.tally(best).precision[0] == 0.8 and score.tally(best).recall[0] == 1
    assert score.tally(precise).precision[0] == 1
    never = fed(MovementF1(names=OWN[:1]), -logits, labels, 1).thresholds(precision=0.9)
    assert torch.isfinite(never).all(), "where nothing is so precise, the best F1 decides"


def test_figures_have_the_names_of_the_bench():
    figures = fed(MovementF1(names=OWN), *streams()).tally().figures("rules.")
    wanted = {"macro_f1", "micro_f1", "precision", "recall", "head.macro_f1", "torso.macro_f1"}
    assert set(figures) == {f"rules.{name}" for name in wanted}


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"shapes \(3, 4\) and \(3, 4\), expected \(N, 154\)"):
        MovementF1().update(torch.zeros(3, 4), torch.zeros(3, 4))
    with pytest.raises(ValueError, match="'nose' is not known; choose from head, torso"):
        MovementF1(names=OWN).reliability("nose")
    with pytest.raises(ValueError, match="do not add up"):
        MovementCounts(*[np.zeros(4, int)] * 3, OWN) + MovementCounts(*[np.zeros(154, int)] * 3, NAMES)
    with pytest.raises(ValueError, match="4 names has counts of shapes"):
        MovementCounts(*[np.zeros(3, int)] * 3, OWN)
    with pytest.raises(ValueError, match=r"expected \(T, 4\) twice"):
        MovementCounts.of_frames(np.zeros((5, 3), bool), np.zeros((5, 3), bool), OWN)


def takes(count, share, seed):
    """Tallies of takes of which ``share`` of the frames are answered rightly, and who is true does not depend on it."""
    truths, answers = np.random.default_rng(1), np.random.default_rng(seed)
    out = []
    for _ in range(count):
        true = truths.random((200, 4)) < 0.3
        out.append(MovementCounts.of_frames(np.where(answers.random(true.shape) < share, true, ~true), true, OWN))
    return out


def test_a_gain_is_told_with_its_interval():
    worse, better = takes(12, 0.8, 2), takes(12, 0.9, 3)
    gain = f1_gain(worse, better)
    whole = sum(better[1:], better[0]).macro_f1 - sum(worse[1:], worse[0]).macro_f1
    assert gain.mean == pytest.approx(whole) and 0 < gain.low < whole < gain.high and gain.better == 1
    back = f1_gain(better, worse)
    assert (back.mean, back.low, back.high) == pytest.approx((-gain.mean, -gain.high, -gain.low)) and back.better == 0
    alike = f1_gain(takes(12, 0.9, 4), better)
    assert alike.low < 0 < alike.high
    assert f1_gain(worse, worse) == (0, 0, 0, 0)


def test_an_interval_needs_pairs():
    few = takes(3, 0.9, 0)
    with pytest.raises(ValueError, match="3 and 2 takes"):
        f1_gain(few, few[:2])
    with pytest.raises(ValueError, match="1 and 1 takes"):
        f1_gain(few[:1], few[:1])
    with pytest.raises(ValueError, match="the same truth"):
        f1_gain(few, few[::-1])


def test_f1_by_hand_and_its_best_threshold():
    metric, tuned = MovementF1(), MovementF1(tuned=True)
    logits, labels = torch.full((6, len(MOVEMENTS)), -5.0), torch.zeros(6, len(MOVEMENTS))
    column = NAMES.index("head.bob")
    labels[:3, column] = 1
    logits[:, column] = torch.tensor([2.0, 1.0, -1.0, 1.5, -2.0, -2.0])  # 2 right, 1 missed, 1 wrong
    for m in (metric, tuned):
        m.update(logits, labels)
    assert metric.compute().item() == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert tuned.compute().item() == pytest.approx(6 / 7)  # at -1.2 all three are found, and one wrong
    assert -2.0 < tuned.thresholds()[column] <= -1.0
    assert list(metric.parts()) == ["head"]
