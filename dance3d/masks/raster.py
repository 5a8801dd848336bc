"""Lines into pictures, forward and backward, without an array of lines times pixels.

The picture is cut into tiles. A line's distance changes by no more than the way walked, so that its distance from a
tile's middle tells for which tiles it cannot matter: it is too far to be seen, or another line is nearer everywhere.
What is left, some 4 % of lines times pixels, is computed a thousand pairs of a line and a tile at a time, without
waiting for a GPU between them. The backward pass computes it again instead of keeping it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

TILE = 8
"""Pixels along a tile's side."""
_PAIRS, _PAIRS_ON_GPU = 2**10, 2**16
"""Pairs at a time, which bounds memory; on a CPU the fastest of 2**8 to 2**12: its cache then holds what they need."""
_SHORT = 1e-6  # half of the shortest line, in its own widths, so that a line of no length is a dot


def pixels(size: int, like: Tensor) -> Tensor:
    """(S,) middles of a row of pixels over -1 to 1."""
    return (2 * torch.arange(size, dtype=like.dtype, device=like.device) + 1) / size - 1


class _Pieces(NamedTuple):
    """The K pairs of a line and a tile that matter, line by line.

    Attributes:
        tile: (K,) of B * T * T tiles.
        line: (K,) of L * B lines.
        start: (K, 2) the tile's middle along and across the line: along in half its length, across in its width.
        way: (K, 4) what one step right and one down add to the first and to the second.
        half: (K, 1) half of the line's length in its width.
    """

    tile: Tensor
    line: Tensor
    start: Tensor
    way: Tensor
    half: Tensor

    def parts(self) -> Iterator[slice]:
        """Pairs that are computed at a time."""
        most = _PAIRS if self.tile.device.type == "cpu" else _PAIRS_ON_GPU
        return (slice(first, first + most) for first in range(0, len(self.tile), most))

    def along(self, part: slice, steps: Tensor) -> Tensor:
        """(k, TILE ** 2) places along the line, -1 to 1 between its ends."""
        return _plane(self.start[part, :1], self.way[part, :2], steps)

    def across(self, part: slice, steps: Tensor) -> Tensor:
        """(k, TILE ** 2) distances from the endless line, in widths."""
        return _plane(self.start[part, 1:], self.way[part, 2:], steps)


def _plane(start: Tensor, way: Tensor, steps: Tensor) -> Tensor:
    return (way[:, :1] * steps[0]).add_(start).addcmul_(way[:, 1:], steps[1])


