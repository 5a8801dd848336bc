from itertools import pairwise

import numpy as np
import pytest

from dance3d.stages.keypoints.detectors.tiles import square_tiles


@pytest.mark.parametrize(("size", "count"), [((100, 100), 1), ((854, 480), 4), ((480, 854), 4), ((4000, 500), 16)])
def test_views_cover_the_picture_with_overlap(size, count):
    width, height = size
    seen, parts = np.zeros((height, width), int), square_tiles((height, width))
    for rows, columns in parts[1:] or parts:
        assert rows.stop - rows.start == columns.stop - columns.start == min(size)
        seen[rows, columns] += 1
    assert len(parts) == count and seen.min() >= 1
    for (_, one), (_, other) in pairwise(parts[1:]):
        assert width < height or other.start - one.start <= min(size) / 2
