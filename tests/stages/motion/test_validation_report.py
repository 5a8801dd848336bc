"""What is said of recognised movements after a validation."""

import numpy as np
import pytest
import torch

from dance3d.metrics import MovementF1
from dance3d.metrics.movements import score_figures
from dance3d.movement_types import NAMES
from dance3d.stages.motion.validation_report import score_charts, score_pictures

OWN = (*NAMES, "l_arm.my_own")


def scored(logits, labels, names=OWN):
    score = MovementF1(names=names)
    score.update(logits, labels)
    return score


@pytest.fixture(scope="module")
def score():
    """180 frames: the left arm's own type is found as it happens, the nod in part, the jump never."""
    labels, logits = torch.zeros(180, len(OWN)), torch.full((180, len(OWN)), -4.0)
    labels[10:40, -1], logits[10:40, -1] = 1, 4.0
    labels[100:130, 0], logits[110:130, 0] = 1, 4.0
    labels[50:60, OWN.index("body.jump")] = 1
    return scored(logits, labels)


def test_figures_by_hand(score):
    figures = score_figures(score)
    assert figures["l_arm.macro_f1"] == 1 and figures["body.macro_f1"] == 0
    assert figures["head.macro_f1"] == pytest.approx(0.8)  # 20 of 30 frames
    assert figures["macro_f1"] == pytest.approx(1.8 / 3)
    assert figures["precision"] == pytest.approx(2 / 3) and figures["recall"] == pytest.approx((1 + 2 / 3) / 3)
    nod, jump = 20 / 30 + 10 / 30 * 30 / 180, 10 / 180  # what is missed comes with all the rest, in one bin
    assert figures["map"] == pytest.approx((1 + nod + jump) / 3)
    assert 0 < figures["ece_by_part"] < 0.05 and 0 < figures["ece_pooled"] < figures["ece_by_part"]
    assert 0 < figures["brier"] < 0.01


def test_pictures_are_of_parts_and_probabilities(score):
    pictures = score_pictures(score)
    assert set(pictures) == {"parts", "reliability"}
    assert all(image.dtype == np.uint8 and image.shape[1:] == (960, 3) for image in pictures.values())


def test_charts_have_a_row_per_part_and_per_type_that_occurs(score):
    charts = score_charts(score)
    assert [row[0] for row in charts["parts"].rows] == ["head", "left arm", "body"]
    rows = {row[0]: row[1:] for row in charts["types"].rows}
    assert set(rows) == {"head.nod_down", "l_arm.my_own", "body.jump"} and rows["l_arm.my_own"][:2] == (30, 1.0)
    assert charts["reliability"].kind == "lines"


def test_a_still_dancer_for_one_frame_makes_figures_and_pictures():
    still = scored(torch.full((1, len(NAMES)), -4.0), torch.zeros(1, len(NAMES)), NAMES)
    figures = score_figures(still)
    assert figures["macro_f1"] == 0 and all(np.isfinite(list(figures.values()))) and len(score_pictures(still)) == 2
