"""Lines drawn tile by tile are those that the plain formula draws."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from dance3d.masks import raster
from dance3d.masks.raster import TILE, Raster, pixels


def plain(one, other, sigma, size, nearest):
    """exp(-d^2 / sigma^2) of every line at every pixel, by the distance from a segment."""
    at = pixels(size, sigma)
    place = torch.stack([at.expand(size, size), at[:, None].expand(size, size)], -1)
    way = (other - one)[..., None, None, :]
    from_one = place - one[..., None, None, :]
    share = ((from_one * way).sum(-1) / way.square().sum(-1).clamp_min(1e-12)).clamp(0, 1)
    distance = (from_one - share[..., None] * way).square().sum(-1)
    drawn = torch.exp(-distance / sigma[..., None, None] ** 2)
    return drawn.amax(1) if nearest else drawn.sum(1)


def some_lines(batch=2, count=5, seed=0):
    draw = torch.Generator().manual_seed(seed)
    one, other = (torch.rand(batch, count, 2, generator=draw, dtype=torch.float64) * 1.6 - 0.8 for _ in range(2))
    return one, other, torch.rand(batch, count, generator=draw, dtype=torch.float64) * 0.1 + 0.05


def test_pixels_are_middles():
    assert pixels(4, torch.zeros(1)).tolist() == [-0.75, -0.25, 0.25, 0.75]


@pytest.mark.parametrize("nearest", [True, False])
@pytest.mark.parametrize("size", [TILE - 3, 3 * TILE, 3 * TILE + 1])
def test_tiles_draw_what_the_plain_formula_draws(size, nearest):
    given = some_lines()
    drawn = Raster.apply(*given, size, nearest)
    assert drawn.shape == (2, size, size)
    torch.testing.assert_close(drawn, plain(*given, size, nearest), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("nearest", [True, False])
def test_gradients_are_those_of_the_plain_formula(nearest):
    given = [part.requires_grad_() for part in some_lines()]
    pull = torch.rand(2, 20, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found, expected = (
        torch.autograd.grad((draw(*given, 20, nearest) * pull).sum(), given) for draw in (Raster.apply, plain)
    )
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("nearest", [True, False])
def test_how_many_pairs_are_computed_at_a_time_changes_nothing(nearest, monkeypatch):
    given = [part.float().requires_grad_() for part in some_lines(3, 25)]

    def drawn():
        picture = Raster.apply(*given, 40, nearest)
        return picture, *torch.autograd.grad(picture.square().sum(), given)

    expected = drawn()
    for most in (1, 7, 100):
        monkeypatch.setattr(raster, "_PAIRS", most)
        assert all(torch.equal(one, other) for one, other in zip(drawn(), expected, strict=True))


def test_nobody_waits_for_a_gpu_but_to_learn_how_many_pairs_there_are():
    """Looks at a value; operations whose size depends on values are one look, too."""
    looks = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func.name() in ("aten::_local_scalar_dense", "aten::nonzero", "aten::item"):
                looks.append(func.name())
            return func(*args, **(kwargs or {}))

    given = [part.requires_grad_() for part in some_lines(2, 25)]
    with Watch():
        Raster.apply(*given, 64, True).sum().backward()
    assert set(looks) == {"aten::nonzero"} and len(looks) <= 2, "which pairs matter"
