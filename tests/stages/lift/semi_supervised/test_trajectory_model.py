import torch

from dance3d.stages.lift.model import encode
from dance3d.stages.lift.semi_supervised.module import SemiModule
from dance3d.stages.lift.semi_supervised.trajectory_model import Trajectory


def test_the_trajectory_of_a_person_twice_as_far_is_twice_as_far():
    net = Trajectory(16, (3, 3, 3), 0.0)
    torch.nn.init.normal_(net.leave.weight, std=0.05)
    flat = torch.rand(1, 30, 17, 2) * 0.1
    flat[..., 0, :] = 0
    seen = torch.ones(1, 30, 17, dtype=torch.bool)
    near, far = (net(encode(flat * scale, seen).features) for scale in (1.0, 0.5))
    assert near.shape == (1, 4, 1, 3) and (near[..., 2] > 0).all()
    assert 1.5 < float((far / near)[..., 2].mean().detach()) < 2.5
    assert not any(a is b for a in net.parameters() for b in SemiModule(width=16).net.parameters())
