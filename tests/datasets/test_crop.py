"""People cut out of pictures."""

import numpy as np
import pytest
from cut_people import DISTORTION, EXTRINSICS, POINTS, scene

from dance3d.datasets.crop import MARGIN, cut

SIZE = 64


def seen(crop, points=POINTS):
    local = points @ crop.extrinsics[:, :3].T + crop.extrinsics[:, 3]
    return local[:, :2] / local[:, 2:] * crop.focal + len(crop.mask) / 2


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("frame", [(640, 480), (480, 640)])
@pytest.mark.parametrize("distortion", [DISTORTION, np.zeros(0)])
def test_points_of_the_world_lie_where_the_crops_camera_sees_them(size, frame, distortion):
    picture, mask, lens = scene(*frame, distortion=distortion)
    crop = cut(picture, mask, lens, size)
    y, x = np.mgrid[:size, :size] + 0.5
    for place in seen(crop):
        near = np.hypot(x - place[0], y - place[1]) < size / 12
        weight = crop.image[..., 0] * near
        middle = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
        assert np.linalg.norm(middle - place) < 0.5
    assert np.allclose(crop.turn @ EXTRINSICS, crop.extrinsics) and np.linalg.det(crop.turn) == pytest.approx(1)


def test_the_person_is_in_the_middle_and_as_large_as_the_margin_says():
    picture, mask, lens = scene(distortion=np.zeros(0))
    crop = cut(picture, mask, lens, SIZE)
    rows, columns = np.flatnonzero(crop.mask.any(1)), np.flatnonzero(crop.mask.any(0))
    assert abs(rows.mean() + 0.5 - SIZE / 2) < 1.5 and abs(columns.mean() + 0.5 - SIZE / 2) < 1.5
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(SIZE / MARGIN, abs=2)


def test_a_person_at_the_edge_of_the_picture_has_black_beyond_it():
    _, mask, lens = scene()
    mask[:], mask[100:400, 500:] = False, True
    crop = cut(np.full((480, 640, 3), 40, np.uint8), mask, lens, SIZE)
    assert crop.mask.any() and not crop.mask[:, -9:].any()
    assert (crop.image[:, -3:] == 0).all() and (crop.image[:, :9] == 40).all()


def test_a_mask_that_cannot_be_cut_is_named():
    picture, mask, lens = scene()
    with pytest.raises(ValueError, match="empty: nobody to cut out"):
        cut(picture, np.zeros_like(mask), lens, SIZE)
    with pytest.raises(ValueError, match=r"mask has shape \(480, 639\), the picture \(480, 640\)"):
        cut(picture, mask[:, :-1], lens, SIZE)
