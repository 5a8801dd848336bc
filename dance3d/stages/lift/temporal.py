"""A temporal convolutional net that runs three ways with the same weights and the same results.

Letters: B batch, T frames, C channels, R receptive field. Layer i makes a frame from ``taps[i]`` frames of the layer
below that lie ``dilation`` = the product of the earlier taps apart, and adds the one that it answers for: the middle
one, or the last of a causal net.

* dense: every frame of a sequence with full context; layers share their work;
* strided: windows of R frames, one answer each: the dilation becomes a stride, so that only what the answer needs is
  computed (the form that Pavllo et al., CVPR 2019, train with);
* streaming: frame by frame (``stream.Streaming``): the strided form of each layer on what its ring buffer holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Temporal(nn.Module):
    """What the nets share: how frames reach layers.

    Args:
        taps: filter widths, odd; their product is the receptive field.
        causal: look at the past only.

    Raises:
        ValueError: no filter width, or one that is even or below 1.
    """

    def __init__(self, taps: Sequence[int], causal: bool) -> None:
        super().__init__()
        if not taps or any(t < 1 or t % 2 == 0 for t in taps):
            raise ValueError(f"taps are {list(taps)}, expected odd numbers of at least 1")
        self.taps, self.causal = tuple(int(t) for t in taps), causal
        self.dilations = [math.prod(self.taps[:i]) for i in range(len(self.taps))]
        self.receptive = math.prod(self.taps)

    @property
    def context(self) -> tuple[int, int]:
        """Frames that an answer needs before and after its own."""
        around = self.receptive - 1
        return (around, 0) if self.causal else (around // 2, around // 2)

    def inner(self, values: Tensor) -> Tensor:
        """(B, T, ...) to the T - R + 1 frames that the dense form answers for."""
        before, after = self.context
        return values[:, before : values.shape[1] - after]

    def layer(self, number: int, x: Tensor, dilation: int | None) -> Tensor:
        """(B, T, C) to (B, T', C'): one layer, its taps ``dilation`` apart; side by side, without overlap, if None."""
        raise NotImplementedError

    def answer(self, x: Tensor, features: Tensor) -> Tensor:
        """(B, T', C) of the last layer and the (B, T' + R - 1, F) features below it to (B, T', J, 3)."""
        raise NotImplementedError

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, F) to (B, T - R + 1, J, 3): dense, or strided where every row is one window.

        Raises:
            ValueError: fewer frames than the receptive field.
        """
        return self.strided(features) if features.shape[1] == self.receptive else self.dense(features)

    def dense(self, features: Tensor) -> Tensor:
        """Answers for all frames with full context; see ``forward``."""
        return self._through(features, self.dilations)

    def strided(self, windows: Tensor) -> Tensor:
        """(B, R, F) to (B, 1, J, 3): the one answer of every window, at the cost of what it needs.

        Raises:
            ValueError: windows of another length than the receptive field.
        """
        if windows.shape[1] != self.receptive:
            raise ValueError(f"windows have {windows.shape[1]} frames, expected the receptive field {self.receptive}")
        return self._through(windows, [None] * len(self.taps))

    def _through(self, features: Tensor, dilations: Sequence[int | None]) -> Tensor:
        if features.ndim != 3 or features.shape[1] < self.receptive:
            raise ValueError(
                f"features have shape {tuple(features.shape)}, expected (B, at least {self.receptive} frames, F)"
            )
        x = features
        for number, dilation in enumerate(dilations):
            x = self.layer(number, x, dilation)
        return self.answer(x, features)


def beside(x: Tensor, taps: int, dilation: int | None) -> Tensor:
    """(B, T, C) to (B, T', taps C): the taps of every answer side by side, so that a convolution is one product.

    Without a dilation T' = T / taps, and nothing is copied; with one T' = T - (taps - 1) dilation.
    """
    if dilation is None:
        return x.reshape(len(x), -1, taps * x.shape[-1])
    frames = x.shape[1] - (taps - 1) * dilation
    return torch.cat([x[:, k * dilation : k * dilation + frames] for k in range(taps)], -1) if taps > 1 else x


def own(x: Tensor, taps: int, dilation: int | None, causal: bool) -> Tensor:
    """(B, T, C) to (B, T', C): of the taps of every answer the frame that it is for."""
    at = taps - 1 if causal else taps // 2
    if dilation is None:
        return x[:, at::taps]
    return x[:, at * dilation : at * dilation + x.shape[1] - (taps - 1) * dilation]
