"""A temporal convolutional net that runs in three forms with the same weights and the same results.

Letters: B batch, T frames, C channels, R receptive field. Layer i computes a frame from ``taps[i]`` frames of the layer
below, which lie ``dilation`` = the product of the earlier taps apart, and adds the frame that it answers for: the
middle one, or the last of a causal net.

* dense: every frame of a sequence with full context; layers share their work;
* strided: windows of R frames, one answer each: the dilation becomes a stride, so that only what the answer needs is
  computed (the form in which Pavllo et al., CVPR 2019, train);
* streaming: frame by frame (``stream.Streaming``): the strided form of each layer on its ring buffer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

_MANY, _LARGE = 1024, 2**19  # chosen: answers and weights from which on fewer products pay off


class Temporal(nn.Module):
    """Base of the nets: how frames reach layers.

    Args:
        taps: filter widths, odd; their product is the receptive field.
        causal: read past frames only.

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
        """(B, T, ...) to the T - R + 1 frames for which the dense form has answers."""
        before, after = self.context
        return values[:, before : values.shape[1] - after]

    def layer(self, number: int, x: Tensor, dilation: int | None) -> Tensor:
        """(B, T, C) to (B, T', C'): one layer.

        Args:
            number: of the layer, from 0.
            x: (B, T, C) input.
            dilation: frames between taps; None for taps side by side without overlap.
        """
        raise NotImplementedError

    def answer(self, x: Tensor, features: Tensor) -> Tensor:
        """Output of the last layer, (B, T', C), and the net's input, (B, T' + R - 1, F), to poses (B, T', J, 3)."""
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
        """(B, R, F) to (B, 1, J, 3): one answer per window, without computing anything that it does not need.

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


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, taps: int, dilation: int | None) -> Tensor:
    """(B, T, C) to (B, T', D): a convolution over time as one matrix product.

    Args:
        x: (B, T, C) input.
        weight: (D, taps C), tap by tap.
        bias: (D,) or None.
        taps: width of the filter.
        dilation: frames between taps; None for taps side by side without overlap.
    """
    if taps == 3 and dilation and not torch.is_grad_enabled() and x.device.type == "cpu":
        answers = len(x) * (x.shape[1] - 2 * dilation)
        if answers >= _MANY and x.shape[1] >= 4 * dilation and weight.numel() >= _LARGE:
            return _fewer_products(x, weight, bias, dilation)
    return functional.linear(stack_taps(x, taps, dilation), weight, bias)


def stack_taps(x: Tensor, taps: int, dilation: int | None) -> Tensor:
    """(B, T, C) to (B, T', taps C): the taps of every answer side by side.

    Without a dilation T' = T / taps, and nothing is copied; with one T' = T - (taps - 1) dilation.

    Args:
        x: (B, T, C) input.
        taps: width of the filter.
        dilation: frames between taps; None for taps side by side without overlap.
    """
    if dilation is None:
        return x.reshape(len(x), -1, taps * x.shape[-1])
    frames = x.shape[1] - (taps - 1) * dilation
    return torch.cat([x[:, k * dilation : k * dilation + frames] for k in range(taps)], -1) if taps > 1 else x


def _fewer_products(x: Tensor, weight: Tensor, bias: Tensor | None, dilation: int) -> Tensor:
    """The same for three taps with four products for two answers in place of six; fp32 differs by rounding only.

    Answers n and n + d read the frames n, n + d, n + 2 d, n + 3 d. Source: Winograd's F(2, 3); Lavin & Gray, "Fast
    algorithms for convolutional neural networks", CVPR 2016, section 4.1.
    """
    (batch, frames, width), outputs = x.shape, len(weight)
    answers = frames - 2 * dilation
    pairs = -(-answers // (2 * dilation))
    x = functional.pad(x, (0, 0, 0, (2 * pairs + 2) * dilation - frames))
    x = x.view(batch, pairs + 1, 2, dilation, width)
    frame = x[:, :-1, 0], x[:, :-1, 1], x[:, 1:, 0], x[:, 1:, 1]
    seen, mixed = x.new_empty(4, batch, pairs, dilation, width), x.new_empty(4, outputs, width)
    for row, (one, other) in enumerate(((0, 2), (1, 2), (2, 1), (1, 3))):
        (torch.add if row == 1 else torch.sub)(frame[one], frame[other], out=seen[row])
    first, middle, last = weight.view(outputs, 3, width).unbind(1)
    ends = (first + last) / 2
    mixed[0], mixed[3] = first, last
    torch.add(ends, middle, alpha=0.5, out=mixed[1])
    torch.sub(ends, middle, alpha=0.5, out=mixed[2])
    product = torch.matmul(seen.view(4, -1, width), mixed.transpose(1, 2)).view(4, batch, pairs, dilation, outputs)
    if bias is not None:
        product[1] += bias.to(product.dtype)
    out = product.new_empty(batch, pairs, 2, dilation, outputs)
    torch.add(product[0], product[1], out=out[:, :, 0]).add_(product[2])
    torch.sub(product[1], product[2], out=out[:, :, 1]).sub_(product[3])
    return out.view(batch, -1, outputs)[:, :answers]


def answered_frames(x: Tensor, taps: int, dilation: int | None, causal: bool) -> Tensor:
    """(B, T, C) to (B, T', C): of the taps of every answer the frame that it is for.

    Args:
        x: (B, T, C) input.
        taps: width of the filter.
        dilation: frames between taps; None for taps side by side without overlap.
        causal: the frame is the last tap, not the middle one.
    """
    at = taps - 1 if causal else taps // 2
    if dilation is None:
        return x[:, at::taps]
    return x[:, at * dilation : at * dilation + x.shape[1] - (taps - 1) * dilation]
