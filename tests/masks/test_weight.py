import numpy as np
import pytest
import torch

from dance3d.geodesic import distance_map
from dance3d.masks import gaussian_mask, geodesic_weight, iou
from dance3d.masks.raster import pixels


def person():
    mask = np.zeros((40, 30), bool)
    mask[5:35, 12:18] = mask[15:18, 2:28] = True
    return mask


def test_weights_grow_towards_the_ends_and_away_from_the_body():
    mask = person()
    distance, there = torch.tensor(distance_map(mask)), torch.tensor(mask)
    weight = geodesic_weight(distance, there)
    assert weight.mean() == pytest.approx(1, abs=1e-6)
    assert weight[16, 27] > 1.5 * weight[20, 15] and weight[0, 0] > weight[14, 10]
    inside = weight[there] / weight[distance_map(mask) == 0].min()
    d = distance[there] / distance[there].max()
    assert torch.allclose(inside, (torch.exp(2 * d) + 2) / 3, atol=1e-5)
    outside = weight[~there] / weight[there].min() * 3
    assert torch.allclose(outside, 2 * distance[~there] / distance[~there].max() + 3, atol=1e-5)


def test_weights_of_empty_and_full_masks_are_defined():
    empty, full = np.zeros((8, 8), bool), np.ones((8, 8), bool)
    distance = torch.tensor(np.stack([distance_map(empty), distance_map(full)]))
    weight = geodesic_weight(distance.half(), torch.tensor(np.stack([empty, full])).float())
    assert weight.dtype == torch.float32 and torch.allclose(weight[0], torch.ones(8, 8))
    assert weight[1].isfinite().all() and weight[1].mean() == pytest.approx(1, abs=1e-6)


def test_overlap_of_masks():
    one, other = torch.zeros(3, 4, 4, dtype=torch.bool), torch.zeros(3, 4, 4)
    one[:2, :2], other[:2, :3] = True, 0.9
    other[1] = 0.2
    assert iou(one, other).tolist() == pytest.approx([8 / 12, 0, 1])


@pytest.mark.parametrize("merge", ["max", "sum"])
def test_blobs_equal_the_direct_computation(merge):
    xy = torch.randn(2, 17, 2, generator=torch.Generator().manual_seed(0)) * 0.4
    middle = pixels(20, xy)
    distance = (middle[None, :] - xy[..., 0, None, None]) ** 2 + (middle[:, None] - xy[..., 1, None, None]) ** 2
    drawn = torch.exp(-distance / 0.2**2)
    want = drawn.amax(1) if merge == "max" else drawn.sum(1)
    assert torch.allclose(gaussian_mask(xy, 20, merge, 0.2), want, atol=1e-5)
    xy[0, 0] = torch.nan
    assert gaussian_mask(xy, 20, merge).isfinite().all()


def test_an_unknown_merge_is_refused():
    with pytest.raises(ValueError, match="merge 'mean'"):
        gaussian_mask(torch.zeros(17, 2), 8, "mean")
