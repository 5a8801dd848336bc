import torch

from dance3d import losses
from dance3d.skeleton import H36M17


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
