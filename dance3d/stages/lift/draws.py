"""Random numbers of a batch, one per chunk, from one generator."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


class Draw:
    """Random numbers, one per chunk, shaped for broadcasting over ``dims`` axes."""

    def __init__(self, generator: Generator | None, batch: int, device: torch.device) -> None:
        self.generator, self.batch, self.device = generator, batch, device

    def _shape(self, dims: int) -> tuple[int, ...]:
        return (self.batch, *(1,) * (dims - 1))

    def uniform(self, low: float, high: float, dims: int = 1) -> Tensor:
        """Numbers between two limits.

        Args:
            low: the one limit.
            high: the other.
            dims: axes.
        """
        return low + (high - low) * torch.rand(self._shape(dims), generator=self.generator, device=self.device)

    def normal(self, dims: int = 1) -> Tensor:
        """Normal numbers of variance 1."""
        return torch.randn(self._shape(dims), generator=self.generator, device=self.device)

    def chance(self, probability: float, dims: int = 1) -> Tensor:
        """True with a probability."""
        return torch.rand(self._shape(dims), generator=self.generator, device=self.device) < probability

    def normals(self, *shape: int) -> Tensor:
        """(B, *shape) normal numbers of variance 1."""
        return torch.randn((self.batch, *shape), generator=self.generator, device=self.device)

    def uniforms(self, *shape: int) -> Tensor:
        """(B, *shape) numbers between 0 and 1."""
        return torch.rand((self.batch, *shape), generator=self.generator, device=self.device)
