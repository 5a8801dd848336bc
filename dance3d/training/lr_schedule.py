"""The optimiser and the schedule of a training, of whatever class, and the schedule that is the default."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

from lightning.pytorch import LightningModule
from lightning.pytorch.cli import ReduceLROnPlateau, instantiate_class
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from dance3d.lazy_import import resolve
from dance3d.training.cli_arguments import building

RATE = "train/learning_rate"
"""Name of the rate in logs."""


class Cosine(LRScheduler):
    """Linear warm-up, then half a cosine (or a geometric fall) down to a share of the base rate, one value per step.

    The value depends on the step alone, so that a resumed run continues exactly and a run that is resumed with more
    epochs stretches its schedule over them. ``final=1`` keeps the rate constant.

    Args:
        optimizer: whose rates are set.
        warmup: share of all steps spent on the way up, 0..1.
        final: rate at the last step, as a share of the base rate, 0..1.
        geometric: fall by the same factor with every step instead; ``final`` 0.95^80 is x0.95 in each of 80 epochs.

    Raises:
        ValueError: a share outside 0..1, or a geometric fall to zero.

    Source: Loshchilov & Hutter, SGDR, equation 5, without restarts.
    """

    def __init__(self, optimizer: Optimizer, warmup: float = 0.0, final: float = 0.0, geometric: bool = False) -> None:
        for name, share in (("warmup", warmup), ("final", final)):
            if not 0 <= share <= 1:
                raise ValueError(f"lr_scheduler.{name} is {share}, expected 0 to 1")
        if geometric and final == 0:
            raise ValueError("lr_scheduler.final is 0, which a geometric fall never reaches")
        self.warmup, self.final, self.geometric, self.steps = warmup, final, geometric, 1
        super().__init__(optimizer)

    def stretch(self, steps: int) -> None:
        """Lay the schedule over so many optimiser steps."""
        self.steps = max(1, steps)
        for group, rate in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = rate

    def share(self, step: int) -> float:
        """Rate at a step, as a share of the base rate."""
        up = self.warmup * self.steps
        if step < up:
            return (step + 1) / (up + 1)
        along = min(1.0, (step - up) / max(1.0, self.steps - up))
        if self.geometric:
            return float(self.final**along)
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * along)) / 2

    def get_lr(self) -> list[float | Tensor]:
        """Rate of every parameter group at the current step."""
        return [float(base) * self.share(self.last_epoch) for base in self.base_lrs]

    def state_dict(self) -> dict[str, Any]:
        """Where the schedule stands, and its settings."""
        shape = {"warmup": self.warmup, "final": self.final, "geometric": self.geometric}
        return {"last_epoch": self.last_epoch, "base_lrs": self.base_lrs, **shape}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go to the step of a stored schedule; rates and shape are those of the settings."""
        self.last_epoch = state_dict["last_epoch"]
        self.stretch(self.steps)


def configured(module: LightningModule, optimizer: dict[str, Any], lr_scheduler: dict[str, Any]) -> dict[str, Any]:
    """What ``configure_optimizers`` of a module returns; ``Cosine`` moves with every step, others with every epoch.

    Args:
        module: with a trainer; whose parameters are trained.
        optimizer: ``class_path`` and ``init_args``.
        lr_scheduler: likewise.

    Raises:
        ValueError: settings that build no optimizer, or a training without an end, over which no cosine can be laid.
    """
    with building("optimizer"):
        made = instantiate_class((module.parameters(),), optimizer)
        schedule = instantiate_class((made,), lr_scheduler)
    keep_settings(made)
    if isinstance(schedule, Cosine):
        steps = module.trainer.estimated_stepping_batches
        if steps == float("inf"):
            raise ValueError("training has no end: set trainer.max_epochs or trainer.max_steps")
        schedule.stretch(int(steps))
    when: dict[str, Any] = {"interval": "step" if isinstance(schedule, Cosine) else "epoch", "name": RATE}
    if isinstance(schedule, ReduceLROnPlateau):
        when["monitor"] = schedule.monitor
    return {"optimizer": made, "lr_scheduler": {"scheduler": schedule, **when}}


def with_stored(spec: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The class of some settings with those values of a checkpoint that it takes.

    Args:
        spec: ``class_path`` and ``init_args``.
        stored: values by name.
    """
    takes = inspect.signature(resolve(":".join(spec["class_path"].rsplit(".", 1)))).parameters
    return {"class_path": spec["class_path"], "init_args": {name: stored[name] for name in takes if name in stored}}


def keep_settings(optimizer: Optimizer) -> None:
    """Let an optimizer keep its settings, and the rates that its schedule begins with, when a stored state is loaded.

    Raises:
        ValueError: settings for other kinds of training; when a state is loaded, one that lacks what they ask for, or
            that another kind of optimizer left.
    """
    for name in ("capturable", "differentiable"):
        if optimizer.defaults.get(name):
            raise ValueError(f"optimizer.{name} is true, expected false")
    own = [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]

    def refuse(loading: Optimizer, state: dict[str, Any]) -> None:
        lost = [name for name in own[0] if name not in state["param_groups"][0]]
        if lost:
            kind = type(optimizer).__name__
            raise ValueError(f"the checkpoint is of another optimizer than {kind}: it has no {', '.join(lost)}")

    def restore(loaded: Optimizer) -> None:
        for group, settings in zip(loaded.param_groups, own, strict=True):
            group.update(settings)
            if settings.get("amsgrad") and any("max_exp_avg_sq" not in one for one in loaded.state.values()):
                raise ValueError("optimizer.amsgrad cannot begin with a checkpoint that was trained without it")

    optimizer.register_load_state_dict_pre_hook(refuse)
    optimizer.register_load_state_dict_post_hook(restore)
