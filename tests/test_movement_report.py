"""What is said of recognised movements after a validation."""

import numpy as np
import pytest
import torch

from dance3d.metrics import MovementF1
from dance3d.movement_report import movement_report, score_charts
from dance3d.vocabulary import NAMES

OWN = (*NAMES, "l_arm.my_own")


@pytest.fixture(scope="module")
def take():
    """Two takes of 90 frames: the left arm's own type is found as it happens, the nod late, the jump never."""
    labels, logits = torch.zeros(180, len(OWN)), torch.full((180, len(OWN)), -4.0)
    labels[10:40, -1], logits[10:40, -1] = 1, 4.0
    labels[100:130, 0], logits[110:130, 0] = 1, 4.0
    labels[50:60, OWN.index("body.jump")] = 1
    return logits, labels, np.tile(np.arange(90) / 30, 2)


def test_figures_by_hand(take):
    figures, _ = movement_report(*take, OWN)
    assert figures["l_arm.macro_f1"] == 1 and figures["body.macro_f1"] == 0
    assert figures["head.macro_f1"] == pytest.approx(0.8)  # 20 of 30 frames
    assert figures["macro_f1"] == pytest.approx(1.8 / 3)
    assert figures["onset.macro_f1"] == pytest.approx(1 / 3)  # the nod begins a third of a second late
    assert figures["overlap.macro_f1"] == pytest.approx(2 / 3)
    assert figures["precision"] == pytest.approx(2 / 3) and figures["recall"] == pytest.approx((1 + 2 / 3) / 3)
    nod, jump = 20 / 30 + 10 / 30 * 30 / 180, 10 / 180  # what is missed comes with all the rest, in one bin
    assert figures["map"] == pytest.approx((1 + nod + jump) / 3)
    assert 0 < figures["ece"] < 0.05 and 0 < figures["brier"] < 0.01


def test_pictures_are_of_parts_probabilities_and_the_busiest_take(take):
    _, pictures = movement_report(*take, OWN)
    assert set(pictures) == {"parts", "reliability", "timeline"}
    assert all(image.dtype == np.uint8 and image.shape[1:] == (960, 3) for image in pictures.values())
    assert pictures["timeline"].shape[0] == 92 + 2 * 24 + 56  # the first take's two movements


def test_charts_have_a_row_per_part_and_per_type_that_occurs(take):
    score = MovementF1(names=OWN)
    score.update(*take[:2])
    charts = score_charts(score)
    assert [row[0] for row in charts["parts"].rows] == ["head", "left arm", "body"]
    rows = {row[0]: row[1:] for row in charts["types"].rows}
    assert set(rows) == {"head.nod_down", "l_arm.my_own", "body.jump"} and rows["l_arm.my_own"][:2] == (30, 1.0)
    assert charts["reliability"].kind == "lines"


def test_a_still_dancer_for_one_frame_makes_a_report():
    figures, pictures = movement_report(torch.full((1, len(NAMES)), -4.0), torch.zeros(1, len(NAMES)), np.zeros(1))
    assert figures["macro_f1"] == 0 and all(np.isfinite(list(figures.values()))) and len(pictures) == 3
    with pytest.raises(ValueError, match="expected"):
        movement_report(torch.zeros(2, 3), torch.zeros(2, 3), np.zeros(2))
