"""A device that is not the CPU, for machines without one: tensors that say that they are elsewhere.

As on a GPU, what is made without naming the device is on the CPU, and an operation on tensors of both fails. Numbers,
indices and single values of the CPU are allowed, as on a GPU. As on Apple's there is no float64 where
``precision.WITHOUT_FLOAT64`` has ``AWAY.type``.
"""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map, tree_map_only
from torchmetrics import Metric

from dance3d.geometry import precision

AWAY = torch.device("meta")
INDEXED = ("index.", "index_put", "_to_copy", "copy_", "_unsafe_index", "_local_scalar_dense")


class Away(torch.Tensor):
    """A tensor on ``AWAY``; its numbers are in ``here``."""

    @staticmethod
    def __new__(cls, here):
        if here.dtype == torch.float64 and AWAY.type in precision.WITHOUT_FLOAT64:
            raise TypeError("Cannot convert a tensor to float64: this device has none")
        return torch.Tensor._make_wrapper_subclass(
            cls,
            here.shape,
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            device=AWAY,
            requires_grad=here.requires_grad,
        )

    def __init__(self, here):
        self.here = here.detach()

    def __repr__(self):
        return f"Away({self.here})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        with _Computed():
            return func(*args, **(kwargs or {}))


def _name(func):
    return str(func).removeprefix("aten.")


class _Made(TorchFunctionMode):
    """Tensors that are made of Python's numbers, which no dispatch sees."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.new_tensor and isinstance(args[0], Away):
            return Away(torch.tensor(args[1], **{"dtype": args[0].dtype, **kwargs, "device": "cpu"}))
        if func in (torch.tensor, torch.as_tensor) and str(kwargs.get("device")) == str(AWAY):
            return Away(func(*args, **{**kwargs, "device": "cpu"}))
        return func(*args, **kwargs)


@contextmanager
def other_device():
    """Where tensors may be away."""
    with _Made(), _Computed():
        yield


class _Computed(TorchDispatchMode):
    """Computes what is away, and refuses to mix it with what is not."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        flat = tree_flatten((args, kwargs))[0]
        tensors = [one for one in flat if isinstance(one, torch.Tensor)]
        away = [one for one in tensors if isinstance(one, Away)]
        asked = kwargs.get("device")
        if away and not _name(func).startswith(INDEXED):
            left = [one for one in tensors if not isinstance(one, Away) and one.ndim]
            if left:
                raise RuntimeError(f"{func} of tensors on two devices: {[tuple(x.shape) for x in left]} is on the CPU")
        given = {**kwargs, "device": torch.device("cpu")} if asked is not None else kwargs
        inner, named = tree_map_only(Away, lambda one: one.here, (args, given))
        out = func(*inner, **named)
        stays = asked is not None and torch.device(asked).type == "cpu"
        if _name(func).startswith("copy_") and not isinstance(args[0], Away):
            stays = True
        if stays or not (away or (asked is not None and torch.device(asked) == AWAY)):
            return out
        wrapped = tree_map(lambda one: Away(one) if isinstance(one, torch.Tensor) else one, out)
        return return_and_correct_aliasing(func, args, kwargs, wrapped) if away else wrapped


def send(value):
    """A batch on the other device."""
    return tree_map(lambda one: Away(one) if isinstance(one, torch.Tensor) else one, value)


def send_module(module):
    """Parameters, buffers and states of metrics on the other device; ``device`` says so."""
    for part in module.modules():
        for name, one in part._parameters.items():
            if one is not None:
                part._parameters[name] = torch.nn.Parameter(Away(one.detach()), one.requires_grad)
        for name, one in part._buffers.items():
            if one is not None:
                part._buffers[name] = Away(one)
        if isinstance(part, Metric):
            part._device = AWAY
            for name, empty in part._defaults.items():
                if isinstance(empty, torch.Tensor):
                    kind = precision.exact_type(AWAY) if empty.is_floating_point() else empty.dtype
                    part._defaults[name] = Away(empty.to(kind))
                    setattr(part, name, Away(getattr(part, name).to(kind)))
    return module
