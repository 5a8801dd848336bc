import numpy as np
import pytest

from dance3d.geometry.boxes import overlap
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.tracking.similarity import KAPPA, oks


def test_oks_is_cocos():
    """One joint off by its own kappa times the body's scale has exp(-1/2), and only joints in view count."""
    a, b = np.zeros((17, 2)), np.zeros((17, 2))
    weight, knee, size = np.zeros(17), H36M17.index("left_knee"), np.array(40.0)
    weight[knee] = 1
    b[knee, 0] = KAPPA[knee] * 40 * np.sqrt(1.8)
    assert oks(a, b, weight, size) == pytest.approx(np.exp(-0.5), rel=1e-5)
    assert oks(a, np.full_like(b, np.nan), weight, size) == 0
    assert overlap(np.array([0, 0, 2, 2]), np.array([1, 0, 3, 2])) == pytest.approx(1 / 3)
