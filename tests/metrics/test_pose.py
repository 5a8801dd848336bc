import pytest
import torch

from dance3d.metrics import MPJPE, MPJVE, NMPJPE, PMPJPE, WMPJPE, AccelerationError

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


def test_acceleration_of_a_jolt_by_hand():
    # One of seventeen joints is 17 mm off in the third of five frames. The second differences of the error are
    # 17, -34 and 17 mm: 68 mm over 3 frames and 17 joints, so 4/3 mm per frame².
    true = torch.zeros(1, 5, 17, 3)
    off = true.clone()
    off[0, 2, 3, 1] = 0.017
    assert value(AccelerationError(), off, true) == pytest.approx(4 / 3, rel=1e-5)
    assert value(AccelerationError(fps=30), off, true) == pytest.approx(1200, rel=1e-5)
    line = torch.arange(5.0)[None, :, None, None] * 0.1
    assert value(AccelerationError(), true + line * torch.eye(17, 3), true) < 1e-4  # steady motion has none
    with pytest.raises(ValueError, match="fps"):
        AccelerationError(fps=0)


def test_the_root_may_be_off_further_when_far_by_hand():
    # 40 mm off at 4 m is 10 mm per metre; 40 mm off at 2 m is 20: 15 on average.
    true = torch.tensor([[[0.0, 0.0, 4.0], [0.0, 0.0, 2.0]]])
    assert value(WMPJPE(), true + torch.tensor([0.04, 0, 0]), true) == pytest.approx(15, rel=1e-4)
    with pytest.raises(ValueError, match="paths"):
        WMPJPE().update(true[0], true[0])


def test_too_short_sequences_have_no_value():
    assert value(AccelerationError(), pose(2), pose(2, 1)) != value(AccelerationError(), pose(2), pose(2, 1))  # NaN
    assert value(MPJVE(), pose(1), pose(1, 1)) != value(MPJVE(), pose(1), pose(1, 1))
    assert value(PMPJPE(), pose(1), pose(1, 1)) > 0


@pytest.mark.parametrize("metric", [MPJPE, PMPJPE, NMPJPE, MPJVE, AccelerationError])
def test_a_missing_joint_is_never_passed_over_in_silence(metric):
    broken = pose()
    broken[0, 2, 5] = torch.nan
    assert torch.isnan(torch.tensor(value(metric(), broken, pose(seed=1))))


@pytest.mark.parametrize("name", METRICS)
def test_equals_the_protocol_tool(lift_protocol, name):
    predicted, true = pose(8, 3), pose(8, 4)
    expected = lift_protocol.score(predicted[0].numpy(), true[0].numpy())[name]
    assert value(METRICS[name](), predicted, true) == pytest.approx(expected, rel=1e-5)
