"""The keypoint net: its heatmaps, its peaks, and what it refuses."""

import pytest
import torch

from dance3d.losses import heatmap2d
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.model import KeypointNet, peak, prepare


def hill(places, cells=16, width=0.05):
    """Logarithms of heatmaps (N, H, W) with a hill each at places (N, 2)."""
    at = (2 * torch.arange(cells) + 1) / cells - 1
    off = (at - places[:, None, :1]).square()[:, None, 0] + (at[:, None] - places[:, 1:, None]).square()
    return (-off / (2 * width**2)).flatten(1).log_softmax(-1).view(-1, cells, cells)


@pytest.mark.parametrize(("size", "width", "depth"), [(64, 8, 1), (96, 16, 2)])
def test_answers_have_the_shapes_of_the_picture_and_heatmaps_sum_to_one(size, width, depth):
    net = KeypointNet(size, width, depth).eval()
    with torch.no_grad():
        found = net(torch.rand(3, 3, size, size))
    joints, cells = len(H36M17.joints), size // 4
    assert found.xy.shape == (3, joints, 2) and found.heat.shape == (3, joints, cells, cells)
    assert found.xy.abs().max() < 1 and 0 <= found.score.min() and found.score.max() <= 1
    torch.testing.assert_close(found.heat.exp().sum((2, 3)), torch.ones(3, joints))


def test_the_net_as_configured_has_about_a_million_numbers():
    assert 0.9e6 < sum(p.numel() for p in KeypointNet().parameters()) < 1.3e6


def test_peaks_are_found_between_cells_and_not_between_two_hills():
    places = torch.tensor([[0.31, -0.62], [-0.9, 0.05]])
    xy, share = peak(hill(places).exp())
    assert (xy - places).abs().max() < 0.02 and share.min() > 0.8
    two = 0.6 * hill(places[:1]).exp() + 0.4 * hill(places[1:]).exp()
    xy, share = peak(two)
    assert (xy - places[:1]).abs().max() < 0.02
    assert 0.4 < float(share) < 0.62, "how sure it is says that there is another"


def test_the_loss_of_a_heatmap_is_least_at_the_true_place():
    at = torch.tensor([[0.3, -0.6]])
    right, beside, flat = (
        heatmap2d(hill(torch.tensor([p]), 16, 0.08), at) for p in ((0.3, -0.6), (0.3, -0.4), (0.3, 0.6))
    )
    assert right < beside < flat
    across = heatmap2d(hill(torch.tensor([[-0.6, 0.3]]), 16, 0.08), at)
    assert right < across, "x is the last axis"


def test_training_on_one_picture_finds_its_joints():
    torch.manual_seed(0)
    net = KeypointNet(64, 16)
    pictures, joints = torch.rand(4, 3, 64, 64), torch.rand(4, 17, 2) * 1.4 - 0.7
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    for _ in range(80):
        optimiser.zero_grad()
        heatmap2d(net(pictures).heat, joints).mean().backward()
        optimiser.step()
    assert (net(pictures).xy - joints).abs().mean() < 0.05


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="size is 100 pixels, expected a multiple of 32"):
        KeypointNet(100)
    with pytest.raises(ValueError, match="width is 7 and depth 1"):
        KeypointNet(64, 7)
    with pytest.raises(ValueError, match=r"expected \(B, 3, 64, 64\)"):
        KeypointNet(64, 8)(torch.rand(1, 3, 32, 32))


def test_pictures_are_prepared_as_floats_with_channels_first():
    image = torch.zeros(2, 4, 4, 3, dtype=torch.uint8)
    image[1, 2, 3] = torch.tensor([255, 0, 51])
    shown = prepare(image)
    assert shown.shape == (2, 3, 4, 4) and shown[1, :, 2, 3].tolist() == pytest.approx([1, 0, 0.2])
