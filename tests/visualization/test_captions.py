"""Captions of movements."""

import itertools

import numpy as np
from movement_spans import movements

from dance3d.contracts import Movements
from dance3d.timeseries.movement_events import movement_events
from dance3d.visualization.captions import captions


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
