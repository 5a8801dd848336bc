"""Lines drawn tile by tile are those that the plain formula draws."""

import pytest
import torch

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
