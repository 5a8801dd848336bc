"""Thresholds and calibration from takes that did not train."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from moving_arms import make_training_set

from dance3d.movement_types import NAMES, WORD_NAMES
from dance3d.stages.motion.calibration import WORDS, Judged, calibrate_by_folds, judge, precise_thresholds
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import load
from dance3d.stages.stored_nets import store_net


@pytest.fixture
def net():
    torch.manual_seed(0)
    return MotionNet(hidden=8, words=WORD_NAMES, graded=True).eval()


def told(net, word, logits, labels):
    """What one word got, and nothing of anything else."""
    judged, column = Judged(), len(net.names) + WORD_NAMES.index(word)
    every, known = torch.zeros(len(logits), net.width), torch.full((len(logits), net.width), torch.nan)
    every[:, column], known[:, column] = torch.tensor(logits), torch.tensor(labels)
    judged.update(net, every, torch.zeros_like(every), known)
    return judged, column


def test_a_word_is_asked_to_be_precise_where_that_costs_little(net):
    """Ten right answers, two of which are weaker than a wrong one: without it F1 is 18 of 19, and 20 of 21 with it."""
    judged, column = told(net, "spin", [3.0] * 8 + [1.0] + [0.5] * 2, [1.0] * 8 + [0.0] + [1.0] * 2)
    judged.calibrate(net)
    assert net.least[column] <= 0.5, "it would cost more than a twentieth of the best F1"
    judged, column = told(net, "spin", [3.0] * 40 + [1.0] * 6 + [0.5] * 2, [1.0] * 40 + [0.0] * 6 + [1.0] * 2)
    judged.calibrate(net)
    assert 1.0 < net.least[column] <= 3.0 and net.trusted[column] == 1


def test_rules_decide_where_they_alone_are_better(net):
    judged = Judged()
    labels = torch.full((40, net.width), torch.nan)
    labels[:, 0] = (torch.arange(40) % 4 == 0).float()
    hints, logits = labels.nan_to_num(), torch.randn(40, net.width)
    judged.update(net, logits, hints, labels)
    judged.calibrate(net)
    assert net.ruled[0] == 1 and net.trusted[0] == 1, "the rules are always right"
    assert net.ruled[1] == 1 and net.trusted[1] == 0, "what never happened leaves it to the rules, and is not trusted"


def test_folds_answer_for_takes_that_they_never_saw(net, tmp_path):
    """The counts of all folds add up, and each is of its own films."""
    given = make_training_set(tmp_path)
    index = Path(given["index"])
    lines = json.loads(index.read_text())
    index.write_text(json.dumps([line | {"fold": fold} for line, fold in zip(lines, (0, 1, 1, -1), strict=True)]))
    paths = [tmp_path / name for name in ("one", "fold0", "fold1", "out")]
    for path in paths[:3]:
        torch.manual_seed(len(path.name))
        store_net(path, "motion", MotionNet(hidden=8, words=WORD_NAMES, graded=True), net.config)
    calibrate_by_folds(paths[0], paths[1:3], given, paths[3])
    wanted = Judged()
    for fold, path in enumerate(paths[1:3]):
        wanted.add(judge(load(path), MotionData(**given, fold=fold).read("test")["test"]))
    one, out = load(paths[0]), load(paths[3])
    least = out.least[len(out.names) :]
    np.testing.assert_allclose(least, precise_thresholds(wanted.words, wanted.words.thresholds(-4.0, 6.0)), atol=0.01)
    assert int(wanted.types.counts.sum()) > 0 and wanted.words.names == WORDS
    assert torch.equal(one.body.head.weight, out.body.head.weight) and not torch.equal(one.slope, out.slope)
    assert out.slope[: len(NAMES)].std() > 0
