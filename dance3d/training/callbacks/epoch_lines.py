"""Output of a training: a line on its takes, a short line per epoch, a table at the end; all else is in CSV and W&B."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Collection, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from dance3d.datasets.splits import counts_in_words

log = logging.getLogger(__name__)

REDRAWN = 0.25  # seconds between two changes of the line on a terminal
VALIDATION = "val/"
WIDTH = 100  # columns at most
ROWS = 12  # of the table at the end; chosen


@runtime_checkable
class HasSplits(Protocol):
    """A LightningDataModule whose takes have splits."""

    def takes_by_split(self) -> Sequence[Collection[str]]:
        """Names of the takes that train, validate and test, once ``setup`` has read them."""


class SplitLine(Callback):
    """One line before training: how many takes train, validate and test."""

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line."""
        data = getattr(trainer, "datamodule", None)
        if trainer.is_global_zero and isinstance(data, HasSplits):
            log.info("takes: %s", counts_in_words(data.takes_by_split()))


class EpochLines(Callback):
    """One line per epoch: its number, mean loss, monitored score, seconds, the best score so far, and the time left.

    On a terminal, a line that is overwritten says in between which step it is.
    """

    def __init__(self) -> None:
        self._since = self._drawn = 0.0
        self._total: torch.Tensor | float = 0.0  # of the losses of this epoch
        self._steps = 0
        self._worked = self._scored = False
        self._seconds: list[float] = []  # of the epochs of this process
        self.best: float | None = None
        self.best_epoch = 0
        self._last: dict[str, float] = {}  # figures of the last validation, and of the best one in this process
        self._at_best: dict[str, float] = {}

    def state_dict(self) -> dict[str, Any]:
        """The best score so far and the losses of this epoch, for a training that goes on later."""
        now = {"best": self.best, "best_epoch": self.best_epoch}
        return {**now, "total": float(self._total), "steps": self._steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state of a stopped training."""
        self.best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self._total, self._steps = state_dict["total"], state_dict["steps"]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock of an epoch that goes on after a stop."""
        self._since = time.monotonic()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock of an epoch."""
        self._since, self._total, self._steps = time.monotonic(), 0.0, 0
        self._worked = self._scored = False

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss, and say on a terminal which step it is.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
        """
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        self._worked = True
        if loss is not None:
            self._total, self._steps = self._total + loss.detach().float(), self._steps + 1
        self._show(trainer, f"{_epoch(trainer)}, step", batch_idx, trainer.num_training_batches)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Say on a terminal how far validation is.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
            dataloader_idx: number of its loader, from 0.
        """
        if not trainer.sanity_checking:
            self._show(trainer, "validation, batch", batch_idx, trainer.num_val_batches)

    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Say on a terminal how far the test is.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
            dataloader_idx: number of its loader, from 0.
        """
        self._show(trainer, "test, batch", batch_idx, trainer.num_test_batches)

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Say on a terminal how far prediction is.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
            dataloader_idx: number of its loader, from 0.
        """
        self._show(trainer, "prediction, batch", batch_idx, trainer.num_predict_batches)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Read the score, before a checkpoint with it is written."""
        name, mode = _monitor(trainer)
        if trainer.sanity_checking or name not in trainer.callback_metrics:
            return
        self._scored, score = True, float(trainer.callback_metrics[name])
        self._last = {
            one: float(value) for one, value in trainer.callback_metrics.items() if one.startswith(VALIDATION)
        }
        better = self.best is None or (score < self.best if mode == "min" else score > self.best)
        if better and math.isfinite(score):
            self.best, self.best_epoch, self._at_best = score, trainer.current_epoch + 1, self._last

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line of the epoch."""
        self._clear()
        if trainer.is_global_zero and self._worked:  # not the end of an epoch that was over before a resume
            self._seconds.append(time.monotonic() - self._since)
            log.info("%s", self._line(trainer, self._seconds[-1]))

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Clear the line on the terminal before the error is printed.

        Args:
            trainer: that runs.
            pl_module: the module.
            exception: that ended the run.
        """
        self._clear()

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Clear the line on the terminal, and print the table of the validation takes."""
        self._clear()
        if trainer.is_global_zero and self._last:
            log.info("%s", self._table(_monitor(trainer)[0]))

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Clear the line on the terminal."""
        self._clear()

    on_predict_end = on_test_end

    def _table(self, chosen: str) -> str:
        """Figures of the best validation and of the last one, that which chooses the weights first."""
        names = sorted(self._last, key=lambda name: (name != chosen, name))
        rows = [(name, _figure(self._at_best.get(name, math.nan)), _figure(self._last[name])) for name in names[:ROWS]]
        head = ("", f"best (epoch {self.best_epoch})" if self.best_epoch else "best", "last")
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
        lines = [
            f"{name[: WIDTH - 40]:{min(widths[0], WIDTH - 40)}}  {best:>{widths[1]}}  {last:>{widths[2]}}"
            for name, best, last in (head, *rows)
        ]
        more = f"\n{len(names) - ROWS} more are in metrics.csv" if len(names) > ROWS else ""
        return "\n".join(lines) + more

    def _line(self, trainer: Trainer, seconds: float) -> str:
        name, _ = _monitor(trainer)
        words = [_epoch(trainer)]
        if self._steps:
            words.append(f"loss {_figure(float(self._total) / self._steps):<7}")
        if name:
            score = _figure(float(trainer.callback_metrics[name])) if self._scored else "-"
            words.append(f"{name} {score:<7}")
        words.append(f"{seconds:6.1f} s")
        if self.best is not None:
            words.append(f"best {_figure(self.best)} (epoch {self.best_epoch})")
        left = (trainer.max_epochs or 0) - trainer.current_epoch - 1
        if left > 0 and not trainer.should_stop:
            words.append(f"{duration(left * sum(self._seconds) / len(self._seconds))} left")
        line = "  ".join(words)
        return line if len(line) <= WIDTH else " ".join(line.split())[:WIDTH]

    def _show(self, trainer: Trainer, doing: str, batch: int, batches: Any) -> None:
        """Write over the terminal's line, and put the cursor at its start, where the next line will begin."""
        now = time.monotonic()
        if now - self._drawn < REDRAWN or not trainer.is_global_zero or not _terminal():
            return
        self._drawn = now
        total = sum(batches) if isinstance(batches, list) else batches
        of = f" of {total}" if math.isfinite(total) else ""
        sys.stderr.write(f"{doing} {batch + 1}{of}\x1b[K\r")
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._drawn and _terminal():
            sys.stderr.write("\x1b[K")
            sys.stderr.flush()
        self._drawn = 0.0


def _terminal() -> bool:
    return log.isEnabledFor(logging.INFO) and sys.stderr.isatty()


def _monitor(trainer: Trainer) -> tuple[str, str]:
    """Name of the score that chooses the best weights, empty if there is none, and whether min or max is best."""
    found = [call for call in trainer.checkpoint_callbacks if isinstance(call, ModelCheckpoint) and call.monitor]
    return (str(found[0].monitor), found[0].mode) if found else ("", "min")


def _epoch(trainer: Trainer) -> str:
    """``epoch  3/20``; without a number of epochs the steps say how far it is."""
    number, epochs = trainer.current_epoch + 1, trainer.max_epochs or -1
    if epochs > 0:
        return f"epoch {number:{len(str(epochs))}}/{epochs}"
    return f"epoch {number}, step {trainer.global_step}" + (f"/{trainer.max_steps}" if trainer.max_steps > 0 else "")


def duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _figure(value: float) -> str:
    """Four digits, without an exponent where it can be read without; ``-`` where there is none."""
    if not math.isfinite(value):
        return "-"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
