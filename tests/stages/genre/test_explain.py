"""What moves a decision, against a net whose reasons are known: it asks for some movements, or for a raised wrist."""

import numpy as np
import pytest

from dance3d.contracts import Evidence
from dance3d.movement_types import NAMES
from dance3d.stages.genre import explain
from dance3d.stages.genre.features import BLOCKS, JOINTS, MOVES, STEP, WIDTH, Features
from dance3d.stages.genre.windows import stack_windows, windows

USUAL = np.full(WIDTH, 0.1, np.float32)
SWAY, KICK, RAISE, NOD = (NAMES.index(name) for name in ("hips.sway", "r_leg.kick", "l_arm.raise_side", "head.bob"))
WRIST = MOVES + 3 * JOINTS.index("left_wrist") + 1


def track(steps=200, made=()):
    """Features where nothing happens but ``made``: (column, first step, last step, value)."""
    values = np.full((steps, WIDTH), 0.1, np.float32)
    for column, start, stop, value in made:
        values[start:stop, column] = value
    return Features(values, np.ones(steps, np.float32), (np.arange(steps) + 0.5) * STEP)


def case(features, columns):
    """A decision whose log-odds are the sum of the mean of some columns."""
    spans = windows(features.present)

    def ask(values, present):
        return 1 / (1 + np.exp(-(values[..., columns].mean(1) - 0.1).sum(-1)))

    return explain.Decision(features, spans, np.full(len(spans), 1 / len(spans)), USUAL, ask)


def test_what_the_net_asks_for_is_the_reason_and_nothing_else():
    one = case(track(made=[(SWAY, 20, 60, 0.9), (KICK, 100, 120, 0.9), (NOD, 0, 200, 0.9)]), [SWAY, KICK])
    found = explain.explain(one, 5)
    assert [e.movement for e in found] == ["hips.sway", "r_leg.kick"], "nods are made all the time, unasked for"
    assert (found[0].start, found[0].stop) == (2.0, 6.0) and (found[1].start, found[1].stop) == (10.0, 12.0)
    assert found[0].weight > found[1].weight > 0


def test_a_weight_is_the_fall_without_that_piece():
    one = case(track(made=[(SWAY, 20, 60, 0.9), (KICK, 100, 120, 0.9)]), [SWAY, KICK])
    for piece in explain.explain(one, 5):
        assert piece.weight == pytest.approx(one.probability() - one.probability([piece]), abs=1e-6)


def test_where_the_part_is_counts_with_what_it_does():
    made = [(RAISE, 30, 70, 0.9), (WRIST, 30, 70, 2.0)]
    piece = explain.explain(case(track(made=made), [WRIST]), 1)
    assert [e.movement for e in piece] == ["l_arm.raise_side"], (
        "the net reads the wrist alone, and the wrist is the arm's"
    )


def test_removal_hides_movement_and_part_there_and_only_there():
    before = track(made=[(RAISE, 30, 70, 0.9), (KICK, 30, 70, 0.9)])
    before.values[:, BLOCKS["pose3d"]] = 0.7
    after = explain.remove_evidence(before, [Evidence("l_arm.raise_side", 3.0, 5.0, 0.1)], USUAL)
    changed = after.values != before.values
    assert changed.any(1).nonzero()[0].tolist() == list(range(30, 50))
    columns = set(changed.any(0).nonzero()[0])
    assert {RAISE, WRIST} < columns and KICK not in columns
    assert MOVES + 3 * JOINTS.index("right_wrist") not in columns
    assert (before.values[30:70, RAISE] > 0.8).all(), "what was given is untouched"


def test_pauses_join_and_long_stretches_are_cut():
    blinks = [(SWAY, 20 + 8 * n, 24 + 8 * n, 0.9) for n in range(5)]
    assert len(explain.explain(case(track(made=blinks), [SWAY]), 5)) == 1
    whole = explain.explain(case(track(made=[(SWAY, 0, 200, 0.9)]), [SWAY]), 5)
    assert len(whole) == 2 and all(e.stop - e.start == pytest.approx(10) for e in whole)


def test_what_speaks_against_is_no_evidence():
    features = track(made=[(SWAY, 20, 60, 0.9)])
    against = case(features, [KICK])
    lower = explain.Decision(features, against.spans, against.share, USUAL, lambda v, p: 1 - v[..., SWAY].mean(1))
    assert explain.explain(lower, 5) == () and explain.explain(against, 5) == () and explain.explain(lower, 0) == ()


def test_a_short_clip_has_reasons_too():
    [piece] = explain.explain(case(track(14, [(SWAY, 5, 14, 0.9)]), [SWAY]), 5)
    assert (piece.movement, piece.start, piece.stop) == ("hips.sway", 0.5, 1.4)


def test_the_test_of_evidence():
    good = case(track(made=[(SWAY, 20, 60, 0.9)]), [SWAY])
    found = explain.explain(good, 5)
    assert explain.deletion_test([(good, found)]) | {"top3_fall": 0} == {
        "top3_lowers": 1.0,
        "top3_fall": 0,
        "clips": 1.0,
    }
    wrong = [Evidence("r_leg.kick", 2.0, 6.0, 0.5)]
    got = explain.deletion_test([(good, found), (good, wrong), (good, ())])
    assert got["top3_lowers"] == pytest.approx(1 / 3, abs=1e-3) and got["clips"] == 3
    with pytest.raises(ValueError, match="no decision"):
        explain.deletion_test([])


def test_windows_are_cut_late():
    values, present = stack_windows(track(14), [(0, 14)])
    assert values.shape == (1, 50, WIDTH) and present[0].tolist() == [0] * 36 + [1] * 14
