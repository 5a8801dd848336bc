"""How a training goes, beside its losses and learning rate: size of the gradient, steps per second, memory."""

from __future__ import annotations

import time
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch.optim import Optimizer

from dance3d.training.step_rate import peak_memory_of


class TrainingFigures(Callback):
    """Logs these every ``trainer.log_every_n_steps`` steps, where anything is logged.

    ``train/gradient_norm``, before it is clipped; ``train/steps_per_s``, batches included;
    ``train/peak_memory_mib`` of the GPU, or of the process where there is none.
    """

    def __init__(self) -> None:
        self._since: tuple[float, int] | None = None

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forget the clock: validation does not count."""
        self._since = None

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        """Log the gradient as the losses made it.

        Args:
            trainer: that runs.
            pl_module: the module.
            optimizer: that steps next.
        """
        if (trainer.global_step + 1) % _every(trainer) == 0:
            made = [one.grad for one in pl_module.parameters() if one.grad is not None]
            if made:
                pl_module.log("train/gradient_norm", torch.nn.utils.get_total_norm(made))

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Log the rate since the last time.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
        """
        now = time.perf_counter(), trainer.global_step
        if self._since is None:
            self._since = now
        elif trainer.global_step % _every(trainer) == 0 and now[1] > self._since[1]:
            pl_module.log("train/steps_per_s", (now[1] - self._since[1]) / (now[0] - self._since[0]))
            if (memory := peak_memory_of(trainer.strategy.root_device)) is not None:
                pl_module.log("train/peak_memory_mib", memory)
            self._since = now


def _every(trainer: Trainer) -> int:
    """Steps between two rows of figures."""
    return max(int(trainer.log_every_n_steps), 1)  # type: ignore[attr-defined]
