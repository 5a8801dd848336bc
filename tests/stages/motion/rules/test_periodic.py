import numpy as np
import pytest

from dance3d.stages.motion.rules.periodic import figure_eight, periodic, periodicity, swings, windows_to_frames
from dance3d.stages.motion.rules.signals import RATE

TIME = np.arange(180) / RATE
AT = {"low": 0.5, "high": 3.0, "window": 2.0, "autocorrelation": 0.6, "amplitude": 0.5, "alive": 0.5}


def sine(hertz, amplitude=1.0, phase=0.0):
    return amplitude * np.sin(2 * np.pi * hertz * TIME + phase)


@pytest.mark.parametrize("hertz", [0.75, 1.5, 2.5])
def test_the_period_and_the_size_of_a_sine_are_found(hertz):
    found = periodicity(sine(hertz, 0.8) + 0.3 * TIME, 0.5, 3.0, 2.0)  # a trend does not matter
    assert np.abs(found.lag - RATE / hertz).max() <= 1
    assert found.score.min() > 0.9 and found.amplitude == pytest.approx(0.8, rel=0.15)


def test_what_repeats_in_the_band_and_is_large_enough_is_periodic():
    assert periodic(sine(1.5), AT).all()
    assert not periodic(sine(1.5, 0.2), AT).any() and not periodic(np.zeros(180), AT).any()
    assert not periodic(np.random.default_rng(0).normal(size=180), AT).any()
    assert periodicity(sine(1.5)[:20], 0.5, 3.0, 2.0) is None and not periodic(sine(1.5)[:20], AT).any()


def test_only_where_it_swings_itself():
    half = np.where(TIME < 3, sine(1.5), 0.0)
    on = swings(half, 0.5, 0.5)
    assert on[:90].all() and not on[110:].any()
    assert periodic(half, AT)[30:75].all() and not periodic(half, AT)[110:].any()


def test_an_eight_is_one_swing_across_and_two_along():
    across, along = sine(0.7), sine(1.4)
    at = AT | {"low": 0.5, "high": 1.0}
    assert figure_eight(across, [(along, 0.5)], at)[60:120].all()
    assert not figure_eight(across, [(sine(0.7, phase=1.5), 0.5)], at).any()  # a circle is none
    assert not figure_eight(across, [(along, 5.0)], at).any()


def test_frames_have_the_window_whose_middle_is_nearest():
    assert windows_to_frames(np.array([True, False]), 12, 6).tolist() == [True] * 5 + [False] * 7
