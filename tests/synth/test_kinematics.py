import numpy as np

from dance3d.synth.kinematics import solve_leg


def test_leg_reaches_and_keeps_its_bones():
    hip = np.array([[0.0, 0.9, 0.0]] * 3)
    wish = np.array([[0.0, 0.2, 0.1], [0.0, 0.0, 2.0], [0.1, 0.5, 0.0]])
    knee, ankle = solve_leg(hip, wish, np.array([[0.0, 0.0, 1.0]] * 3), 0.42, 0.40)
    assert np.allclose(np.linalg.norm(knee - hip, axis=-1), 0.42) and np.allclose(
        np.linalg.norm(ankle - knee, axis=-1), 0.40
    )
    assert np.allclose(ankle[[0, 2]], wish[[0, 2]]) and np.linalg.norm(ankle[1] - hip[1]) < 0.82
