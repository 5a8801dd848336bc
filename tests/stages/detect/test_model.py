import numpy as np
import pytest
import torch

from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import HourglassNet, ShapePrior, net_targets, pose, prepare


def test_answers_and_pose_are_each_others_opposite():
    rng = np.random.default_rng(0)
    world = torch.from_numpy(rng.normal(0, 0.5, (3, 17, 3)))
    E = torch.from_numpy(look_at(np.array([3.0, 1.5, 2.0]), np.zeros(3)))
    half = torch.tensor([0.2, 0.3, 0.4], dtype=torch.float64)
    local = world @ E[:, :3].T + E[:, 3]
    pelvis = local[:, H36M17.index("pelvis")]
    back = pose(net_targets(world, E, half), half) * pelvis[:, None, 2:]
    # up to where the crop looks: it looks at the pelvis's ray, which pose relates everything to
    torch.testing.assert_close(back, local - pelvis[:, None])


def test_a_body_behind_the_camera_gives_finite_answers():
    world = torch.randn(17, 3)
    E = torch.from_numpy(look_at(np.array([0.0, 0.0, 0.5]), np.array([0.0, 0.0, 5.0]))).float()
    assert torch.isfinite(net_targets(world, E, torch.tensor(0.3))).all()


@pytest.mark.parametrize("size", [64, 128, 256])
def test_the_detector_answers_inside_the_picture(size):
    torch.manual_seed(0)
    net = HourglassNet(size, 16)
    found = net(torch.rand(2, 4, size, size))
    assert found.xyz.shape == (2, 17, 3) and found.spread.shape == (2, 17)
    assert found.xyz[..., :2].abs().max() < 1 and (found.xyz[:, 0, 2] == 0).all()
    for share in found.shares:
        torch.testing.assert_close(share.sum(-1), torch.ones(2, 17))
    found.xyz.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters())


def test_one_picture_does_not_change_with_its_batch():
    torch.manual_seed(0)
    net, pictures = HourglassNet(64, 16), torch.rand(3, 4, 64, 64)
    torch.testing.assert_close(net(pictures).xyz[:1], net(pictures[:1]).xyz, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("size", "width"), [(60, 32), (32, 32), (64, 20), (64, 0)])
def test_sizes_that_do_not_fit_are_refused(size, width):
    with pytest.raises(ValueError, match="expected a"):
        HourglassNet(size, width)


def test_pictures_of_another_size_are_refused():
    with pytest.raises(ValueError, match="expected \\(B, 4, 64, 64\\)"):
        HourglassNet(64, 16)(torch.rand(1, 4, 32, 32))


def test_the_background_does_not_reach_the_net():
    image = torch.randint(0, 255, (2, 8, 8, 3), dtype=torch.uint8)
    mask = torch.zeros(2, 8, 8, dtype=torch.uint8)
    mask[:, 2:5, 3:6] = 1
    other = torch.where(mask[..., None] > 0, image, 255 - image)
    torch.testing.assert_close(prepare(image, mask), prepare(other, mask))
    assert prepare(image, mask)[0, 0, 3, 4] == image[0, 3, 4, 0] / 255


@pytest.mark.parametrize("size", [64, 100])
def test_the_shape_prior_keeps_the_size(size):
    assert ShapePrior(8)(torch.rand(2, size, size)).shape == (2, size, size)
