import pytest
import torch

from dance3d.benchmarks.detect.speed import direct_mask
from dance3d.masks import Lines, dots, lines, skeleton_mask
from dance3d.masks.skeleton import WIDTH
from dance3d.skeleton import H36M17


def joints(batch=3, seed=0, kind=torch.float32):
    return torch.randn(batch, 17, 2, generator=torch.Generator().manual_seed(seed), dtype=kind) * 0.4


def pulled(mask, xy, *more):
    """Gradients of a mask under a fixed random pull."""
    pull = torch.randn(mask.shape, generator=torch.Generator().manual_seed(1), dtype=mask.dtype)
    return torch.autograd.grad((mask * pull).sum(), (xy, *more))


@pytest.mark.parametrize("merge", ["max", "sum"])
@pytest.mark.parametrize("size", [64, 37])
def test_equals_the_direct_computation(merge, size):
    xy, width = joints().requires_grad_(), torch.tensor([0.7, 1.0, 1.6], requires_grad=True)
    got, want = (draw(xy, size, lines(), merge, width) for draw in (skeleton_mask, direct_mask))
    assert got.shape == (3, size, size) and got.dtype == torch.float32
    assert (got - want).abs().max() < 1e-5 * want.max()
    for one, other in zip(pulled(got, xy, width), pulled(want, xy, width), strict=True):
        assert (one - other).norm() < 1e-5 * other.norm()


@pytest.mark.parametrize("merge", ["max", "sum"])
def test_gradients_are_those_of_small_steps(merge):
    few = Lines(lines().pairs[:4], lines().sigma[:4])
    xy, width = joints(2, 3, torch.float64).requires_grad_(), torch.tensor([0.8, 1.3]).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, w: skeleton_mask(x, 12, few, merge, w), (xy, width))


def test_a_line_is_as_wide_as_it_says():
    xy = torch.zeros(17, 2)
    xy[H36M17.index("left_hip"), 0], xy[H36M17.index("left_knee"), 0] = -0.5, 0.5
    thigh = Lines(((H36M17.index("left_hip"), H36M17.index("left_knee")),), (WIDTH,))
    mask = skeleton_mask(xy, 256, thigh)
    away = (torch.arange(256) * 2 + 1) / 256 - 1
    assert torch.allclose(mask[:, 128], torch.exp(-away.square() / 0.003), atol=1e-6)
    beyond = (away.abs() - 0.5).clamp_min(0).square() + (1 / 256) ** 2
    assert torch.allclose(mask[128], torch.exp(-beyond / 0.003), atol=1e-6)


def test_the_right_arm_is_thinner_and_can_be_left_out():
    chosen = dict(zip(lines().pairs, lines().sigma, strict=True))
    forearm, shin = (
        tuple(H36M17.indices(*pair)) for pair in (("left_elbow", "left_wrist"), ("left_knee", "left_ankle"))
    )
    assert chosen[forearm] == pytest.approx(chosen[shin] / 2**0.5) == pytest.approx(0.0015**0.5)
    assert len(chosen) == 25 and len(lines(arms=False).pairs) == 21
    assert forearm not in lines(arms=False).pairs and shin in lines(arms=False).pairs


@pytest.mark.parametrize("arms", [True, False])
def test_the_baseline_draws_a_gaussian_for_every_joint(arms):
    xy = joints(2)
    mask = skeleton_mask(xy, 32, dots(arms), "sum")
    at = (torch.arange(32) * 2 + 1) / 32 - 1
    grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1)
    drawn = [n for n, joint in enumerate(H36M17.joints) if arms or joint.split("_")[-1] not in ("elbow", "wrist")]
    square = (grid[:, :, None] - xy[:, None, None, drawn]).square().sum(-1)
    assert (mask - torch.exp(-square / WIDTH**2).sum(-1)).abs().max() < 1e-4
    other = xy.clone()
    other[:, drawn[:2]] = xy[:, drawn[:2]].flip(1)
    torch.testing.assert_close(skeleton_mask(other, 32, dots(arms), "sum"), mask)  # two joints exchanged: the same


def test_joints_on_one_place_make_a_dot():
    xy = torch.full((17, 2), 1 / 64).requires_grad_()
    mask = skeleton_mask(xy, 64, lines())
    assert mask[32, 32] == 1 and mask.sum() < 20
    assert torch.isfinite(pulled(mask, xy)[0]).all()


def test_joints_that_are_not_there_draw_nothing():
    xy = joints()
    xy[0] = torch.nan
    xy[1, H36M17.index("left_wrist")] = torch.inf
    xy.requires_grad_()
    mask = skeleton_mask(xy, 32, lines())
    assert not mask[0].any() and mask[1].any()
    grad = pulled(mask, xy)[0]
    assert torch.isfinite(grad).all() and not grad[0].any()


def test_a_body_outside_the_picture_draws_nothing():
    xy = (joints() + 50).requires_grad_()
    mask = skeleton_mask(xy, 32, lines())
    assert not mask.any() and not pulled(mask, xy)[0].any()


@pytest.mark.parametrize("shape", [(17, 2), (0, 17, 2), (2, 1, 17, 2)])
def test_any_leading_shape(shape):
    assert skeleton_mask(torch.zeros(shape), 20, lines()).shape == (*shape[:-2], 20, 20)


def test_mixed_precision_draws_the_same():
    xy = joints().bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        mask = skeleton_mask(xy, 64, lines())
        grad = pulled(mask, xy)[0]
    assert mask.dtype == torch.float32 and grad.dtype == torch.bfloat16
    assert (mask - direct_mask(xy.float(), 64, lines())).abs().max() < 1e-5


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="merge 'mean'"):
        skeleton_mask(joints(), 8, lines(), "mean")
    with pytest.raises(ValueError, match=r"\(3, 17\)"):
        skeleton_mask(joints()[..., 0], 8, lines())
    with pytest.raises(ValueError, match="1 lines have 2 widths"):
        Lines(((0, 1),), (0.1, 0.2))
