import pytest
import torch

from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import FEATURES, Lifter, encode, rotation_toward


def rays(frames=40, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 0.1 * torch.randn(2, frames, 17, 2, generator=generator) + torch.tensor([0.2, -0.1])


@pytest.mark.parametrize("taps", [(1,), (3, 3), (3, 3, 3), (3, 5, 1)])
def test_answers_exactly_for_frames_with_full_context(taps):
    net = Lifter(32, taps, 0.0)
    assert net(torch.randn(2, 60, FEATURES)).shape == (2, 60 - net.receptive + 1, 17, 3)
    assert net(torch.randn(1, net.receptive, FEATURES)).shape[1] == 1


def test_an_answer_depends_on_its_receptive_field_alone():
    net = Lifter(32, (3, 3, 3), 0.0).eval()
    for block in net.blocks:
        torch.nn.init.normal_(block.mix.weight, std=0.1)
    features = torch.randn(1, 60, FEATURES)
    changed = features.clone()
    changed[:, 40:] += 1
    moved = (net(features) - net(changed)).abs().amax((0, 2, 3)) > 1e-7
    assert not moved[: 40 - 26].any() and moved[40 - 26 :].all()


def test_even_filters_are_refused():
    with pytest.raises(ValueError, match="odd"):
        Lifter(32, (3, 2))


def test_the_virtual_camera_looks_at_the_pelvis_and_stays_level():
    rotation = rotation_toward(torch.tensor([[0.3, -0.2], [0.0, 0.0]]))
    forward = torch.tensor([0.3, -0.2, 1.0])
    torch.testing.assert_close(rotation[0] @ forward, torch.tensor([0, 0, 1.0]) * forward.norm())
    torch.testing.assert_close(rotation @ rotation.transpose(-1, -2), torch.eye(3).expand(2, 3, 3))
    assert rotation[0, 0, 1] == 0  # its right-hand side is level
    torch.testing.assert_close(rotation[1], torch.eye(3))


def test_features_do_not_see_the_place_in_the_picture_or_missing_keypoints():
    here, present = rays(), torch.ones(2, 40, 17, dtype=torch.bool)
    directions = torch.cat([here, torch.ones_like(here[..., :1])], -1)
    pelvis = here[:, :, :1]
    straight = directions @ rotation_toward(pelvis[:, :, 0]).transpose(-1, -2)
    one, other = encode(here, present), encode(straight[..., :2] / straight[..., 2:], present)
    torch.testing.assert_close(one.features, other.features, atol=1e-5, rtol=1e-4)
    present[:, 3:9, H36M17.index("left_wrist")] = False
    wild = here.clone()
    wild[:, 3:9, H36M17.index("left_wrist")] = float("nan")
    torch.testing.assert_close(encode(here, present).features, encode(wild, present).features)


def test_a_person_twice_as_large_gives_the_same_pose_features():
    # Near the optical axis scaling tangents is scaling the person; only the size feature tells.
    here = 0.01 * rays() - 0.01 * rays()[:, :, :1]
    present = torch.ones(2, 40, 17, dtype=torch.bool)
    one, two = encode(here, present).features, encode(2 * here, present).features
    torch.testing.assert_close(one[..., :-1], two[..., :-1], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(two[..., -1] - one[..., -1], torch.full((2, 40), 2.0).log(), atol=1e-4, rtol=1e-3)
