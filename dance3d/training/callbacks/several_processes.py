"""Validation in a training of several processes."""

from __future__ import annotations

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import distributed
from torch.nn.parallel import DistributedDataParallel


class ScoredApart(Callback):
    """Lets every process score as many batches as fall to it, all with the buffers of the first process.

    ``DistributedDataParallel`` sends the first process's buffers (running means of batch norms) around before every
    batch of training. Before a batch that is scored it would do so too, and wait for processes that have none left.
    """

    def __init__(self) -> None:
        self._wrapped: DistributedDataParallel | None = None

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Send the buffers once, then score without the wrapper."""
        model = trainer.strategy.model
        if isinstance(model, DistributedDataParallel):
            for buffer in pl_module.buffers():
                if buffer.is_floating_point():
                    distributed.broadcast(buffer, 0)
            self._wrapped, trainer.strategy.model = model, pl_module

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Give the wrapper back to the training."""
        if self._wrapped is not None:
            self._wrapped, trainer.strategy.model = None, self._wrapped
