from types import SimpleNamespace

import numpy as np
import pytest

from dance3d.contracts import Clip, field_names
from dance3d.contracts.checks import check, check_skeleton, check_track


def test_a_field_becomes_a_frozen_copy_of_its_type():
    given = np.zeros((4, 2))
    owner = SimpleNamespace(xy=given)
    assert check(owner, "xy", (None, 2), np.float32) == 4
    assert owner.xy.dtype == np.float32 and owner.xy is not given and not owner.xy.flags.writeable
    with pytest.raises(ValueError, match=r"SimpleNamespace\.xy has shape \(4, 2\), expected \('any', 3\)"):
        check(owner, "xy", (None, 3), np.float32)
    owner.xy = np.array([[np.nan, 0]])
    check(owner, "xy", (None, 2), np.float32)
    with pytest.raises(ValueError, match="holds NaN, which it may not"):
        check(owner, "xy", (None, 2), np.float32, finite=True)


@pytest.mark.parametrize(
    ("time", "change", "message"),
    [
        ([], {}, "has no frame"),
        ([0, 1, 1], {}, r"time does not increase after row 1 \(1\.000000 s\)"),
        ([0, 1], {"person": 0}, "person 0 1 or more"),
        ([0, 1], {"start": -1}, "start -1 must be 0 or more"),
    ],
)
def test_tracks_without_rising_times_or_with_strange_numbers_are_refused(time, change, message):
    with pytest.raises(ValueError, match=message):
        check_track(SimpleNamespace(**({"time": time, "start": 0, "person": 1} | change)))


def test_joints_are_counted_and_the_rate_is_the_median_step():
    assert check_skeleton(SimpleNamespace(skeleton="coco17")) == 17
    assert Clip(np.array([0, 0.04, 0.08, 0.5]), (4, 4)).fps == pytest.approx(25)
    assert Clip(np.array([2.0]), (4, 4)).fps == 30
    assert field_names(Clip)[:2] == ("time", "size")
