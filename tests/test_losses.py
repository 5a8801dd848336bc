import pytest
import torch

from dance3d import losses
from dance3d.skeleton import H36M17
from dance3d.synth.random_motion import random_motion


def test_hand_worked_values_and_finite_gradients():
    true = torch.zeros(1, 2, 17, 3)
    off = true.clone()
    off[0, 1, H36M17.index("left_wrist")] = torch.tensor([0.03, 0.04, 0.0])
    off.requires_grad_()
    distance = losses.distance(off, true)
    assert distance.shape == (1, 2, 17) and abs(float(distance.detach().sum()) - 0.05) < 1e-4
    velocity = losses.velocity(off, true)
    assert velocity.shape == (1, 1, 17) and abs(float(velocity.detach().sum()) - 0.05) < 1e-4
    lengths = losses.bone_lengths(off, true)
    assert lengths.shape == (1, 2, 16) and abs(float(lengths.detach().sum()) - 0.05) < 1e-4  # one bone, from the elbow
    (distance.sum() + velocity.sum() + lengths.sum()).backward()
    assert torch.isfinite(off.grad).all() and off.grad.abs().sum() > 0


def test_a_place_counts_by_its_depth():
    true = torch.tensor([[0.0, 0.0, 2.0], [0.0, 0.0, 5.0]])
    off = true + torch.tensor([0.3, 0.0, 0.4])
    torch.testing.assert_close(losses.weighted_distance(off, true), torch.tensor([0.25, 0.1]))


def test_reprojection_is_measured_in_the_picture_and_held_in_bounds():
    joints = torch.tensor([[1.0, 0.0, 4.0], [1.0, 2.0, 4.0], [30.0, 0.0, 1.0], [0.0, 0.0, -3.0]], requires_grad=True)
    rays = torch.tensor([[0.25, 0.0], [0.22, 0.46], [0.5, 0.0], [0.0, 0.0]])
    off = losses.reprojection(joints, rays)
    torch.testing.assert_close(off.detach(), torch.tensor([0.0, 0.05, 0.5, 0.0]), atol=1e-5, rtol=1e-5)
    off.sum().backward()
    assert torch.isfinite(joints.grad).all()


def test_bones_of_two_batches_and_of_one_chunk():
    joint = H36M17.index("left_wrist")
    bone = [child for _, child in H36M17.bones].index(joint)
    pose = torch.zeros(2, 2, 17, 3)
    pose[..., joint, 0] = torch.tensor(
        [[0.1, 0.3], [0.2, 0.2]]
    )  # means 0.2; 0.1 off it in one chunk, still in the other
    other = torch.zeros(1, 3, 17, 3)
    other[..., joint, 1] = 0.25
    difference = losses.bone_means(pose, other)
    assert difference.shape == (16,) and abs(float(difference[bone]) - 0.05) < 1e-5
    assert abs(float(difference.sum()) - 0.05) < 1e-4


def motion(seed=0):
    """(60, 17, 3) bodies of all poses."""
    return torch.tensor(random_motion(2.0, seed).xyz).double()


@pytest.mark.parametrize("place", [-0.8, 0.0, 0.3])
def test_a_heatmap_is_best_where_its_hill_is_and_pulled_there(place):
    at = torch.tensor(place)
    cells = (2 * torch.arange(16) + 1) / 16 - 1
    shares = torch.stack([torch.softmax(-((cells - middle) * 10).square(), -1) for middle in (place, place + 0.25)])
    near, far = losses.heatmap(shares, at.expand(2))
    assert near < far
    logits = torch.zeros(16, requires_grad=True)
    losses.heatmap(logits.softmax(-1), at).backward()
    assert cells[logits.grad.argmin()] == pytest.approx(place, abs=1 / 16 + 1e-6)
    nothing = torch.nn.functional.one_hot(torch.tensor(0), 16).float()
    assert torch.isfinite(losses.heatmap(nothing, torch.tensor(5.0))), "also for places outside the picture"


def test_a_masks_loss_is_the_weighted_mean_of_squares():
    true = torch.zeros(2, 2, 4)
    true[1, :, :2] = 1
    drawn = torch.full((2, 2, 4), 0.5)
    torch.testing.assert_close(losses.mask(drawn, true, torch.ones(2, 2, 4)), torch.tensor([0.25, 0.25]))
    torch.testing.assert_close(losses.mask(drawn, true, 2 * true), torch.tensor([0.0, 0.5]))
    assert not losses.mask(true, true, torch.ones(2, 2, 4)).any()


def test_symmetry_compares_both_sides_of_a_body():
    pose = motion()
    assert losses.symmetry(pose).max() < 1e-3, "the babbling body has equal sides"
    longer = pose.clone()
    longer[:, H36M17.index("left_wrist")] += pose[:, H36M17.index("left_wrist")] - pose[:, H36M17.index("left_elbow")]
    torch.testing.assert_close(losses.symmetry(2 * longer), losses.symmetry(longer), atol=1e-4, rtol=0)
    assert (losses.symmetry(longer) > 0.1).all()


@pytest.mark.parametrize("seed", range(3))
def test_true_bodies_do_not_point_backwards_and_those_with_exchanged_sides_do(seed):
    pose = motion(seed).requires_grad_()
    assert losses.backward_bend(pose).max() == 0
    wrong = losses.backward_bend(pose[:, H36M17.swap])
    assert wrong.shape == (len(pose), 3) and (wrong.sum(-1) > 0.05).all()
    wrong.sum().backward()
    assert torch.isfinite(pose.grad).all()


def test_forward_does_not_depend_on_where_the_body_is_turned():
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0)))[0]
    turn = turn * torch.linalg.det(turn)
    swapped = motion()[:, H36M17.swap]
    torch.testing.assert_close(losses.backward_bend(swapped @ turn.T + 3), losses.backward_bend(swapped))


def test_a_body_in_one_point_has_finite_losses():
    point = torch.zeros(1, 17, 3, requires_grad=True)
    (losses.symmetry(point).sum() + losses.backward_bend(point).sum()).backward()
    assert torch.isfinite(point.grad).all()


def test_the_mean_of_what_counts_spreads_the_flags_and_is_0_of_nothing():
    values, counted = torch.tensor([[1.0, 3.0], [5.0, 9.0]]), torch.tensor([[True], [False]])
    assert losses.mean_where(values, counted) == 2 and losses.mean_where(values, values > 4) == 7
    assert losses.mean_where(values, values > 10) == 0
