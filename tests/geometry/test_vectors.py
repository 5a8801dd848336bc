import numpy as np

from dance3d.geometry.vectors import degrees_between, unit


def test_vectors_get_length_one_and_zero_stays_zero():
    v = np.array([[3.0, 0, 4], [0, 0, 0], [0, -2e-6, 0]])
    np.testing.assert_allclose(unit(v), [[0.6, 0, 0.8], [0, 0, 0], [0, -1, 0]])
    np.testing.assert_allclose(unit(np.array([0, 3e-10, 4e-10])), [0, 0.3, 0.4])
    np.testing.assert_allclose(unit(np.array([0, 3e-10, 4e-10]), 1e-12), [0, 0.6, 0.8])


def test_angles_are_exact_for_small_and_for_opposite_vectors():
    x = np.array([1.0, 0, 0])
    for degrees in (0.0, 1e-6, 90.0, 180 - 1e-6, 180.0):
        a = np.radians(degrees)
        assert abs(degrees_between(x, 5 * np.array([np.cos(a), np.sin(a), 0])) - degrees) < 1e-9
    assert degrees_between(x, np.zeros(3)) == 0
