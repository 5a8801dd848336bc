"""Runs of movements and their captions."""

import itertools

import numpy as np
import pytest

from dance3d.contracts import Movements
from dance3d.movement_types import NAMES
from dance3d.timeseries.movement_events import movement_events
from dance3d.visualization.captions import captions

FPS = 25


def movements(*spans, frames=100):
    """Movements with probability 0.8 in (column, start, stop) spans."""
    prob = np.zeros((frames, len(NAMES)))
    for column, start, stop in spans:
        prob[start:stop, column] = 0.8
    return Movements(prob=prob, time=np.arange(frames) / FPS)


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


def test_a_single_frame_keeps_its_movement():
    assert [(r.start, r.stop) for r in movement_events(movements((3, 0, 1), frames=1))] == [(0, 1)]


def test_captions_never_share_a_line_and_stay_readable():
    rng = np.random.default_rng(0)
    spans = [
        (int(c), int(a), int(a) + 8) for c, a in zip(rng.permutation(154)[:60], rng.integers(0, 90, 60), strict=True)
    ]
    track = movements(*spans)
    shown = captions(movement_events(track), track.time, slots=4)
    assert len(shown) > 8
    for slot in range(4):
        lines = sorted((c for c in shown if c.slot == slot), key=lambda c: c.start)
        assert all(c.stop - c.start >= 0.7 - 1e-9 for c in lines)
        assert all(a.stop <= b.start for a, b in itertools.pairwise(lines) if a.movement != b.movement)


def test_of_two_movements_for_one_line_the_surer_one_is_shown():
    track = movements((3, 10, 40), (4, 10, 40))
    prob = track.prob.copy()
    prob[10:40, 4] = 0.95
    track = Movements(prob=prob, time=track.time)
    assert [c.movement for c in captions(movement_events(track), track.time, slots=1)] == [4]