def _frames(one: Tensor, other: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Middle (B, L, 2), unit direction (B, L, 2) and half length in widths (B, L) of every line."""
    way = other - one
    length = way.norm(dim=-1)
    right = torch.zeros_like(way)
    right[..., 0] = 1
    along = torch.where((length > 0)[..., None], way / length.clamp_min(torch.finfo(way.dtype).tiny)[..., None], right)
    return (one + other) / 2, along, (length / 2 / sigma).clamp_min(_SHORT)


def _left(along: Tensor) -> Tensor:
    return torch.stack([-along[..., 1], along[..., 0]], -1)


def _choose(one: Tensor, other: Tensor, sigma: Tensor, size: int, nearest: bool) -> _Pieces:
    """Which lines matter in which tiles."""
    batch = len(sigma)
    tiles = math.ceil(size / TILE)
    middle, along, half = _frames(one, other, sigma)
    way = torch.cat([along / (sigma * half)[..., None], _left(along) / sigma[..., None]], -1).transpose(0, 1)
    middle, half = middle.transpose(0, 1), half.T[..., None]
    centre = pixels(tiles, sigma) * tiles * TILE / size + (tiles * TILE / size - 1)  # the last tile may stick out
    down, right = (centre - middle[..., 1:])[..., :, None], (centre - middle[..., :1])[..., None, :]
    place, off = (
        (way[..., i, None, None] * right + way[..., i + 1, None, None] * down).flatten(-2) for i in (0, 2)
    )  # (L, B, T * T)
    distance = torch.hypot((place.abs() - 1).clamp_min(0) * half, off)
    radius = ((TILE - 1) / size * math.sqrt(2) / sigma.T)[..., None]
    far = torch.full_like(distance[0], math.sqrt(-math.log(torch.finfo(sigma.dtype).eps)))
    if nearest:
        far = torch.minimum(far, (distance + radius).amin(0))
    close = distance - radius <= far
    found = close.flatten(1).nonzero()
    line = found[:, 0] * batch + found[:, 1] // tiles**2
    start = torch.stack([place[close], off[close]], 1)
    return _Pieces(found[:, 1], line, start, way.reshape(-1, 4)[line], half.reshape(-1, 1)[line])


def _steps(size: int, like: Tensor) -> Tensor:
    """(2, TILE ** 2) way right and down from a tile's middle to each of its pixels."""
    step = pixels(TILE, like) * TILE / size
    return torch.stack([step.repeat(TILE), step.repeat_interleave(TILE)])


class Raster(torch.autograd.Function):
    """Pictures (B, S, S) of lines: exp(-d^2 / sigma^2) of each, the largest or the sum.

    Forward takes both ends (B, L, 2) over -1 to 1, widths (B, L), the size S and whether the nearest line wins. All of
    one floating type; at most 2 ** 10 lines.
    """

    @staticmethod
    def forward(ctx: Any, one: Tensor, other: Tensor, sigma: Tensor, size: int, nearest: bool) -> Tensor:
        """Draw the lines.

        Args:
            ctx: keeps what the backward pass needs.
            one: (B, L, 2) first ends over -1 to 1.
            other: (B, L, 2) second ends.
            sigma: (B, L) widths.
            size: S, pixels.
            nearest: whether the nearest line counts, else the sum of all.

        Returns:
            (B, S, S) picture.
        """
        pieces, steps = _choose(one, other, sigma, size, nearest), _steps(size, sigma)
        batch, tiles = len(sigma), math.ceil(size / TILE)
        shape = (batch * tiles**2, TILE**2)
        if nearest:
            value, winner = _nearest(pieces, steps, shape, *sigma.shape)
        else:
            value, winner = sigma.new_zeros(shape), sigma.new_zeros(0)
            for part in pieces.parts():
                value.index_add_(0, pieces.tile[part], _square(pieces, part, steps).neg_().exp_())
        ctx.save_for_backward(one, other, sigma, steps, value, winner, *pieces)
        ctx.size = size
        whole = value.view(batch, tiles, tiles, TILE, TILE).transpose(2, 3).reshape(batch, tiles * TILE, tiles * TILE)
        return whole[:, :size, :size]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        """Derive: a pixel of its nearest place on a line pulls the ends as that place shares them."""
        one, other, sigma, steps, value, winner, *rest = ctx.saved_tensors
        pieces = _Pieces(*rest)
        batch, tiles = len(sigma), math.ceil(ctx.size / TILE)
        wide = tiles * TILE - ctx.size
        padded = torch.nn.functional.pad(grad, (0, wide, 0, wide)) if wide else grad
        pull = padded.reshape(batch, tiles, TILE, tiles, TILE).transpose(2, 3).reshape(value.shape)
        if winner.numel():
            pull = pull * value
        sums = sigma.new_empty(len(pieces.tile), 5)
        for part in pieces.parts():
            place, across = pieces.along(part, steps), pieces.across(part, steps)
            share = place.clamp(-1, 1)
            beyond = place.sub_(share).mul_(pieces.half[part])
            force = pull.index_select(0, pieces.tile[part])
            if winner.numel():
                line = (pieces.line[part] // batch).to(winner.dtype)[:, None]
                force.mul_(winner.index_select(0, pieces.tile[part]).eq_(line))
            else:
                force.mul_((across * across).addcmul_(beyond, beyond).neg_().exp_())
            sideways, onward = across * force, beyond * force
            sums[part, 0], sums[part, 1] = onward.sum(1), sideways.sum(1)
            sums[part, 2], sums[part, 3] = (onward * share).sum(1), (sideways * share).sum(1)
            sums[part, 4] = across.mul_(sideways).addcmul_(beyond, onward).sum(1)
        total = sigma.new_zeros(sigma.numel(), 5).index_add_(0, pieces.line, sums)
        total = total.view(*sigma.shape[::-1], 5).transpose(0, 1) / sigma[..., None]
        _, along, _ = _frames(one, other, sigma)
        left = _left(along)
        both = total[..., :1] * along + total[..., 1:2] * left
        turn = total[..., 2:3] * along + total[..., 3:4] * left
        return both - turn, both + turn, 2 * total[..., 4], None, None


def _square(pieces: _Pieces, part: slice, steps: Tensor) -> Tensor:
    """(k, TILE ** 2) squared distances from the line, in widths."""
    beyond = torch.nn.functional.softshrink(pieces.along(part, steps), 1.0).mul_(pieces.half[part])
    across = pieces.across(part, steps)
    return across.mul_(across).addcmul_(beyond, beyond)


def _nearest(pieces: _Pieces, steps: Tensor, shape: tuple[int, int], batch: int, lines: int) -> tuple[Tensor, Tensor]:
    """Value of the nearest line and its number, for every pixel; numbers in the type of the values.

    Squares are not negative, so that they order as the whole numbers of the same bits do. The lowest bits carry the
    line's number: one minimum finds both, and ties have one winner.

    Args:
        pieces: pairs of a line and a tile.
        steps: from a tile's middle to its pixels.
        shape: tiles, and pixels of each.
        batch: pictures.
        lines: lines of a picture.
    """
    kind = steps.dtype
    whole = {torch.float32: torch.int32, torch.float64: torch.int64}[kind]
    low = (1 << max(lines - 1, 1).bit_length()) - 1
    nearest = steps.new_full(shape, torch.inf)
    for part in pieces.parts():
        line = (pieces.line[part] // batch).to(whole)[:, None]
        key = _square(pieces, part, steps).view(whole).bitwise_and_(~low).bitwise_or_(line).view(kind)
        nearest.scatter_reduce_(0, pieces.tile[part, None].expand_as(key), key, "amin")
    best = nearest.view(whole)
    return (best & ~low).view(kind).neg_().exp_(), (best & low).to(kind)
