import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors.mediapipe_nets import LandmarkNet, PersonDetector
from dance3d.stages.keypoints.detectors.regions import SIDE, Region, readings_agree, same_person

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("mediapipe"), reason="mediapipe is not installed")
WHOLE = (slice(0, 480), slice(0, 854))


def test_a_region_turns_with_the_body():
    upright = Region.around(np.array([50.0, 60.0]), np.array([50.0, 20.0]))
    assert upright == Region(50, 60, 100, 0)
    lying = Region.around(np.array([50.0, 60.0]), np.array([90.0, 60.0]))  # head to the picture's right
    np.testing.assert_allclose(lying.matrix() @ [SIDE / 2, 0, 1], (100, 60), atol=1e-9)
    np.testing.assert_allclose(lying.matrix() @ [SIDE / 2, SIDE / 2, 1], (50, 60), atol=1e-9)


def test_one_body_read_with_other_limbs_is_still_one(kitasen):
    image = kitasen[15]
    reader, region = LandmarkNet(), PersonDetector()(image, WHOLE)[0]
    body = reader(image, region)
    mirrored = body.points[BLAZEPOSE33.swap]
    assert same_person(body, replace(body, points=mirrored)) and not readings_agree(
        body, replace(body, points=mirrored)
    )
    beside = body.points + np.array([0.3 * body.next_region.side, 0, 0])
    assert not same_person(body, replace(body, points=beside))
    nowhere = replace(body, outline=np.zeros_like(body.outline))
    assert nowhere.quality == 0 and body.quality > 0.7
    reader.close()
