import pytest
import torch

from dance3d.metrics import MPJPE, FlipAllowedMPJPE, PairsSwappedMPJPE, RegressedOnTruth
from dance3d.skeleton import H36M17

LEGS = H36M17.indices("left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle")


def body(frames, seed=0):
    xyz = torch.randn(1, frames, 17, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return xyz - xyz[:, :, :1]


def value(metric, *given):
    metric.update(*given)
    return float(metric.compute())


def test_a_whole_pose_may_be_flipped():
    true = body(8)
    predicted = true.clone()
    predicted[:, :3] = predicted[:, :3, H36M17.swap]
    assert value(MPJPE(), predicted, true) > 100
    assert value(FlipAllowedMPJPE(), predicted, true) == pytest.approx(0, abs=1e-6)


def test_legs_alone_are_forgiven_only_pair_by_pair():
    true = body(8)
    predicted = true.clone()
    predicted[..., LEGS, :] = predicted[..., [H36M17.swap[j] for j in LEGS], :]
    strict, flip, pairs = (value(m(), predicted, true) for m in (MPJPE, FlipAllowedMPJPE, PairsSwappedMPJPE))
    assert strict >= flip > 100 and pairs == pytest.approx(0, abs=1e-6)


def test_a_pair_is_never_drawn_to_one_place():
    # Both hands predicted where the left one is: exchanging them changes nothing, and the right one stays wrong.
    true = body(1)
    hands = H36M17.indices("left_wrist", "right_wrist")
    predicted = true.clone()
    predicted[..., hands, :] = true[..., hands[:1], :]
    assert value(PairsSwappedMPJPE(), predicted, true) == pytest.approx(value(MPJPE(), predicted, true))


def test_more_help_never_raises_the_score():
    predicted, true = body(50, 1), body(50)
    strict, flip, pairs = (value(m(), predicted, true) for m in (MPJPE, FlipAllowedMPJPE, PairsSwappedMPJPE))
    assert strict > flip > pairs


def test_a_linear_map_is_found_and_holds_for_other_frames():
    generator = torch.Generator().manual_seed(0)
    predicted = torch.randn(400, 12, 3, generator=generator, dtype=torch.float64)
    matrix = torch.randn(36, 51, generator=generator, dtype=torch.float64)
    true = (predicted.flatten(1) @ matrix + 0.3).unflatten(1, (17, 3))
    after = RegressedOnTruth(predicted[:300], true[:300])
    torch.testing.assert_close(after(predicted[300:]), true[300:], rtol=0, atol=1e-3)
    assert after(predicted[300:].float()).dtype == torch.float32


def test_fewer_frames_than_numbers_still_fit():
    predicted, true = body(10)[0], body(10, 1)[0]
    assert torch.isfinite(RegressedOnTruth(predicted, true)(predicted)).all()


def test_what_cannot_be_fitted_is_named():
    with pytest.raises(ValueError, match="expected \\(N, J, D\\)"):
        RegressedOnTruth(body(3)[0], body(2)[0])
    with pytest.raises(ValueError, match="not finite"):
        RegressedOnTruth(body(3)[0] * torch.nan, body(3)[0])
