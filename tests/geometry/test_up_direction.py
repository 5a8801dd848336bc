"""Which way is up where nobody says: over the feet, or along the trunk, or as a level camera has it."""

import numpy as np
import pytest

from dance3d.geometry.up_direction import LEVEL, up_direction
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph

UP = np.array([0.0, 0.8, 0.6])


def standing(frames=5):
    """Joints of who stands over his feet along ``UP``, the chest bent forward by as much as it is high."""
    xyz = np.zeros((frames, 17, 3))
    ahead = np.array([0.0, -0.6, 0.8])
    xyz[:, H36M17.index("thorax")] = 0.5 * UP
    xyz[:, H36M17.index("pelvis")] = -0.5 * ahead
    xyz[:, H36M17.indices("left_ankle", "right_ankle")] = -0.8 * UP
    xyz[:, H36M17.index("left_ankle")] += [0.2, 0, 0]
    xyz[:, H36M17.index("right_ankle")] -= [0.2, 0, 0]
    return xyz


def test_what_the_pose_says_counts():
    np.testing.assert_array_equal(up_direction(standing(), np.array([1, 0, 0], np.float32)), [1, 0, 0])


def test_the_chest_stands_over_the_feet():
    np.testing.assert_allclose(up_direction(standing()), UP, atol=1e-12)


def test_single_frames_do_not_count():
    xyz = standing()
    xyz[:2] *= -1
    np.testing.assert_allclose(up_direction(xyz), UP, atol=1e-12)


def test_without_an_ankle_the_trunk_tells():
    xyz = standing()
    xyz[:, H36M17.index("pelvis")] = -UP
    xyz[:, H36M17.index("right_ankle")] = np.nan
    np.testing.assert_allclose(up_direction(xyz), UP, atol=1e-12)


def test_without_a_trunk_the_camera_is_taken_to_be_level():
    np.testing.assert_array_equal(up_direction(np.full((3, 17, 3), np.nan)), LEVEL)
    np.testing.assert_array_equal(up_direction(np.zeros((3, 17, 3))), LEVEL)


@pytest.mark.parametrize("genre", ["salsa", "indian"])
def test_of_a_whole_dance_it_is_off_by_a_few_degrees(genre):
    found = up_direction(choreograph(genre, 10.0, 1).xyz)
    assert np.degrees(np.arccos(found[1])) < 5
