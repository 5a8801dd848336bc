from itertools import pairwise

import numpy as np
import pytest

from dance3d.stages.keypoints.detectors.tiles import small_tiles, square_tiles


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


def test_very_long_pictures_have_few_views():
    for shape in ((1, 1280), (16, 16384), (23, 4000), (4000, 1)):
        assert len(square_tiles(shape)) == 1 and small_tiles(shape, []) == []  # nobody can be told in a part of it
    for shape in ((60, 16384), (16384, 60), (120, 16384)):
        views = square_tiles(shape) + small_tiles(shape, [])
        seen = np.zeros(shape, int)
        for rows, columns in views[1:]:
            seen[rows, columns] += 1
        assert len(views) <= 1 + 32 + 3 * 32 and seen.min() >= 1
    assert len(small_tiles((480, 854), [])) == 21
