"""Training for a number of seconds, for comparisons at equal time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import lightning as L
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch.optim import AdamW
from torch.utils.data import DataLoader

from dance3d.training import malloc
from dance3d.training.log_filter import hidden_log_messages

WARMUP = 0.02
"""Share of the time in which the rate goes up."""


def fit_for(
    module: LightningModule,
    batches: DataLoader[Any],
    seconds: float,
    rate: float = 1.5e-3,
    look: Callable[[float], None] | None = None,
    looks: int = 0,
    counted: bool = False,
    precision: Any = "bf16-mixed",
    seed: int = 1,
    now: Callable[[], float] = time.monotonic,
    steps: int | None = None,
) -> int:
    """Train for so many seconds, drawing batches included: AdamW, the rate a cosine over the time.

    Args:
        module: to train, in place.
        batches: an epoch of them, again and again.
        seconds: of training.
        rate: the highest.
        look: called ``looks`` times, evenly and at the end, with the seconds of training so far.
        looks: how often.
        counted: what ``look`` takes is part of the seconds; else the clock stands still.
        precision: of the trainer.
        seed: of the batches and of dropout.
        now: clock; ``time.process_time`` counts only what this process computes, where others share the machine.
        steps: train for so many instead, whatever the seconds.

    Returns:
        Steps done.
    """
    malloc.keep_freed_memory()
    L.seed_everything(seed, verbose=False)
    module.configure_optimizers = lambda: AdamW(module.parameters(), lr=rate, weight_decay=0.05)  # type: ignore[method-assign]
    clock = _BudgetClock(seconds, rate, look, looks, counted, now, steps)
    with hidden_log_messages():
        trainer = Trainer(
            max_epochs=-1,
            devices=1,
            precision=precision,
            gradient_clip_val=1.0,
            callbacks=[clock],
            limit_val_batches=0,
            num_sanity_val_steps=0,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, train_dataloaders=batches)
    return int(trainer.global_step)


class _BudgetClock(Callback):
    """Sets the rate by the time, stops at the end, and calls ``look`` at given times."""

    def __init__(
        self,
        seconds: float,
        rate: float,
        look: Callable[[float], None] | None,
        looks: int,
        counted: bool,
        now: Callable[[], float],
        steps: int | None = None,
    ) -> None:
        self.steps = steps
        self.seconds, self.rate, self.look, self.counted, self.now = seconds, rate, look, counted, now
        self.due = [(n + 1) / looks for n in range(looks)] if look else []
        self.start = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.start = self.now()

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        share = min(1.0, self._done(trainer, self.now() - self.start))
        factor = min(share / WARMUP, (1 + math.cos(math.pi * share)) / 2)
        for group in trainer.optimizers[0].param_groups:
            group["lr"] = self.rate * max(factor, 0.01)
        if hasattr(pl_module, "share"):  # a module whose losses change as training goes on
            setattr(pl_module, "share", share)  # noqa: B010

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        passed = self.now() - self.start
        done = self._done(trainer, passed)
        if self.due and done >= self.due[0]:
            assert self.look is not None
            self.due.pop(0)
            self.look(passed)
            self.start += 0.0 if self.counted else self.now() - self.start - passed
        trainer.should_stop = done >= 1 and not self.due

    def _done(self, trainer: Trainer, passed: float) -> float:
        """Share of the training that is over."""
        return trainer.global_step / self.steps if self.steps else passed / self.seconds
