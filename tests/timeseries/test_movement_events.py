"""Movements and words as events."""

import numpy as np
import pytest
from movement_spans import movements

from dance3d.contracts import Movements
from dance3d.movement_types import NAMES, WORD_NAMES, WORDS
from dance3d.timeseries.movement_events import SURE, movement_events, word_events


def test_runs_have_their_frames_and_probability():
    found = movement_events(movements((3, 10, 30), (7, 90, 100), (3, 50, 60)))
    assert [(r.movement, r.start, r.stop) for r in found] == [(3, 10, 30), (3, 50, 60), (7, 90, 100)]
    assert all(r.prob == pytest.approx(0.8) for r in found)


def test_short_gaps_close_and_flickers_vanish():
    found = movement_events(movements((3, 10, 20), (3, 22, 30), (5, 40, 42)))
    assert [(r.movement, r.start, r.stop) for r in found] == [(3, 10, 30)]


def test_missing_frames_are_no_movement():
    track = movements((3, 0, 100))
    prob = track.prob.copy()
    prob[40:60] = np.nan
    found = movement_events(Movements(prob=prob, time=track.time))
    assert [(r.start, r.stop) for r in found] == [(0, 40), (60, 100)]


def test_only_trusted_types_are_shown():
    trusted = np.arange(len(NAMES)) != 3
    track = movements((3, 10, 30), (7, 90, 100))
    track = Movements(prob=track.prob, time=track.time, trusted=trusted)
    assert [r.movement for r in movement_events(track, shown=True)] == [7] and len(movement_events(track)) == 2


def test_what_is_less_sure_is_no_headline():
    words = np.zeros((100, len(WORDS)))
    words[10:30, 0], words[50:70, 1] = 0.9, 0.4
    track = Movements(
        np.zeros((100, len(NAMES))), np.arange(100) / 30, words=words, words_least=np.full(len(WORDS), 0.3)
    )
    assert [r.movement for r in word_events(track)] == [0, 1] and [r.movement for r in word_events(track, SURE)] == [0]


def test_a_users_own_types_are_words():
    track = movements((NAMES.index("body.spin"), 60, 80))
    own = np.zeros((track.frames, 1))
    own[10:30] = 0.9
    track = Movements(prob=track.prob, time=track.time, own=own, own_names=("l_arm.salute",))
    found = word_events(track)
    assert [track.every_word[r.movement].name for r in found] == ["l_arm.salute", "spin"]
    word = track.every_word[found[0].movement]
    assert (word.title, word.side, word.types) == ("left arm: salute", "left", ("l_arm.salute",))


def test_types_merge_into_words():
    forward, side = (NAMES.index(f"l_arm.raise_{way}") for way in ("forward", "side"))
    found = word_events(movements((forward, 10, 30), (side, 25, 50), (NAMES.index("body.spin"), 60, 80)))
    assert [(WORD_NAMES[r.movement], r.start, r.stop) for r in found] == [("raise_left_arm", 10, 50), ("spin", 60, 80)]
    assert found[0].prob > 0.5
    track = movements((side, 25, 50))
    words = np.zeros((track.frames, len(WORDS)))
    words[5:15, WORD_NAMES.index("clap")] = 0.9
    found = word_events(Movements(prob=track.prob, time=track.time, words=words))
    assert [(WORD_NAMES[r.movement], r.start, r.stop) for r in found] == [("clap", 5, 15)]  # they were looked for
