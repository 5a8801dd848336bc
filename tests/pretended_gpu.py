"""A device that is none: its tensors hold values of the CPU, but say that they lie elsewhere.

What works here works on a GPU as far as devices go: operations that mix tensors of both fail, and so does NumPy.
Not for ``torch.inference_mode``, in which one operation hides the others that it is made of.
"""

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

GPU = torch.device("meta")
_MAY_MIX = {"aten::_to_copy", "aten::copy_", "aten::index.Tensor", "aten::index_put_", "aten::_index_put_impl_"}
"""What brings tensors of the CPU to a GPU, which lists of columns need too."""


class _Elsewhere(torch.Tensor):
    """A tensor of the pretended device."""

    @staticmethod
    def __new__(cls, value):
        more = {"strides": value.stride(), "storage_offset": value.storage_offset(), "dtype": value.dtype}
        made = torch.Tensor._make_wrapper_subclass(cls, value.size(), device=GPU, **more)
        made.value = value
        return made

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func is torch.Tensor.new_tensor:  # it alone makes a tensor without an operation that could be seen
            return torch.tensor(args[1], **{"dtype": args[0].dtype, **(kwargs or {})}).to(GPU)
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            at = args[1] if isinstance(args[1], tuple) else (args[1],)
            args = (args[0], tuple(torch.tensor(part) if isinstance(part, list) else part for part in at), *args[2:])
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **(kwargs or {}))

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


class PretendedGPU(TorchDispatchMode):
    """While it is entered, tensors can be made on the pretended device and moved to it."""

    def __enter__(self):
        self.made = _FromNumbers()
        self.made.__enter__()
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self.made.__exit__(*error)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


class _FromNumbers(TorchFunctionMode):
    """Tensors made of numbers, which is no operation that could be seen."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        device = kwargs.get("device")
        if func is torch.tensor and device is not None and torch.device(device) == GPU:
            return func(*args, **kwargs | {"device": "cpu"}).to(GPU)
        return func(*args, **kwargs)


def _run(func, args, kwargs):
    given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor)]
    there = {id(one.value): one for one in given if isinstance(one, _Elsewhere)}
    here = [one for one in given if not isinstance(one, _Elsewhere) and one.dim()]
    assert not any(one.is_meta for one in here), f"{func.name()} reads a tensor without values"
    assert not (there and here) or func.name() in _MAY_MIX, f"{func.name()} mixes the GPU with the CPU"
    asked = kwargs.get("device")
    if asked is not None and torch.device(asked) == GPU:
        kwargs = kwargs | {"device": torch.device("cpu")}
    goes_there = there if asked is None else torch.device(asked) == GPU
    if func.name() == "aten::copy_":
        goes_there = isinstance(args[0], _Elsewhere)
    args, kwargs = tree_map(lambda one: one.value if isinstance(one, _Elsewhere) else one, (args, kwargs))
    found = func(*args, **kwargs)
    if not goes_there:
        return found
    return tree_map(lambda one: _elsewhere(one, there) if isinstance(one, torch.Tensor) else one, found)


def _elsewhere(value, there):
    """The tensor of the pretended device with this value: one that was given, where it was changed in place."""
    return there[id(value)] if id(value) in there else _Elsewhere(value)
