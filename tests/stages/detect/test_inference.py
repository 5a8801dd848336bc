import numpy as np
import pytest
from detected_dances import CAMERA, RAW, away, make_dance, told

from dance3d.geometry.projection import projection
from dance3d.masks.segmentation.instances import count_bodies, shrink
from dance3d.stages.detect.inference import usable


@pytest.fixture(scope="module")
def dance():
    return make_dance()


@pytest.mark.parametrize("settings", [RAW, {}])
def test_what_a_perfect_net_says_of_crops_is_the_truth_in_the_pictures_camera(dance, settings):
    pose = told(dance, settings=settings)
    assert away(pose, dance) < (0.02 if settings else 0.04)
    assert np.abs(pose.root - dance[:, 0]).max() < 0.25 and pose.scale == "relative" and pose.measured.all()
    assert np.median(pose.error) < 1.0
    xy = dance[..., :2] / dance[..., 2:] * CAMERA.focal + CAMERA.centre
    assert np.abs(projection(pose).xy - xy).max() < 3.0


def test_masks_that_are_no_person_and_several_bodies():
    full, empty = np.ones((100, 100), bool), np.zeros((100, 100), bool)
    assert not usable(full) and not usable(empty) and count_bodies(empty) == 0
    several = empty.copy()
    several[20:80, 10:20] = several[25:80, 40:50] = True
    several[5:8, 90:93] = True  # a speck
    assert usable(several) and count_bodies(several) == 2
    assert shrink(np.zeros((400, 200, 3), np.uint8), 100).shape == (100, 50, 3)
