import pytest
import torch

from dance3d.losses import bone_lengths
from dance3d.skeleton import H36M17
from dance3d.stages.detect.body_template import with_human_bone_lengths
from dance3d.stages.detect.multiview_consensus import total_length
from dance3d.synth.random_motion import random_motion

PELVIS = H36M17.index("pelvis")


@pytest.fixture(scope="module")
def world():
    return torch.tensor(random_motion(2.0, 0).xyz[::10])


def test_true_bodies_stay_as_they_are(world):
    torch.testing.assert_close(with_human_bone_lengths(world), world, atol=1e-5, rtol=0)


@pytest.mark.parametrize("factor", [0.3, 0.6])
def test_limbs_that_are_drawn_together_become_as_long_as_limbs_are(world, factor):
    middle = world[:, PELVIS, None]
    small = middle + (world - middle) * factor
    back = with_human_bone_lengths(small)
    assert (total_length(back) > 1.2 * total_length(small)).all() and (
        total_length(back) > 0.7 * total_length(world)
    ).all()
    assert (back - world).norm(dim=-1).mean() < (small - world).norm(dim=-1).mean()
    torch.testing.assert_close(back[:, PELVIS], world[:, PELVIS])


def test_ways_of_bones_stay_and_only_wrong_lengths_change(world):
    bent = world.clone()
    wrist, elbow = H36M17.index("left_wrist"), H36M17.index("left_elbow")
    bent[:, wrist] = world[:, elbow] + (world[:, wrist] - world[:, elbow]) * 0.1
    back = with_human_bone_lengths(bent)
    way = torch.nn.functional.normalize(back[:, wrist] - back[:, elbow], dim=-1)
    true = torch.nn.functional.normalize(world[:, wrist] - world[:, elbow], dim=-1)
    torch.testing.assert_close(way, true, atol=1e-4, rtol=0)
    number = [child for _, child in H36M17.bones].index(wrist)
    off = bone_lengths(back, world)
    assert off[:, number].max() < 0.15
    off[:, number] = 0
    assert off.max() < 1e-5


def test_a_giant_shrinks_and_a_point_stays_finite(world):
    giant = world * 3
    assert (total_length(with_human_bone_lengths(giant)) < 0.8 * total_length(giant)).all()
    assert torch.isfinite(with_human_bone_lengths(torch.zeros(1, 17, 3))).all()
