"""Movements as events."""

import numpy as np
import pytest
from movement_spans import movements

from dance3d.contracts import Movements
from dance3d.timeseries.movement_events import movement_events


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
