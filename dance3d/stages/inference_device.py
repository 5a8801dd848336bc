"""Nets on the device of inference, in full float32, so that poses stay close to those of a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import nn

from dance3d.io.device_choice import VARIABLE, device_choice

Net = TypeVar("Net", bound=nn.Module)


def inference_device() -> torch.device:
    """The device that ``DANCE3D_DEVICE`` names; by itself a CUDA device where there is one, else the CPU.

    Raises:
        ValueError: a device that is not there.
    """
    choice = device_choice()
    if choice == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if choice == "auto":
        return torch.device("cuda" if count else "cpu")
    device = torch.device(choice)
    if (device.index or 0) >= count:
        raise ValueError(f"{VARIABLE} is {choice!r}, but torch sees {count} CUDA devices")
    return device


@contextmanager
def one_thread() -> Iterator[None]:
    """What torch does on the CPU inside a ``with`` block, it does in one thread.

    Sums are taken in another order by more threads, so that a result would depend on the cores of the machine, or on
    how many processes share them. Nets on the poses of a clip are small: more threads make them hardly faster.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def on_device(net: Net) -> Net:
    """The net, moved in place to the device of inference."""
    device = inference_device()
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # else convolutions keep 10 bits of a number; matrix products do not
    return net.to(device)
