"""Detectors of one kind of movement each, on signals by hand; 30 frames a second."""

import numpy as np
import pytest

from dance3d.stages.motion.rules import primitives as kind

N = 150
TIME = np.arange(N) / 30
Z = np.tile([0.0, 0.0, 1.0], (N, 1))
ROUND = {"radius": 0.1, "round": 0.5, "slowest": 90, "sweep": 270, "agree": 0.8, "run": 0.5}


def flags(*spans, n=20):
    out = np.zeros(n, bool)
    for start, stop in spans:
        out[start:stop] = True
    return out


def ramp(low, high, start, stop):
    return low + (high - low) * np.clip((TIME - start) / (stop - start), 0, 1)


def spans(on):
    edges = np.flatnonzero(np.diff(on.astype(int), prepend=0, append=0)).reshape(-1, 2)
    return [tuple(edge) for edge in (edges / 30).round(2)]


def test_flags_are_filled_bridged_and_spread():
    assert kind.frames(0.1) == 3 and kind.frames(0.11) == 4
    assert (kind.fill(20, np.array([2, 4, 15]), np.array([5, 6, 99])) == flags((2, 6), (15, 20))).all()
    assert (kind.bridged(flags((2, 5), (7, 9), (15, 18)), 2) == flags((2, 9), (15, 18))).all()
    assert (kind.spread(flags((5, 6)), 2, 3) == flags((3, 9))).all()
    assert (kind.around(flags((10, 11)), {"around": 0.1}) == flags((7, 14))).all()


def test_an_angle_that_turns_far_enough_fast_enough():
    at = {"rate": 20, "excursion": 25, "run": 0.2, "bridge": 0.1}
    angle = ramp(0, 40, 1, 2)
    [(start, stop)] = spans(kind.turning(angle, +1, at))
    assert start == pytest.approx(1, abs=0.1) and stop == pytest.approx(2, abs=0.1)
    assert not kind.turning(angle, -1, at).any() and kind.turning(-angle, -1, at).any()
    assert not kind.turning(ramp(0, 20, 1, 1.5), +1, at).any()  # too little
    assert not kind.turning(ramp(0, 40, 0.5, 4.5), +1, at).any()  # too slow
    assert not kind.turning(angle, +1, at, np.zeros(N, bool)).any()


def test_a_point_that_moves_mostly_along_its_axis():
    at = {"speed": 0.1, "along": 0.7, "excursion": 0.1, "run": 0.2, "bridge": 0.1}
    straight = np.stack([ramp(0, 0.3, 1, 2), 0 * TIME], 1)
    assert kind.moving(straight, 0, +1, at).any() and not kind.moving(straight, 0, -1, at).any()
    slanted = np.stack([ramp(0, 0.3, 1, 2), ramp(0, 0.6, 1, 2)], 1)
    assert not kind.moving(slanted, 0, +1, at).any() and kind.moving(slanted, 1, +1, at).any()


def test_what_is_held_is_slow_and_lasts():
    at = {"still": 0.05, "run": 0.5}
    x = np.stack([ramp(0, 1, 2, 3), 0 * TIME, 0 * TIME], 1)
    held = kind.holding(np.ones(N, bool), x, at)
    assert held[:55].all() and not held[62:88].any() and held[95:].all()
    assert not kind.holding(flags((3, 10), n=N), x, at).any()


def test_a_circle_has_a_way_round_and_a_width():
    def circle(radius, hertz, squeezed=1.0):
        angle = 2 * np.pi * hertz * TIME
        return np.stack([radius * np.cos(angle), squeezed * radius * np.sin(angle), 0 * angle], 1)

    assert kind.circling(circle(0.2, 1), Z, ROUND).mean() > 0.9
    assert kind.circling(circle(0.2, 1), Z, ROUND, sign=+1).any()
    assert not kind.circling(circle(0.2, 1), Z, ROUND, sign=-1).any()
    assert not kind.circling(circle(0.05, 1), Z, ROUND).any()  # too narrow
    assert not kind.circling(circle(0.2, 1, 0.1), Z, ROUND).any()  # back and forth
    assert kind.phase_rate(circle(0.2, 0.5), Z)[20:-20] == pytest.approx(180, rel=0.05)
    assert kind.sweeping(circle(1, 1), Z, np.ones(N, bool), ROUND).mean() > 0.9
    points, axis = kind.flat(np.cos(TIME), np.sin(TIME))
    assert points.shape == (N, 3) and (axis == Z).all()


def test_a_wave_runs_from_one_end_to_the_other():
    at = {"shortest": 0.05, "longest": 0.3}
    bump = [np.exp(-(((TIME - when) / 0.1) ** 2)) for when in (2.0, 2.15, 2.3)]
    assert kind.wave(bump, [0.5] * 3, at).any() and kind.wave(bump[::-1], [0.5] * 3, at).any()
    assert not kind.wave([bump[0], bump[2], bump[1]], [0.5] * 3, at).any()
    assert not kind.wave([bump[0]] * 3, [0.5] * 3, at).any()  # all at once
    assert not kind.wave(bump, [2.0] * 3, at).any()


def test_what_bursts_arrives_and_what_stops_is_soon_slow():
    x, at = ramp(0, 1, 2, 2.2), {"speed": 2.0, "within": 0.2}
    assert kind.bursting(x, x > 0.9, at).any() and not kind.bursting(x, x > 2, at).any()
    assert not kind.bursting(ramp(0, 1, 2, 4), np.ones(N, bool), at).any()
    fast, slow = flags((60, 65), n=N), flags((68, 90), n=N)
    assert spans(kind.stopping(fast, slow, at))[0][0] == pytest.approx(2, abs=0.1)
    assert not kind.stopping(fast, flags((90, 120), n=N), at).any()
