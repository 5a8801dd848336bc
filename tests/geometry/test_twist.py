import numpy as np
import pytest

from dance3d.geometry.rotations import about
from dance3d.geometry.twist import Hint, twisted

DOWN = (0.0, -1.0, 0.0)
STILL = np.broadcast_to(np.eye(3), (60, 3, 3))
ALONG = np.tile([0.0, -1.0, 0.0], (60, 1))
TIME = np.arange(60) / 30


def sideways(degrees, metres=0.3):
    """Vectors across a hanging bone, turned about it."""
    angle = np.deg2rad(np.broadcast_to(degrees, 60))
    return metres * np.einsum("tij,j->ti", about(ALONG, angle), [0.0, 0.0, 1.0])


def found(*hints, limits=(-80.0, 80.0), time=TIME):
    frames, angle = twisted(STILL, DOWN, ALONG, list(hints), limits, time)
    np.testing.assert_allclose(frames @ np.array(DOWN), ALONG, atol=1e-9)
    return np.degrees(angle)


def test_the_twist_is_that_of_the_hint():
    np.testing.assert_allclose(found(Hint((0, 0, 1), sideways(40), 0.05, 0.1)), 40, atol=1)


def test_it_stays_while_nothing_tells_it_and_goes_over_evenly():
    vector = sideways(np.where(np.arange(60) < 30, 50, -20))
    vector[20:40] = np.nan
    course = found(Hint((0, 0, 1), vector, 0.05, 0.1))
    assert course[10] == pytest.approx(50, abs=2) and course[50] == pytest.approx(-20, abs=2)
    assert np.abs(np.diff(course)).max() < 6  # 70 degrees over 20 frames


def test_no_evidence_is_no_twist():
    np.testing.assert_allclose(found(), 0, atol=1e-9)
    np.testing.assert_allclose(found(Hint((0, 0, 1), np.full((60, 3), np.nan), 0.05, 0.1)), 0, atol=1e-9)


def test_a_range_is_never_left_and_evidence_beyond_it_fades():
    assert found(Hint((0, 0, 1), sideways(95), 0.05, 0.1)).max() <= 80
    both = found(Hint((0, 0, 1), sideways(170), 0.05, 0.1), Hint((0, 0, 1), sideways(10), 0.05, 0.5))
    np.testing.assert_allclose(both, 10, atol=1)


def test_a_nearly_straight_hinge_that_bends_the_wrong_way_does_not_turn_the_bone_round():
    noise = np.random.default_rng(0).normal(0, 0.02, (60, 3))
    shin = np.array([0.0, -0.4, 0.03]) + noise  # knees bend backward: this one forward, a little
    course = found(Hint((0, 0, -1), shin, 0.05, 0.1, bends=True))
    assert np.abs(course).max() < 45 and np.abs(np.diff(course)).max() < 10


def test_frames_of_another_rate_or_uneven_ones_say_the_same():
    vector = sideways(60 * np.sin(4 * TIME), 0.05)
    slow = found(Hint((0, 0, 1), vector, 0.05, 0.1))
    every = np.repeat(vector, 4, axis=0)
    time = np.arange(240) / 120
    fast, _ = twisted(
        np.broadcast_to(np.eye(3), (240, 3, 3)), DOWN, np.repeat(ALONG, 4, 0), [Hint((0, 0, 1), every, 0.05, 0.1)],
        (-80.0, 80.0), time,
    )  # fmt: skip
    again = np.degrees(np.arctan2(-fast[:, 0, 2], fast[:, 2, 2]))[::4]
    assert np.abs(again - slow).max() < 4


def test_one_frame_is_enough():
    frames, angle = twisted(
        STILL[:1], DOWN, ALONG[:1], [Hint((0, 0, 1), sideways(30)[:1], 0.05, 0.1)], (-80, 80), TIME[:1]
    )
    assert np.degrees(angle[0]) == pytest.approx(30, abs=1) and frames.shape == (1, 3, 3)
