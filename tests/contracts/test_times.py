import numpy as np
import pytest

from dance3d.contracts.times import median_step


def test_the_step_is_the_median_of_uneven_ones():
    assert median_step(np.array([0.0, 0.1, 0.2, 5.0]), 9.0) == pytest.approx(0.1)
    assert median_step(np.zeros(1), 0.5) == median_step(np.zeros(0), 0.5) == 0.5
