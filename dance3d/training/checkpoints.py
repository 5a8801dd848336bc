"""Checkpoints that resume exactly, signals, and a guard against losses that are not finite."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor

from dance3d.training.checkpoint_files import fits

log = logging.getLogger(__name__)

LOOK = 20  # steps between two checks of the loss; chosen
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name))


class NotFinite(ValueError):
    """The loss or the weights are NaN or infinite."""


class Interrupted(Exception):
    """Work was stopped by a signal; training after a checkpoint was saved.

    Attributes:
        signal: number of the signal; a command line exits with 128 more than it.
    """

    def __init__(self, number: int, checkpoint: Path | None = None) -> None:
        how = f"resume from {checkpoint} with the same command and --resume true" if checkpoint else "start it again"
        super().__init__(f"stopped by {signal.Signals(number).name}; {how}")
        self.signal = number


def reseed(seed: int, epoch: int, batch: int, rank: int) -> None:
    """Set every random generator to a state that depends on these numbers only, before a batch is fetched.

    Args:
        seed: of the run.
        epoch: number, from 0.
        batch: number in the epoch, from 0.
        rank: of the process.
    """
    words = np.random.SeedSequence((seed, epoch, batch, rank)).generate_state(2)
    random.seed(int(words[0]))
    np.random.seed(int(words[0]))
    torch.manual_seed(int(words[0]) << 16 ^ int(words[1]))


def _anywhere(trainer: Trainer, here: bool) -> bool:
    """Whether it is so in any process; all of them ask, and stop together."""
    return trainer.strategy.reduce_boolean_decision(here, all=False) if trainer.world_size > 1 else here


class Resumable(Checkpoint):
    """Saves ``last.ckpt`` after every epoch and on a signal, so that going on equals never having stopped.

    Random numbers depend on (seed, epoch, batch, rank) alone. A run that stopped inside an epoch fetches the batches it
    has already used again, without training on them, so that order and augmentation of the rest are the same.
    The checkpoint before the last one is kept as ``previous.ckpt``.

    Args:
        folder: where the checkpoints go.
        seed: of the run.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self._signal = 0
        self._handlers: dict[int, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listen for signals; where the run stopped inside an epoch, go to the batch it stopped at."""
        self._listen()
        if trainer.fit_loop.restarted_mid_epoch:
            self._restart(trainer, trainer.fit_loop.epoch_loop.batch_progress.current.ready)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Seed the epoch before its batches are drawn."""
        if trainer.current_epoch == 0 or trainer.fit_loop.is_resuming:
            self._restart(trainer, 0)  # Lightning made this iterator before; those of later epochs it makes after
        else:
            self._reseed(trainer, 0)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Seed what comes next; stop here if a signal came and the epoch is not about to end anyway.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
        """
        self._reseed(trainer, batch_idx + 1)
        if not trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:
            self._stop_if_told(trainer, save=True)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Validation inside an epoch leaves no trace in the random numbers of the rest; a run of its own ends here."""
        if trainer.state.fn != TrainerFn.FITTING:
            self.on_test_end(trainer, pl_module)
            return
        if trainer.fit_loop.epoch_loop.batch_progress.current.ready and not trainer.sanity_checking:
            self._reseed(trainer, trainer.fit_loop.epoch_loop.batch_idx + 1)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save, then stop if a signal came."""
        self.save(trainer)
        self._stop_if_told(trainer, save=False)

    def on_sanity_check_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listen for signals already in the trial before training."""
        self._listen()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listen for signals: Lightning's own handlers would end with exit code 0."""
        self._listen()

    on_test_start = on_predict_start = on_validation_start

    def on_validation_batch_end(self, trainer: Trainer, *rest: Any, **more: Any) -> None:
        """Stop here if a signal came, unless training does it after this validation.

        Args:
            trainer: that runs.
            rest: what Lightning tells about the batch.
            more: the same, by name.
        """
        training = trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking
        if not training and trainer.world_size == 1:  # several may have fewer batches, and are asked at the end
            self._stop_if_told(trainer, save=False, saved=False)

    on_test_batch_end = on_predict_batch_end = on_validation_batch_end

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Give the signals back."""
        self._release()

    on_predict_end = on_train_end

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop if a signal came to several processes; give the signals back."""
        if trainer.world_size > 1:
            self._stop_if_told(trainer, save=False, saved=False)
        self._release()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Give the signals back.

        Args:
            trainer: that runs.
            pl_module: the module.
            exception: that ended the run.
        """
        self._release()

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Refuse what does not say where this run stood, before any of it is restored.

        Args:
            trainer: that runs.
            pl_module: the module.
            checkpoint: contents of the file.

        Raises:
            ValueError: it is of another kind of run.
        """
        works = {TrainerFn.FITTING: "fit", TrainerFn.VALIDATING: "validate", TrainerFn.TESTING: "test"}
        loop = f"{works.get(trainer.state.fn, 'predict')}_loop"  # type: ignore[arg-type]
        pairs = {}
        if "loops" in checkpoint:
            pairs[f"loops.{loop}"] = getattr(trainer, loop).state_dict(), checkpoint["loops"].get(loop)
        for one in trainer.callbacks:  # type: ignore[attr-defined]
            if one.state_key in checkpoint.get("callbacks", {}):
                pairs[f"callbacks.{one.state_key}"] = one.state_dict(), checkpoint["callbacks"][one.state_key]
        for name, (expected, found) in pairs.items():
            if not fits(expected, found):
                raise ValueError(f"the checkpoint {trainer.ckpt_path} does not fit this run: see its {name}")

    def save(self, trainer: Trainer) -> None:
        """Write ``last.ckpt``; at every moment at least one whole checkpoint lies in the folder."""
        if trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        fresh, last = self.folder / "next.ckpt", self.folder / "last.ckpt"
        trainer.save_checkpoint(fresh)
        if trainer.is_global_zero:
            with fresh.open("rb+") as file:
                os.fsync(file.fileno())
            if last.exists():
                last.replace(self.folder / "previous.ckpt")
            fresh.replace(last)
        trainer.strategy.barrier("last.ckpt")

    def _reseed(self, trainer: Trainer, batch: int) -> None:
        reseed(self.seed, trainer.current_epoch, batch, trainer.global_rank)

    def _restart(self, trainer: Trainer, batches: int) -> None:
        """Make the epoch's iterator anew and pass over so many batches."""
        fetcher = trainer.fit_loop._data_fetcher
        assert fetcher is not None
        self._reseed(trainer, 0)
        iter(fetcher)
        for batch in range(batches):
            next(fetcher)
            self._reseed(trainer, batch + 1)
        fetcher.fetched = 0  # the loop adds the batches it has done itself

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._signal:  # told twice: at once
            raise KeyboardInterrupt
        self._signal = number
        log.warning("%s: stopping after this step (once more: at once)", signal.Signals(number).name)

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread() and not self._handlers:
            self._handlers = {number: signal.signal(number, self._stop) for number in SIGNALS}

    def _stop_if_told(self, trainer: Trainer, *, save: bool, saved: bool = True) -> None:
        if not _anywhere(trainer, bool(self._signal)):
            return
        if save:
            self.save(trainer)
        raise Interrupted(self._signal or signal.SIGTERM, self.folder / "last.ckpt" if saved else None)

    def _release(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}


class FiniteGuard(Callback):
    """Stops a run whose loss or weights are no longer finite, before a checkpoint of them is written.

    On a GPU the loss is looked at every ``LOOK`` steps and before every save, so that no step waits.
    """

    def __init__(self) -> None:
        self._bad: Tensor | None = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Remember whether any loss since the last look was not finite.

        Args:
            trainer: that runs.
            pl_module: the module.
            outputs: of the step.
            batch: of data.
            batch_idx: number of the batch, from 0.
        """
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        if loss is None:
            return
        bad = ~torch.isfinite(loss.detach()).all()
        self._bad = bad if self._bad is None else self._bad | bad
        if bad.device.type == "cpu" or (batch_idx + 1) % LOOK == 0:
            self._look(trainer)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Refuse to save weights that are not finite.

        Args:
            trainer: that runs.
            pl_module: the module.
            checkpoint: contents of the file.
        """
        self._look(trainer)
        bad = [name for name, one in pl_module.named_parameters() if not torch.isfinite(one).all()]
        if _anywhere(trainer, bool(bad)):
            raise NotFinite(
                self._message(trainer, f"weights {bad[0] if bad else 'of another process'!r} are not finite")
            )

    def _look(self, trainer: Trainer) -> None:
        if self._bad is not None and _anywhere(trainer, bool(self._bad)):
            raise NotFinite(self._message(trainer, "the loss is not finite"))
        self._bad = None

    def _message(self, trainer: Trainer, what: str) -> str:
        return (
            f"training stopped in epoch {trainer.current_epoch} at step {trainer.global_step}: {what}; earlier "
            "checkpoints and weights are untouched. Try a lower optimizer.lr, or trainer.precision 32-true"
        )
