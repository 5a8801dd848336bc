"""Full precision for geometry, losses and metrics, whatever precision the nets around them run in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

P = ParamSpec("P")
T = TypeVar("T")
WITHOUT_FLOAT64 = {"mps"}
"""Kinds of devices that have no float64: Apple's GPUs."""
_AUTOCAST = ("cpu", "cuda", "mps")


@contextmanager
def full_precision() -> Iterator[None]:
    """Compute without autocast, and multiply matrices of float32 in float32 rather than TF32.

    TF32 stays on for what is outside, nets above all. The backward pass of what is inside runs outside: there the
    products of a gradient may be of TF32, but never of bfloat16.
    """
    before = torch.get_float32_matmul_precision()
    with ExitStack() as stack:
        for kind in _AUTOCAST:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if before != "highest":
            stack.callback(torch.set_float32_matmul_precision, before)
            torch.set_float32_matmul_precision("highest")
        yield


def in_full_precision(function: Callable[P, T]) -> Callable[P, T]:
    """Decorator: the function computes in ``full_precision``, and gets tensors of half precision as float32."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        if torch.compiler.is_compiling():  # an exported net has no state of the process to set
            return function(*args, **kwargs)
        with full_precision():
            return function(*map(_single, args), **{name: _single(value) for name, value in kwargs.items()})  # type: ignore[arg-type]

    return inner


def exact(values: Tensor) -> Tensor:
    """Values in float64, or in float32 where their device has no float64."""
    return values.to(exact_type(values.device))


def exact_type(device: torch.device) -> torch.dtype:
    """The type of ``exact`` on a device."""
    return torch.float32 if device.type in WITHOUT_FLOAT64 else torch.float64


def _single(value: object) -> object:
    half = isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16)
    return value.float() if half else value  # type: ignore[attr-defined]
