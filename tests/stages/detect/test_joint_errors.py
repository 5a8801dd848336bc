import pytest
import torch

from dance3d.stages.detect.augment import AugmentedPictures
from dance3d.stages.detect.joint_errors import fitted_errors, joint_errors
from dance3d.stages.detect.model import PosePrediction, net_targets


def answers(xyz, cells=16):
    """What a net says that is certain of joints (B, 17, 3)."""
    at = (2 * torch.arange(cells) + 1) / cells - 1
    shares = tuple(torch.softmax(-(xyz[..., n, None] - at).square() * 80, -1) for n in range(3))
    return PosePrediction(xyz, torch.zeros(xyz.shape[:2]), shares)


def moments(count=2, views=3):
    """Bodies, and the cameras of their views: shifted to both sides."""
    body = torch.rand(count, 17, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    cameras = torch.eye(4)[:3].repeat(count, views, 1, 1)
    cameras[..., 2, 3] = 4
    cameras[..., 0, 3] = torch.arange(views) * 0.1
    nothing = torch.zeros(0)
    shown = AugmentedPictures(nothing, nothing, nothing, torch.full((count, views), 0.3), cameras, body)
    return shown, net_targets(body[:, None], cameras, shown.half).flatten(0, 1)


def test_right_joints_cost_least_and_flat_rows_count_in_the_picture_too():
    _, joints = moments()
    right, wrong = (joint_errors(answers(joints + off), joints) for off in (0.0, 0.2))
    assert (right < wrong).all()
    beside = answers(joints + torch.tensor([0.2, 0, 0]))
    flat = torch.arange(len(joints)) % 2 == 0
    only = joint_errors(beside, joints, flat) - joint_errors(answers(joints), joints, flat)
    assert (only[flat] > 0.05).all() and only[~flat].abs().max() < 1e-5


def test_bodies_that_fit_badly_or_were_not_fitted_count_less():
    shown, joints = moments()
    found, valid = answers(joints + 0.1), torch.ones(2, 3, dtype=torch.bool)
    good, bad = (fitted_errors(found, shown, torch.tensor([0.0, misfit]), valid) for misfit in (0.0, 0.05))
    assert bad < 0.7 * good
    alone = fitted_errors(found, shown, torch.tensor([0.0, torch.inf]), valid)
    other = shown._replace(fitted=torch.cat([shown.fitted[:1], shown.fitted[1:] + 9]))
    assert alone == pytest.approx(float(fitted_errors(found, other, torch.tensor([0.0, torch.inf]), valid)))
    with pytest.raises(ValueError, match=r"set data\.fitted"):
        fitted_errors(found, shown, torch.full((2,), torch.inf), valid)
