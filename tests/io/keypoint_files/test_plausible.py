from pathlib import Path

import numpy as np
import pytest

from dance3d.io.keypoint_files.plausible import check_size, check_times
from dance3d.io.limits import Limits

PATH = Path("dance.npz")


@pytest.mark.parametrize(
    "time",
    [
        np.arange(900) * 33.333,  # milliseconds
        np.arange(60) * 8.3,  # milliseconds of a fast camera, half a second of them
        np.arange(12) / 1e-6,
        np.arange(12) * 1e12,
        np.array([0.0, np.nan, 2.0]),
        np.append(np.arange(100) * 1e-4, 7000),  # a gap with room for 70 million frames
        np.arange(2_000_000) / 1000,
    ],
)
def test_times_that_are_no_seconds_are_refused_by_one_line(time):
    with pytest.raises(ValueError, match=r"^dance\.npz: .*frames") as caught:
        check_times(PATH, time)
    assert "\n" not in str(caught.value)


def test_times_of_dances_pass():
    for time in (
        np.zeros(1),
        np.arange(216_000) / 30,
        np.arange(20) * 1.0,
        np.arange(9) + 1.7e9,
        np.array([0, 1.0, 2.0, 600.0]),
    ):
        check_times(PATH, time)
    check_times(PATH, np.arange(9000.0), Limits(seconds=10_000))


def test_sizes_that_no_picture_has_are_refused():
    assert check_size(PATH, (7680, 4320)) == (7680, 4320)
    for size in ((0, 5), (5, -1), (10**6, 10)):
        with pytest.raises(ValueError, match="expected 1 to 100000 pixels a side"):
            check_size(PATH, size)
