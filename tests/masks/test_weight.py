import numpy as np
import pytest
import torch

from dance3d.masks import geodesic_weight, iou
from dance3d.masks.geodesic import distance_map


def person():
    mask = np.zeros((40, 30), bool)
    mask[5:35, 12:18] = mask[15:18, 2:28] = True
    return mask


def test_weights_grow_towards_the_ends_and_away_from_the_body():
    mask = person()
    distance, there = torch.tensor(distance_map(mask)), torch.tensor(mask)
    weight = geodesic_weight(distance, there)
    assert weight.square().mean() == pytest.approx(1, abs=1e-6)
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
    assert weight[1].isfinite().all() and weight[1].square().mean() == pytest.approx(1, abs=1e-6)


def test_overlap_of_masks():
    one, other = torch.zeros(3, 4, 4, dtype=torch.bool), torch.zeros(3, 4, 4)
    one[:2, :2], other[:2, :3] = True, 0.9
    other[1] = 0.2
    assert iou(one, other).tolist() == pytest.approx([8 / 12, 0, 1])
