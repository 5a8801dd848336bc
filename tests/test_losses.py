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
