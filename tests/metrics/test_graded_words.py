"""Slight movements are neither demanded nor punished, events match one to one, and chance is scored like the rest."""

import numpy as np
import pytest

from dance3d.metrics.graded_words import CLEAR, SLIGHT, event_counts, frame_counts, half_take_later, word_figures

TIME = np.arange(300) / 30
NAMES = ("wave",)


def grades(*events):
    out = np.zeros((300, 1), np.int8)
    for start, stop, grade in events:
        out[start:stop] = grade
    return out


def found(*events):
    return grades(*((start, stop, 1) for start, stop in events)).astype(bool)


def counts(hits, true):
    one = event_counts(hits, true, TIME, NAMES)
    return int(one.hits[0]), int(one.found[0]), int(one.true[0])


def test_slight_frames_count_on_neither_side():
    true = grades((30, 60, CLEAR), (60, 90, SLIGHT))
    one = frame_counts(found((30, 90)), true, NAMES)
    assert (one.hits[0], one.found[0], one.true[0]) == (30, 30, 30)
    none = frame_counts(found(), true, NAMES)
    assert (none.found[0], none.true[0]) == (0, 30)


@pytest.mark.parametrize(
    ("found_events", "expected"),
    [
        (((36, 50),), (1, 1, 1)),  # begins 0.2 s late
        (((37, 42),), (0, 1, 1)),  # 0.23 s late, and too short to overlap by half
        (((38, 90),), (0, 1, 1)),  # late, and too long
        (((38, 62),), (1, 1, 1)),  # late, but covers most of it
        (((30, 44), (50, 60)), (1, 2, 1)),  # one true event has one partner
        ((), (0, 0, 1)),
    ],
)
def test_an_event_is_right_by_its_beginning_or_its_overlap_and_only_once(found_events, expected):
    assert counts(found(*found_events), grades((30, 60, CLEAR))) == expected


def test_an_event_on_slight_frames_is_neither_right_nor_wrong():
    true = grades((30, 60, SLIGHT), (200, 230, CLEAR))
    assert counts(found((30, 60), (200, 230)), true) == (1, 1, 1)
    assert counts(found((30, 120), (200, 230)), true) == (1, 2, 1)  # mostly where nothing happens


def test_slight_frames_around_a_clear_event_do_not_lessen_the_overlap():
    true = grades((30, 60, SLIGHT), (60, 90, CLEAR), (90, 130, SLIGHT))
    assert counts(found((30, 130)), true) == (1, 1, 1)


def test_as_many_pairs_are_made_as_can_be():
    """The first found event could also take the only true one that the second fits."""
    true = grades((60, 66, CLEAR), (70, 100, CLEAR))
    assert counts(found((66, 69), (74, 104)), true)[0] == 1  # the first is too short to be shown
    assert counts(found((55, 59), (64, 104)), true)[0] == 2


def test_half_a_take_later_wraps_around():
    later = half_take_later(found((10, 20), (200, 220)))
    assert np.flatnonzero(later[:, 0]).tolist() == [*range(50, 70), *range(160, 170)]


def test_figures_of_all_words():
    one = frame_counts(found((0, 20)), grades((10, 40, CLEAR)), NAMES)
    assert word_figures(one, "x.") == {"x.macro_f1": 0.4, "x.micro_f1": 0.4, "x.precision": 0.5, "x.recall": 0.3333}
    assert word_figures(frame_counts(found(), grades(), NAMES))["macro_f1"] == 0


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="time has shape"):
        event_counts(found(), grades(), TIME[:10], NAMES)
    with pytest.raises(ValueError, match="shapes"):
        frame_counts(found(), grades()[:5], NAMES)
