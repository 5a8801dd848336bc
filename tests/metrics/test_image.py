import pytest
import torch

from dance3d.metrics import MSE2D, MaskIoU


def value(metric, *given):
    metric.update(*given)
    return float(metric.compute())


def test_distance_in_percent_of_the_side_by_hand():
    true = torch.zeros(1, 1, 2, 2)
    predicted = true.clone()
    predicted[0, 0, 1] = torch.tensor([0.06, 0.08])  # a tenth of half the side: 5 %; the other joint is exact
    assert value(MSE2D(), predicted, true) == pytest.approx(2.5)
    with pytest.raises(ValueError, match="shapes"):
        MSE2D().update(torch.zeros(1, 1, 2, 3), torch.zeros(1, 1, 2, 3))


def test_overlap_by_hand():
    one, other = torch.zeros(3, 4, 4, dtype=torch.bool), torch.zeros(3, 4, 4, dtype=torch.bool)
    one[0, :2], other[0, 1:3] = True, True  # 4 of 12 pixels
    one[1] = True  # nothing shared
    assert value(MaskIoU(), one, other) == pytest.approx((1 / 3 + 0 + 1) / 3)  # the third pair is empty twice
    soft = torch.where(one, 0.9, 0.1)
    assert value(MaskIoU(), soft, other) == pytest.approx((1 / 3 + 0 + 1) / 3)
    with pytest.raises(ValueError, match="shapes"):
        MaskIoU().update(one, other[:2])
