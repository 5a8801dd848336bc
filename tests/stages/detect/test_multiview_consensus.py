import numpy as np
import pytest
import torch

from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import net_targets
from dance3d.stages.detect.multiview_consensus import body_lengths, reach_consensus, total_length
from dance3d.synth.random_motion import random_motion


def moments(count=3, views=4):
    world = torch.from_numpy(random_motion(4.0, 3).xyz[:: 119 // count][:count].astype(np.float64))
    eyes = [np.array([4 * np.cos(a), 1.3, 4 * np.sin(a)]) for a in np.linspace(0.3, 2 * np.pi, views, endpoint=False)]
    E = torch.stack([torch.from_numpy(look_at(eye, np.array([0.0, 1.0, 0.0]))) for eye in eyes])
    E = E.expand(count, -1, -1, -1)
    half = torch.full((count, views), 0.35, dtype=torch.float64)
    return world, net_targets(world[:, None], E, half), half, E, torch.ones(count, views, dtype=torch.bool)


def spread(xyz):
    return torch.full(xyz.shape[:3], 0.05, dtype=torch.float64)


@pytest.mark.parametrize("wrong", [(), (2,), (0, 3), (1, 2, 3), (0, 1, 2, 3)])
def test_views_with_exchanged_sides_are_turned(wrong):
    world, xyz, half, E, valid = moments()
    said = xyz.clone()
    said[:, list(wrong)] = said[:, list(wrong)][:, :, H36M17.swap]
    agreed = reach_consensus(said, spread(said), half, E, valid)
    expected = torch.zeros(4, dtype=torch.bool)
    expected[list(wrong)] = True
    assert (agreed.swapped == expected).all(), "also where most views are wrong: knees bend forward"
    torch.testing.assert_close(agreed.world, world, atol=1e-4, rtol=0)
    torch.testing.assert_close(agreed.per_view, xyz, atol=1e-3, rtol=0)
    assert agreed.determined.all()


def test_without_the_vote_exchanged_sides_pull_joints_together():
    world, xyz, half, E, valid = moments()
    said = xyz.clone()
    said[:, 2] = said[:, 2, H36M17.swap]
    plain = reach_consensus(said, spread(said), half, E, valid, sides=False)
    assert not plain.swapped.any() and (plain.world - world).norm(dim=-1).max() > 0.02


def test_views_that_are_not_there_do_not_count():
    world, xyz, half, E, valid = moments()
    said, valid = xyz.clone(), valid.clone()
    said[:, 1], valid[:, 1] = 0.5, False
    torch.testing.assert_close(reach_consensus(said, spread(said), half, E, valid).world, world, atol=1e-4, rtol=0)


@pytest.mark.parametrize("case", ["one view", "one place", "behind"])
def test_cameras_that_determine_nothing_give_finite_values_and_gradients(case):
    _, xyz, half, E, valid = moments()
    E, valid = E.clone(), valid.clone()
    if case == "one view":
        valid[:, 1:] = False
    elif case == "one place":
        E[:] = E[:, :1]
    else:
        E[:, 0, 2] *= -1
    said = xyz.clone().requires_grad_()
    agreed = reach_consensus(said, spread(said), half, E, valid)
    agreed.per_view.square().sum().backward()
    assert torch.isfinite(agreed.per_view).all() and torch.isfinite(said.grad).all()
    assert case == "behind" or not agreed.determined.any()


def test_the_length_of_a_body_is_the_one_that_single_views_show():
    world, xyz, half, E, valid = moments()
    agreed = reach_consensus(xyz, spread(xyz), half, E, valid)
    true = total_length(world)
    torch.testing.assert_close(
        body_lengths(xyz, agreed, half, E, valid), true[:, None].expand(-1, 4).flatten(), atol=1e-3, rtol=0
    )
    small = body_lengths(torch.cat([xyz[..., :2] * 0.9, xyz[..., 2:] * 0.9], -1), agreed, half, E, valid)
    assert (small < true[:, None].expand(-1, 4).flatten()).all(), "a net that shortens is believed less"
