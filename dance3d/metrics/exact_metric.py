"""Metrics whose sums are of double precision wherever their device has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from dance3d.geometry.precision import exact, exact_type


class ExactMetric(Metric):
    """A metric with states in float64, which become float32 on a device that has no float64."""

    is_differentiable = False
    full_state_update = False

    def add_sums(self, *names: str, shape: tuple[int, ...] = ()) -> None:
        """States that begin at zero and add up over batches and processes.

        Args:
            names: of the states.
            shape: of each.
        """
        for name in names:
            self.add_state(name, torch.zeros(shape, dtype=exact_type(torch.device("cpu"))), dist_reduce_fx="sum")

    def _apply(self, fn: Callable[[Tensor], Tensor], exclude_state: Sequence[str] = ()) -> ExactMetric:
        """Move the states to where ``fn`` moves a tensor; of the type that it may change to they keep out.

        Args:
            fn: moves a tensor, or changes its type.
            exclude_state: names of states that stay.
        """
        probe = fn(torch.zeros(()))
        kind = exact_type(probe.device)

        def move(state: Tensor) -> Tensor:
            return state.to(probe.device, kind if state.is_floating_point() else state.dtype)

        super()._apply(move, exclude_state)
        return self


class Mean(ExactMetric):
    """A mean of what ``_add`` is given."""

    higher_is_better = False
    total: Tensor
    count: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_sums("total", "count")

    def _add(self, values: Tensor) -> None:
        self.total = self.total + exact(values).sum()
        self.count = self.count + values.numel()

    def compute(self) -> Tensor:
        """The mean; NaN where there was nothing."""
        mean: Tensor = self.total / self.count
        return mean.float()


class MeanWhere(Mean):
    """Mean of the values that count, as ``losses.mean_where``, over all batches and processes."""

    def update(self, values: Tensor, counted: Tensor) -> None:
        """Add values (...) where ``counted``, broadcast to their shape, is true."""
        self._add(values[counted.expand_as(values)])
