import importlib.util

import numpy as np
import pytest

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors.blazepose import LEAST_INPAINTED, BlazePose
from dance3d.stages.keypoints.detectors.mediapipe_nets import LandmarkNet, PersonDetector
from dance3d.stages.keypoints.detectors.regions import Region, readings_agree, same_person

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("mediapipe"), reason="mediapipe is not installed")
WHOLE = (slice(0, 480), slice(0, 854))


def test_the_landmarks_turn_with_the_picture(kitasen):
    image = kitasen[15]
    with BlazePose() as detector:
        body = max(detector(image), key=lambda body: body[:, 0].mean())
    hip = body[BLAZEPOSE33.indices("left_hip", "right_hip"), :2].mean(0)
    region = Region(*hip, 300, 0)
    reader = LandmarkNet()
    plain = reader(image, region)
    turned = reader(np.ascontiguousarray(image[::-1, ::-1]), Region(*(image.shape[1::-1] - hip), 300, np.pi))
    reader.close()
    np.testing.assert_allclose(turned.points[:, :2], image.shape[1::-1] - plain.points[:, :2], atol=0.1)
    assert plain.presence > 0.9 and abs(plain.next_region.side - turned.next_region.side) < 0.1


def test_who_is_painted_over_is_not_found_and_the_other_is(kitasen):
    image = kitasen[15]
    finder, reader = PersonDetector(), LandmarkNet()
    left, right = (reader(image, region) for region in sorted(finder(image, WHOLE), key=lambda region: region.x))
    assert not same_person(left, right) and min(left.quality, right.quality) > 0.7
    assert same_person(left, reader(image, left.next_region)) and readings_agree(left, reader(image, left.next_region))
    found = finder(image, WHOLE, [left])
    assert found and all(region.distance(left.next_region) > 0.5 for region in found)
    hidden = reader(image, left.region, [left])
    assert hidden.quality < LEAST_INPAINTED < left.quality
    np.testing.assert_allclose(reader(image, left.region, [left], left).points, left.points, atol=1e-6)  # its own stays
    finder.close()
    reader.close()
