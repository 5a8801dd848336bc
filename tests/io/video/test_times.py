"""Times of frames whose stamps start again, repeat, stray or lack."""

import numpy as np
import pytest

from dance3d.io.video.times import frame_times

SECOND = [i / 30 for i in range(30)]


def times(stamps, step=1 / 30, longest=10.0):
    found = frame_times(stamps, step, longest)
    assert len(found.time) == len(stamps) and found.time[0] >= 0 and (np.diff(found.time) > 0).all()
    return found


def even(found):
    np.testing.assert_allclose(np.diff(found.time), 1 / 30, atol=1e-9)
    return found


def with_(**changes):
    stamps = list(SECOND)
    for place, value in changes.items():
        stamps[int(place[1:])] = value
    return stamps


def test_stamps_that_can_be_true_are_kept_to_the_bit():
    uneven = [0.1, 0.2, 0.25, 1.0, 5.0]
    assert times(uneven).time.tolist() == uneven and not times(uneven).notes(30)
    assert times([0.5]).time.tolist() == [0.5]


@pytest.mark.parametrize("second", [30, 8, 4])
def test_a_clock_that_starts_again_goes_on(second):
    found = even(times(SECOND + SECOND[:second]))
    assert found.jumps == (30,) and found.replaced == 0
    assert found.notes(30) == ("the clock jumps at 1.00 s; the times go on as if it did not",)


def test_many_joined_pieces_and_a_clock_set_ahead():
    assert even(times(SECOND * 5)).jumps == (30, 60, 90, 120)
    assert "3 times more" in times(SECOND * 5).notes(30)[0]
    assert even(times(SECOND + [500 + at for at in SECOND])).jumps == (30,)
    assert times(SECOND + [500 + at for at in SECOND], longest=7200).jumps == ()  # a pause is no jump


@pytest.mark.parametrize("place", ["_0", "_10", "_29"])
@pytest.mark.parametrize("value", [1000.0, -50.0])
def test_one_stray_stamp_is_outvoted(place, value):
    found = times(with_(**{place: value}))
    even(found)
    assert len(found.jumps) + found.replaced == 1


def test_three_stray_stamps_in_a_row_are_outvoted():
    assert even(times(with_(_10=900.0, _11=901.0, _12=902.0))).replaced == 3
    assert even(times(with_(_10=-2.0, _11=0.0, _12=-3.0))).replaced == 3


@pytest.mark.parametrize("many", [2, 3, 4, 5, 6, 8, 12])
def test_frames_that_share_a_stamp_are_spread_over_the_time_they_have(many):
    found = even(times([(8 if 8 <= i < 8 + many else i) / 30 for i in range(24)]))
    assert found.replaced == many - 1 and " no time stamp that can be true" in found.notes(30)[0]


def test_a_repeat_before_a_pause_takes_one_step():
    found = times([*SECOND, SECOND[-1], 5.0, 5.1])
    np.testing.assert_allclose(found.time[30], 1.0, atol=1e-9)


@pytest.mark.parametrize("stamps", [[None] * 24, [0.0] * 24, [None, 0.0] * 12])
def test_without_two_stamps_that_differ_frames_are_counted(stamps):
    found = even(times(stamps))
    assert found.counted and found.notes(30) == (
        "there are no time stamps: 30 frames/s is a guess; give the rate with --fps",
    )
    assert found.notes(None) == ()


def test_missing_stamps_lie_between():
    assert even(times([None if i % 2 else at for i, at in enumerate(SECOND)])).replaced == 15
    assert even(times([None, None, *SECOND])).time[0] == 0


def test_whatever_the_stamps_times_increase():
    rng = np.random.default_rng(0)
    for _ in range(500):
        count = int(rng.integers(1, 40))
        kinds = (
            rng.choice([0, 1, 2, 1e-7, 1e9, -4, 33.3, np.nan], count),
            rng.integers(0, 5, count) / 30,
            np.where(rng.random(count) < 0.2, rng.normal(0, 100, count), np.arange(count) / 30),
            rng.normal(0, 1, count),
        )
        stamps = [None if np.isnan(at) else float(at) for at in kinds[rng.integers(4)]]
        assert np.isfinite(times(stamps, longest=float(rng.choice([1, 10, 7200]))).time).all()
    assert times([0.0] * 10 + [2e-6]).time[-1] < 1
