import numpy as np
import pytest

from dance3d.geometry.floor import common_floor, lowest_part, resting_height
from dance3d.skeleton import CLEARANCE, H36M17


def stands(seconds=6.0, fps=30.0):
    """A sole on the floor at one metre, and its times."""
    time = np.arange(round(seconds * fps)) / fps
    return np.ones(len(time)), time


def test_the_lowest_part_is_the_underside_of_a_joint():
    heights = np.full((2, len(H36M17.joints)), 2.0)
    heights[0, H36M17.index("left_ankle")] = heights[1, H36M17.index("right_wrist")] = 0.5
    np.testing.assert_allclose(lowest_part(heights), [0.5 - CLEARANCE["left_ankle"], 0.5 - CLEARANCE["right_wrist"]])
    heights[1, 0] = np.nan
    assert np.isnan(lowest_part(heights)[1])


@pytest.mark.parametrize("fps", [12.0, 30.0, 120.0])
def test_who_leaps_all_the_time_still_has_the_floor_below(fps):
    lowest, time = stands(fps=fps)
    lowest += 0.5 * np.maximum(np.sin(2 * np.pi * time), 0) ** 0.2  # half of every second in the air
    assert resting_height(lowest, time) == pytest.approx(1.0, abs=1e-6)


def test_bows_that_sink_do_not_leave_who_stands_in_the_air():
    lowest, time = stands()
    lowest[(time > 2) & (time < 4)] -= 0.17
    assert resting_height(lowest, time) == pytest.approx(1.0)


def test_missing_frames_do_not_count():
    lowest, time = stands()
    lowest[40:60] = np.nan
    assert resting_height(lowest, time) == pytest.approx(1.0)
    assert np.isnan(resting_height(np.full(3, np.nan), time[:3])) and np.isnan(resting_height(lowest[:0], time[:0]))
    assert resting_height(lowest[:1], time[:1]) == 1.0


def test_dancers_share_the_floor_of_the_middle_one_of_two_the_lower():
    lowest, time = stands()
    assert common_floor([(lowest, time), (lowest - 0.2, time)]) == pytest.approx(0.8)
    passer_by = (lowest[:20] - 0.5, time[:20])
    assert common_floor([(lowest, time), (lowest + 0.1, time), passer_by]) == pytest.approx(1.0)
    assert np.isnan(common_floor([])) and np.isnan(common_floor([(lowest * np.nan, time)]))
