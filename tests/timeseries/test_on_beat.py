import numpy as np
import pytest

from dance3d.contracts import Music, Rhythm
from dance3d.timeseries.on_beat import NEAR, NEAR_SHARE, OnBeat, on_beat


def kept(body, music, tempo=120.0):
    return on_beat(Rhythm(tempo, 0.9, tuple(body), music=Music(tempo, 0.9, tuple(music))))


BEATS = np.arange(0.3, 12, 0.5)


@pytest.mark.parametrize("late", [-0.12, -0.04, 0.0, 0.08, 0.12])
def test_how_late_and_how_steady_is_told_with_its_sign(late):
    rng = np.random.default_rng(0)
    found = kept(BEATS + late + rng.normal(0, 0.02, len(BEATS)), BEATS)
    assert found.steady and found.division == 1 and found.every == pytest.approx(1, abs=0.05)
    assert found.late == pytest.approx(late, abs=0.012) and 0.01 < found.spread < 0.03
    assert (found.share > 0.9) == (abs(late) < 0.05)


def test_a_body_in_half_or_double_time_is_on_the_beat():
    half = kept(BEATS[::2] + 0.03, BEATS)
    assert half.steady and half.division == 1 and half.every == pytest.approx(2) and half.share == 1
    double = kept(np.arange(0.3, 11.8, 0.25) + 0.03, BEATS)
    assert double.steady and double.division == 2 and double.late == pytest.approx(0.03, abs=1e-3)
    assert double.part == pytest.approx(0.25) and double.near == pytest.approx(NEAR_SHARE * 0.25)


def test_a_body_that_rests_between_the_beats_is_said_to():
    found = kept(BEATS[:-1] + 0.24, BEATS)
    assert found.steady and found.between and not kept(BEATS + 0.1, BEATS).between


def test_the_beat_may_change_its_pace():
    music = np.cumsum(np.linspace(0.4, 0.6, 30))
    found = kept(music + 0.05, music)
    assert found.steady and found.late == pytest.approx(0.05, abs=1e-6) and found.spread < 1e-6


def test_chance_rests_are_on_no_beat():
    said = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rests = np.sort(rng.uniform(0, 12, 20))
        said.append(kept(rests[np.diff(rests, prepend=-1) > 0.22], BEATS).steady)
    assert np.mean(said) < 0.02


def test_without_a_beat_nothing_is_said():
    assert on_beat(None) is None and on_beat(Rhythm(120, 0.9, (1.0, 2.0))) is None
    assert kept(BEATS, ()) is None and kept(BEATS, BEATS[:1]) is None
    assert kept((), BEATS) == OnBeat() and not kept(BEATS[:3], BEATS).steady
    assert kept((90.0, 91.0), BEATS) == OnBeat()  # long after the music


def test_chance_is_what_random_rests_reach():
    found = kept(BEATS, BEATS)
    assert found.near == NEAR and found.chance == pytest.approx(0.28)
    assert found.offsets == tuple(0.0 for _ in BEATS)
