import pytest
import torch

from dance3d.metrics import MPJPE, MPJVE, NMPJPE, PMPJPE

METRICS = {"mpjpe": MPJPE, "p_mpjpe": PMPJPE, "n_mpjpe": NMPJPE, "mpjve": MPJVE}


def value(metric, predicted, true):
    metric.update(predicted, true)
    return float(metric.compute())


def pose(frames=6, seed=0):
    xyz = torch.randn(1, frames, 17, 3, generator=torch.Generator().manual_seed(seed))
    return xyz - xyz[:, :, :1]


def test_hand_worked_errors():
    true = torch.zeros(1, 3, 17, 3)
    off = true.clone()
    off[:, :, 1, 0] = 0.017  # one of seventeen joints is 17 mm off in every frame
    assert value(MPJPE(), off, true) == pytest.approx(1.0, rel=1e-5)
    assert value(MPJVE(), off, true) == pytest.approx(0.0, abs=1e-9)
    off[:, 1] = 0  # and jumps back for one frame: two steps of 17 mm
    assert value(MPJVE(), off, true) == pytest.approx(1.0, rel=1e-5)


def test_scale_and_rotation_are_forgiven_where_they_should_be_and_reflection_never():
    true = pose()
    angle = torch.tensor(0.7)
    turn = torch.tensor([[angle.cos(), -angle.sin(), 0], [angle.sin(), angle.cos(), 0], [0, 0, 1]])
    assert value(NMPJPE(), true * 1.3, true) < 1e-3 < value(MPJPE(), true * 1.3, true)
    assert value(PMPJPE(), 1.3 * true @ turn.T, true) < 1e-3 < value(NMPJPE(), 1.3 * true @ turn.T, true)
    assert value(PMPJPE(), true * torch.tensor([-1.0, 1, 1]), true) > 100


def test_batches_add_up_and_the_root_does_not_count():
    first, second = pose(seed=1), pose(seed=2)
    metric = MPJPE()
    metric.update(first, second)
    metric.update(second, second)
    assert float(metric.compute()) == pytest.approx(value(MPJPE(), first, second) / 2, rel=1e-5)
    assert value(MPJPE(), first + 5, first) < 1e-2
    with pytest.raises(ValueError, match="shapes"):
        metric.update(first[0], second[0])


@pytest.mark.parametrize("name", METRICS)
def test_equals_the_protocol_tool(lift_protocol, name):
    predicted, true = pose(8, 3), pose(8, 4)
    expected = lift_protocol.score(predicted[0].numpy(), true[0].numpy())[name]
    assert value(METRICS[name](), predicted, true) == pytest.approx(expected, rel=1e-5)
