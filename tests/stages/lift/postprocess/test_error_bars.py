import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess import error_bars

PLAIN = {"apart": 0.02, "off": 0.01, "score": 0.9, "unmeasured": 0.0}


def bars(**changed):
    return error_bars.error_bars(*(np.full((1, 17), value) for value in (PLAIN | changed).values()))[0]


@pytest.mark.parametrize("changed", [{"apart": 0.1}, {"off": 0.08}, {"score": 0.2}, {"unmeasured": 0.4}], ids=str)
def test_error_bars_grow_with_everything_that_speaks_against_a_joint(changed):
    joints = [j for j in range(17) if j != H36M17.index("pelvis")]
    assert (bars(**changed)[joints] > bars()[joints]).all()
    assert bars()[H36M17.index("pelvis")] == 0


def test_hands_are_less_certain_than_hips_and_both_sides_alike():
    plain = bars()
    assert plain[H36M17.index("left_wrist")] > 2 * plain[H36M17.index("left_hip")]
    np.testing.assert_array_equal(plain, plain[H36M17.swap])


def test_seconds_to_the_nearest_measured_frame():
    measured = np.array([[0, 0], [1, 0], [0, 0], [0, 0], [0, 0], [1, 0]], bool)
    found = error_bars.seconds_unmeasured(measured, np.array([0, 0.1, 0.2, 0.3, 0.5, 0.6]))
    np.testing.assert_allclose(found[:, 0], [0.1, 0, 0.1, 0.2, 0.1, 0], atol=1e-9)
    assert np.isinf(found[:, 1]).all()
