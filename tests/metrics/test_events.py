"""Movements as events: which belong together, and how late they are."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from dance3d.metrics import match_events, total_events
from dance3d.timeseries.segments import segments

NAMES = ("head.bob", "torso.wave")
FPS = 30


def flags(*spans, frames=300):
    """(T, 2) flags true in (column, start, stop) spans."""
    out = np.zeros((frames, len(NAMES)), bool)
    for column, start, stop in spans:
        out[start:stop, column] = True
    return out


def matched(found, true, **given):
    time = np.arange(len(true)) / FPS
    return match_events(found, true, time, NAMES, **given)


def test_onsets_match_within_a_tenth_of_a_second_of_the_same_type():
    true = flags((0, 30, 60), (0, 100, 130), (1, 30, 60), (1, 200, 220))
    found = flags((0, 33, 60), (0, 104, 130), (1, 29, 60), (0, 200, 220))
    score = matched(found, true)
    assert score.onsets.hits.tolist() == [1, 1] and score.onsets.found.tolist() == [3, 1]
    assert score.overlaps.hits.tolist() == [2, 1]
    assert sorted(score.late) == pytest.approx([-1 / 30, 0.1])
    assert score.onsets.recall.tolist() == [0.5, 0.5] and score.onsets.precision.tolist() == pytest.approx([1 / 3, 1])
    figures = score.figures("events.")
    assert figures["events.onset.macro_f1"] == pytest.approx((2 / 5 + 2 / 3) / 2)
    assert figures["events.onset.off"] == pytest.approx(2 / 30)
    assert figures["events.onset.late"] == pytest.approx(1 / 30)
    assert matched(found, true, onset=0.14).onsets.hits.tolist() == [2, 1]


def test_one_true_event_takes_one_found_one():
    true, found = flags((0, 30, 60)), flags((0, 28, 32), (0, 33, 60))
    score = matched(found, true, bridge=0.0, shortest=0.0)
    assert score.onsets.hits[0] == 1 and score.onsets.found[0] == 2
    halves = matched(flags((0, 30, 45), (0, 46, 60)), flags((0, 30, 60)), bridge=0.0)
    assert halves.overlaps.hits[0] == 1


@pytest.mark.parametrize("seed", range(4))
def test_no_other_choice_of_pairs_makes_more(seed):
    rng = np.random.default_rng(seed)
    true, found = rng.random((2, 300, 2)) < 0.4
    score = matched(found, true, bridge=0.0, shortest=0.0)
    for column in range(2):
        ours, theirs = (segments(x[:, column]).T for x in (found, true))
        near = np.abs(ours[0][:, None] - theirs[0]) <= 3
        both = np.minimum(ours[1][:, None], theirs[1]) - np.maximum(ours[0][:, None], theirs[0])
        either = np.maximum(ours[1][:, None], theirs[1]) - np.minimum(ours[0][:, None], theirs[0])
        for fits, tally in ((near, score.onsets), (both >= 0.5 * either, score.overlaps)):
            assert tally.hits[column] == fits[linear_sum_assignment(fits, maximize=True)].sum()


def test_probabilities_count_from_half_and_missing_frames_do_not():
    prob = np.where(flags((0, 30, 60)), 0.5, 0.49)
    prob[40:50] = np.nan
    score = matched(prob, flags((0, 30, 40), (0, 50, 60)))
    assert score.onsets.hits[0] == 2 and score.onsets.f1[0] == 1


def test_an_event_does_not_cross_from_one_window_into_the_next():
    time = np.tile(np.arange(150) / FPS, 2)
    whole = flags((0, 140, 160))
    score = match_events(whole, whole, time, NAMES)
    assert score.onsets.true[0] == 2 and score.onsets.hits[0] == 2
    assert matched(whole, whole).onsets.true[0] == 1


def test_takes_add_up():
    one, two = (
        matched(flags((0, 33, 60)), flags((0, 30, 60))),
        matched(flags((1, 5, 20)), flags((1, 5, 20), (0, 90, 99))),
    )
    both = total_events([one, two])
    assert both.onsets.hits.tolist() == [1, 1] and both.onsets.true.tolist() == [2, 1] and len(both.late) == 2


@pytest.mark.parametrize("frames", [0, 1])
def test_a_clip_of_no_or_one_frame(frames):
    everything = np.ones((frames, 2), bool)
    score = matched(everything, everything)
    assert score.onsets.true.tolist() == [frames] * 2 and score.onsets.hits.tolist() == [frames] * 2
    assert matched(~everything, ~everything).figures()["onset.macro_f1"] == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"time has shape \(3,\), expected \(300,\)"):
        match_events(flags(), flags(), np.arange(3.0), NAMES)
    with pytest.raises(ValueError, match=r"overlap 0\.4"):
        matched(flags(), flags(), overlap=0.4)
    with pytest.raises(ValueError, match=r"expected \(T, 2\) twice"):
        matched(flags(), flags(frames=10))
    with pytest.raises(ValueError, match="no take"):
        total_events([])
