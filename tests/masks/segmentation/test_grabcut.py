import numpy as np
import pytest
from walking_bodies import iou, walker

from dance3d.masks.segmentation import foreground


@pytest.mark.parametrize("settings", [{}, {"box": (8, 20, 34, 100)}])
def test_grabcut_finds_the_walker_from_motion_and_from_a_box(settings):
    pictures, truth = walker(30)
    found = list(foreground("grabcut", **settings).masks(pictures))
    assert len(found) == 30
    assert np.mean([iou(a, b) for a, b in zip(found[:25], truth[:25], strict=True)]) > 0.7
    with pytest.raises(ValueError, match="expected \\(left, top, right, bottom\\)"):
        foreground("grabcut", box=(9, 0, 3, 5))
