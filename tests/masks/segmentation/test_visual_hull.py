import numpy as np
import pytest
from footage_sets import EXTRINSICS, MATRIX, SIZE, draw, overlap

from dance3d.contracts.camera import Lens
from dance3d.masks.segmentation.visual_hull import Hull, parts_in_hull

LENSES = [Lens(MATRIX, extrinsics, np.zeros(0)) for extrinsics in EXTRINSICS]
NONE = np.zeros((SIZE, SIZE), bool)


@pytest.fixture(scope="module")
def hull():
    return Hull(LENSES, [(SIZE, SIZE)] * len(LENSES))


def test_the_hull_covers_the_person_and_little_else(hull):
    masks = [draw(extrinsics, width=9) for extrinsics in EXTRINSICS]
    for mask, outline in zip(masks, hull.silhouettes(masks), strict=True):
        assert (mask & outline).sum() > 0.9 * mask.sum() and overlap(mask, outline) > 0.5


def test_a_flooded_view_a_stranger_and_a_blind_view(hull):
    masks = [draw(extrinsics, width=9) for extrinsics in EXTRINSICS]
    true = masks[0].copy()
    masks[0] = masks[0].copy()
    masks[0][5:25, 80:94] = True  # somebody whom no other camera sees there
    flooded = [*masks[:2], ~NONE, *masks[3:]]
    outlines = hull.silhouettes(flooded)
    assert (parts_in_hull(flooded[0], outlines[0]) == true).all()
    assert not parts_in_hull(flooded[2], outlines[2]).any()
    assert (parts_in_hull(masks[1], outlines[1]) == masks[1]).all()
    blind = [*masks[:4], NONE]
    assert overlap(hull.silhouettes(blind)[1], masks[1]) > 0.4  # one that sees nobody does not outvote four
    assert not parts_in_hull(NONE, outlines[0]).any()


def test_nobody_makes_no_hull(hull):
    assert not any(outline.any() for outline in hull.silhouettes([NONE] * 5))


def test_two_views_are_too_few():
    with pytest.raises(ValueError, match="expected three or more"):
        Hull(LENSES[:2], [(SIZE, SIZE)] * 2)
