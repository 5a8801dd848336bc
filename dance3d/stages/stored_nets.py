"""Making the net of a weights file: every stage's own, and nothing that a file of others could ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.overrides import TorchFunctionMode

from dance3d.io import weights
from dance3d.io.kept_nets import KeptNets

Net = TypeVar("Net", bound=nn.Module)
_MOST = 4
"""Chosen: times as many parameters may be made on the way as the file holds arrays."""
_KEPT = KeptNets[nn.Module]()


def kept_net(path: Path, load: Callable[[Path], Net]) -> Net:
    """The net of a weights file as a function loads it; in this process once. It must not be changed.

    Args:
        path: of the file.
        load: gives its net.

    Raises:
        OSError: the file cannot be read.
        ValueError: as ``load``.
    """
    return _KEPT.get(path, load, lambda: load(path))  # type: ignore[return-value]


def stored_net(path: Path, stage: str, build: Callable[[dict[str, Any]], Net]) -> Net:
    """The net of a weights file, in evaluation mode.

    Args:
        path: of the file.
        stage: whose weights they must be.
        build: makes the net from the settings that the file holds.

    Raises:
        ValueError: the file cannot be read, a value is not finite, or settings and arrays make no net of this stage.
    """
    arrays, config = weights.load(path, stage)
    state = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
    try:
        with _WithoutStart():
            with torch.device("meta"), _bounded(_MOST * len(arrays) + _MOST):  # takes no memory, whatever is asked for
                wanted = _sizes(build(dict(config)).state_dict())
            if different := _difference(wanted, _sizes(state)):
                raise ValueError(different)
            net = build(dict(config))
        net.load_state_dict(state)
    except (RuntimeError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, AssertionError) as error:
        raise ValueError(f"{path} holds no net of {stage}: {error}") from error
    return net.eval()


def store_net(path: Path, stage: str, net: nn.Module, config: dict[str, Any]) -> None:
    """Write a net's weights, half precision, as ``stored_net`` reads them.

    Args:
        path: of the file.
        stage: whose weights they are.
        net: with the weights.
        config: the settings that it is built from.
    """
    state = net.state_dict()
    arrays = {
        name: (value.half() if value.is_floating_point() else value).cpu().numpy() for name, value in state.items()
    }
    weights.save(path, arrays, stage, config)


class _WithoutStart(TorchFunctionMode):
    """Nets are made without values to start from: those of the file take their place.

    On the meta device, normal ones would even import torch's compiler, which takes longer than everything else here.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        said = kwargs or {}
        if getattr(func, "__module__", "") == nn.init.__name__ and "tensor" in said:
            return said["tensor"]
        return func(*args, **said)


@contextmanager
def _bounded(most: int) -> Iterator[None]:
    """Let a net have no more than so many parameters."""
    made = 0

    def count(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
        nonlocal made
        made += 1
        if made > most:
            raise ValueError("its settings ask for more layers than it holds")

    handle = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        handle.remove()


def _sizes(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """Size of every array; numbers are kept as arrays of one."""
    return {name: tuple(value.shape) or (1,) for name, value in state.items()}


def _difference(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]]) -> str:
    for name in [*wanted, *found]:
        one, other = (sizes.get(name, "none") for sizes in (found, wanted))
        if one != other:
            return f"{name} has the size {one}, its settings ask for {other}"
    return ""
