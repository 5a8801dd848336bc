"""How fast a training steps, and the memory that it takes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from dance3d.io.operating_system import peak_memory


class StepRate(Callback):
    """Writes the steps per second and the peak memory of a training as JSON, when it ends.

    Steps count with their batches; validation, checkpoints and the first steps do not.

    Args:
        file: where it is written.
        warm_up: first steps, which do not count.
    """

    def __init__(self, file: str, warm_up: int = 5) -> None:
        self.file, self.warm_up = Path(file), warm_up
        self.done = self.counted = 0
        self.seconds = 0.0
        self._since: tuple[float, int] | None = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count the step.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
        """
        self.done += 1
        if self.done >= self.warm_up and self._since is None:
            self._since = self._now(trainer), self.done
        if trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:
            self._stop_clock(trainer)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock."""
        self._stop_clock(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the figures."""
        self._stop_clock(trainer)
        if trainer.is_global_zero:
            rate = self.counted / self.seconds if self.seconds else None
            found = {
                "steps": self.done,
                "steps_per_s": rate,
                "memory_mib": peak_memory_of(trainer.strategy.root_device),
            }
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps(found | {"processes": trainer.world_size}))

    def _stop_clock(self, trainer: Trainer) -> None:
        if self._since is not None:
            began, step = self._since
            self.seconds += self._now(trainer) - began
            self.counted += self.done - step
            self._since = None

    @staticmethod
    def _now(trainer: Trainer) -> float:
        if trainer.strategy.root_device.type == "cuda":
            torch.cuda.synchronize(trainer.strategy.root_device)
        return time.perf_counter()


def peak_memory_of(device: torch.device) -> float | None:
    """MiB at most: of tensors on a GPU, else of the process; none where the system does not say."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return peak_memory()
