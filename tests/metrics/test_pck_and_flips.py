import pytest
import torch

from dance3d.metrics import AUC, PCK, AmbiguityRatio, DepthFlips, LeftRightFlips
from dance3d.skeleton import H36M17


def value(metric, *given):
    metric.update(*given)
    return float(metric.compute())


def off(*millimetres):
    """One frame of four joints: the root, exact, and three others off by so much; and the truth."""
    true = torch.zeros(1, 1, 4, 3)
    predicted = true.clone()
    predicted[0, 0, 1:, 2] = torch.tensor(millimetres) / 1000
    return predicted, true


def test_pck_by_hand():
    assert value(PCK(), *off(100.0, 149.0, 151.0)) == 0.75  # root, 100 and 149 of four
    assert value(PCK(100.5), *off(100.0, 149.0, 151.0)) == 0.5
    metric = PCK()
    metric.update(*off(100.0, 149.0, 151.0))
    metric.update(*off(200.0, 200.0, 200.0))
    assert float(metric.compute()) == 0.5  # five of eight less one: root twice, 100, 149


def test_auc_by_hand():
    # Thresholds 0, 5, ... 150. The root is within all 31; 52 mm within 55 ... 150, 20 of them; 147 mm within 150 only;
    # 160 mm within none.
    assert value(AUC(), *off(52.0, 147.0, 160.0)) == pytest.approx((31 + 20 + 1 + 0) / (4 * 31))
    assert value(AUC(), *off(0.0, 0.0, 0.0)) == 1


def test_in_the_picture_the_threshold_is_a_share_of_a_length():
    # A head of 40 pixels and PCKh@0.5: joints 19 and 21 pixels off, the second frame's head is 80 pixels.
    true = torch.full((1, 2, 2, 2), 300.0)
    predicted = true.clone()
    predicted[..., 0, 0] += 19.0
    predicted[..., 1, 1] += 21.0
    assert value(PCK(0.5), predicted, true, torch.tensor([[40.0, 80.0]])) == 0.75
    with pytest.raises(ValueError, match="reference"):
        PCK().update(predicted, true, torch.ones(3, 3))
    with pytest.raises(ValueError, match="shapes"):
        PCK().update(predicted, true)  # 2D poses need a length


def test_a_missing_joint_is_not_correct():
    predicted, true = off(0.0, 0.0, 0.0)
    predicted[0, 0, 2] = torch.nan
    assert value(PCK(), predicted, true) == 0.75


def body(frames, seed=0):
    xyz = torch.randn(1, frames, 17, 3, generator=torch.Generator().manual_seed(seed))
    return xyz - xyz[:, :, :1]


@pytest.mark.parametrize(
    ("metric", "other"),
    [
        (LeftRightFlips, lambda pose: pose[..., H36M17.swap, :]),
        (DepthFlips, lambda pose: pose * torch.tensor([1.0, 1.0, -1.0])),
    ],
)
def test_flips_by_hand(metric, other):
    true = body(10)
    predicted = true + 0.01 * body(10, 1)
    predicted[:, :3] = other(predicted[:, :3])
    found = metric()
    found.update(predicted, true)  # 3 of 10 frames flipped: 3 against the rest
    assert float(found.compute()) == pytest.approx(0.3) and float(found.ambiguity()) == pytest.approx(0.3)
    found.update(other(true), true)  # a whole view flipped: 13 of 20, but one reading throughout
    assert float(found.compute()) == pytest.approx(0.65) and float(found.ambiguity()) == pytest.approx(3 / 20)


def test_a_missing_frame_is_no_unflipped_one():
    broken = body(4)
    broken[0, 1] = torch.nan
    assert torch.isnan(torch.tensor(value(LeftRightFlips(), broken, body(4))))


def test_ambiguity_counts_scenes_alike_whatever_their_views():
    true = [body(4), body(4, 1), body(2, 2)]
    predicted = [pose.clone() for pose in true]
    predicted[0][:, :3] = predicted[0][:, :3, H36M17.swap]  # three of four: one is unlike the rest
    predicted[2][:, :1] = predicted[2][:, :1, H36M17.swap]  # one of two
    metric = AmbiguityRatio()
    metric.update(torch.cat(predicted[:2]), torch.cat(true[:2]))
    metric.update(predicted[2], true[2])
    assert float(metric.compute()) == pytest.approx((1 / 4 + 0 + 1 / 2) / 3)
    metric.update(true[0][..., H36M17.swap, :], true[0])  # all views flipped agree
    assert float(metric.compute()) == pytest.approx((1 / 4 + 0 + 1 / 2 + 0) / 4)
