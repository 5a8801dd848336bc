import numpy as np
import pytest
import torch

from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import answers
from dance3d.stages.detect.multiview_consensus import agree, body, bones
from dance3d.synth.random_motion import random_motion


def moments(count=3, views=4):
    world = torch.from_numpy(random_motion(4.0, 3).xyz[:: 119 // count][:count].astype(np.float64))
    eyes = [np.array([4 * np.cos(a), 1.3, 4 * np.sin(a)]) for a in np.linspace(0.3, 2 * np.pi, views, endpoint=False)]
    E = torch.stack([torch.from_numpy(look_at(eye, np.array([0.0, 1.0, 0.0]))) for eye in eyes])
    E = E.expand(count, -1, -1, -1)
    half = torch.full((count, views), 0.35, dtype=torch.float64)
    return world, answers(world[:, None], E, half), half, E, torch.ones(count, views, dtype=torch.bool)


def spread(xyz):
    return torch.full(xyz.shape[:3], 0.05, dtype=torch.float64)


@pytest.mark.parametrize("wrong", [(), (2,), (0, 3), (1, 2, 3), (0, 1, 2, 3)])
def test_views_with_exchanged_sides_are_turned(wrong):
    world, xyz, half, E, there = moments()
    said = xyz.clone()
    said[:, list(wrong)] = said[:, list(wrong)][:, :, H36M17.swap]
    agreed = agree(said, spread(said), half, E, there)
    expected = torch.zeros(4, dtype=torch.bool)
    expected[list(wrong)] = True
    assert (agreed.turned == expected).all(), "also where most views are wrong: knees bend forward"
    torch.testing.assert_close(agreed.world, world, atol=1e-4, rtol=0)
    torch.testing.assert_close(agreed.seen, xyz, atol=1e-3, rtol=0)
    assert agreed.sure.all()


def test_without_the_vote_exchanged_sides_pull_joints_together():
    world, xyz, half, E, there = moments()
    said = xyz.clone()
    said[:, 2] = said[:, 2, H36M17.swap]
    plain = agree(said, spread(said), half, E, there, sides=False)
    assert not plain.turned.any() and (plain.world - world).norm(dim=-1).max() > 0.02


def test_views_that_are_not_there_do_not_count():
    world, xyz, half, E, there = moments()
    said, there = xyz.clone(), there.clone()
    said[:, 1], there[:, 1] = 0.5, False
    torch.testing.assert_close(agree(said, spread(said), half, E, there).world, world, atol=1e-4, rtol=0)


@pytest.mark.parametrize("case", ["one view", "one place", "behind"])
def test_cameras_that_determine_nothing_give_finite_values_and_gradients(case):
    _, xyz, half, E, there = moments()
    E, there = E.clone(), there.clone()
    if case == "one view":
        there[:, 1:] = False
    elif case == "one place":
        E[:] = E[:, :1]
    else:
        E[:, 0, 2] *= -1
    said = xyz.clone().requires_grad_()
    agreed = agree(said, spread(said), half, E, there)
    agreed.seen.square().sum().backward()
    assert torch.isfinite(agreed.seen).all() and torch.isfinite(said.grad).all()
    assert case == "behind" or not agreed.sure.any()


def test_the_length_of_a_body_is_the_one_that_single_views_show():
    world, xyz, half, E, there = moments()
    agreed = agree(xyz, spread(xyz), half, E, there)
    true = bones(world)
    torch.testing.assert_close(
        body(xyz, agreed, half, E, there), true[:, None].expand(-1, 4).flatten(), atol=1e-3, rtol=0
    )
    small = body(torch.cat([xyz[..., :2] * 0.9, xyz[..., 2:] * 0.9], -1), agreed, half, E, there)
    assert (small < true[:, None].expand(-1, 4).flatten()).all(), "a net that shortens is believed less"
