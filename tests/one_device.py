"""Tensors without values stand for those of a GPU: no operation may mix them with tensors of the CPU."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

META = torch.device("meta")
_MAY_MIX = {"aten::_to_copy", "aten::copy_", "aten::index.Tensor", "aten::index_put_", "aten::_index_put_impl_"}
"""What brings tensors from the CPU to a GPU, which lists of columns need too."""


class OneDevice(TorchDispatchMode):
    """Fails where an operation has tensors of two devices, numbers apart, as a GPU does."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = {one.device.type for one in tree_leaves((args, kwargs or {})) if torch.is_tensor(one) and one.dim()}
        assert len(found) < 2 or func.name() in _MAY_MIX, f"{func.name()} mixes {sorted(found)}"
        return func(*args, **(kwargs or {}))
