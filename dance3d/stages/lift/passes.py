"""Epochs that are passes over the takes: every window once as it is and once mirrored, in random order.

Source: Pavllo et al., CVPR 2019, whose epochs are such; a camera is drawn for every window, as motion capture has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from dance3d.datasets.device_batches import Resident, generator_on
from dance3d.stages.lift.augment import Augment, LiftBatch, Takes, Windows, make_batch


class WindowNumbers(NamedTuple):
    """Which windows a batch holds, and the seed of what is drawn for them.

    Attributes:
        numbers: (B,) of windows.
        seed: of cameras and noise.
    """

    numbers: Tensor
    seed: int


class TakePass(Dataset[int]):
    """The windows of takes by number: first all of them as they are, then all mirrored.

    Args:
        takes: laid end to end.
        augment: strength of the augmentation.
        chunk: frames of a window that the net answers for; windows do not overlap in them.
        context: frames around those.
        times: how often an epoch passes over the takes.
    """

    def __init__(self, takes: Takes, augment: Augment, chunk: int, context: int, times: int = 1) -> None:
        self.times = times
        self.takes, self.augment, self.frames = takes, augment, chunk + context
        spans = list(zip(takes.first.tolist(), takes.last.tolist(), strict=True))
        rows = [torch.arange(min(first + chunk // 2, last), last + 1, chunk) for first, last in spans]
        self.take = torch.repeat_interleave(torch.tensor([len(one) for one in rows]))
        self.middle = torch.cat(rows)
        self._resident = Resident[Takes]()

    def __len__(self) -> int:
        return 2 * len(self.middle) * self.times

    def __getitem__(self, number: int) -> int:
        return number % (2 * len(self.middle))

    def on(self, drawn: WindowNumbers, device: torch.device) -> LiftBatch:
        """The batch of some windows, on a device."""
        takes, count = self._resident(self.takes, device), len(self.middle)
        at = drawn.numbers % count
        windows = Windows(*(part.to(device) for part in (self.take[at], self.middle[at], drawn.numbers >= count)))
        generator = generator_on(device, drawn.seed)
        return make_batch(takes, self.augment, len(at), self.frames, generator, windows)

    def at_once(self, numbers: Sequence[int]) -> LiftBatch:
        """The batch of some windows, on the CPU."""
        return self.on(drawn(numbers), torch.device("cpu"))


def drawn(numbers: Sequence[int]) -> WindowNumbers:
    """Numbers of windows with a seed from torch's random state."""
    return WindowNumbers(torch.tensor(numbers), int(torch.randint(2**62, ())))
