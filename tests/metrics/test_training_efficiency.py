import math

import pytest

from dance3d.metrics import error_time_area, regulated_error, samples_of_one, time_to_error, tpr, unit_epochs


def test_the_arithmetic_of_bais_table_iii():
    """Errors at half and at the end and seconds of VideoPose3D and of the action-wise training, as printed."""
    seconds = {"videopose3d": 176_976, "actions": 56_921}
    start = round(regulated_error(50.27, 50.49), 2)  # printed, and used, with two digits
    assert start == 60.46
    assert tpr(start, 48.22, seconds["videopose3d"]) == pytest.approx(6.92e-5, abs=5e-8)
    assert tpr(start, 50.54, seconds["actions"]) == pytest.approx(17.4e-5, abs=5e-7)
    start = regulated_error(2.66, 3.02)
    assert start == pytest.approx(3.408)
    assert tpr(start, 2.49, seconds["videopose3d"]) == pytest.approx(5.19e-6, abs=5e-9)
    assert tpr(start, 3.08, seconds["actions"]) == pytest.approx(5.76e-6, abs=5e-9)


def test_unit_epochs_and_samples_of_bai():
    """Equations 1 to 3, with the example of the paper: 400 pictures of each of 15 actions, or 6,000 of one."""
    equal = {f"action {number}": 400 for number in range(15)}
    assert {unit_epochs(equal, action) for action in equal} == {15}
    assert unit_epochs({"Eating": 109_424, "others": 1_559_752 - 109_424}, "Eating") == 14  # 14.25, rounded down
    assert samples_of_one(equal) == 6000 == 15 * equal["action 3"]
    with pytest.raises(ValueError, match=r"action 'Polka' has no frames; choose from Eating"):
        unit_epochs({"Eating": 1}, "Polka")


def test_with_all_fifteen_actions_counted_the_gain_is_gone():
    assert tpr(60.46, 50.54, 15 * 56_921) == pytest.approx(1.16e-5, abs=5e-8)
    assert tpr(60.46, 50.54, 15 * 56_921) < tpr(60.46, 48.22, 176_976) / 5


def test_time_to_error_by_hand():
    seconds, errors = [0, 100, 200, 300], [200, 100, 60, 80]
    assert time_to_error(seconds, errors, 80) == 150  # half way between 100 and 60
    assert time_to_error(seconds, errors, 250) == 0
    assert time_to_error(seconds, errors, 50) == math.inf


def test_area_by_hand():
    # 200 to 100 in 100 s is 150 on average, then 100 for the rest of 400 s: (150 + 3 * 100) / 4.
    assert error_time_area([0, 100], [200, 100], until=400) == pytest.approx(112.5)
    assert error_time_area([0, 100], [200, 100], until=50) == pytest.approx(175)


def test_curves_that_are_none_are_refused():
    for seconds, errors in (([], []), ([0, 0], [1, 1]), ([0, 1], [1, math.nan]), ([0, 1], [1])):
        with pytest.raises(ValueError, match=r"curve|shapes"):
            time_to_error(seconds, errors, 1.0)
    with pytest.raises(ValueError, match="until"):
        error_time_area([5, 6], [1, 1], until=5)
    with pytest.raises(ValueError, match="training took"):
        tpr(60, 50, 0)
