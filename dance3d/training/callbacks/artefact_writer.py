"""Artefacts of predictions, as files."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import BasePredictionWriter

from dance3d.io import artefacts

log = logging.getLogger(__name__)


class ArtefactWriter(BasePredictionWriter):
    """Saves what ``predict_step`` returns, one artefact per track, in the order of the data, and says where.

    Of a LightningDataModule with ``predicted_takes`` files have the name that it gives for each track of its
    ``predict_dataloader``.

    Args:
        folder: gets ``0000-TAKE.npz``, ``0001-TAKE.npz``, ... and loses those of an earlier prediction.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__("batch")
        self.folder, self.count = folder, 0
        self.takes: Sequence[str] = ()

    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin with an empty folder.

        Raises:
            ValueError: several processes, whose orders would mix.
        """
        if trainer.world_size > 1:
            raise ValueError(f"predict runs in one process, trainer.devices asks for {trainer.world_size}")
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("[0-9]*.npz"):
            old.unlink()
        names = getattr(getattr(trainer, "datamodule", None), "predicted_takes", None)
        self.count, self.takes = 0, names() if names else ()

    def write_on_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        prediction: Any,
        batch_indices: Sequence[int] | None,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int,
    ) -> None:
        """Save the artefacts of one batch.

        Args:
            trainer: that runs.
            pl_module: the module.
            prediction: of the batch: one artefact or several.
            batch_indices: of the batch.
            batch: of data.
            batch_idx: number of the batch, from 0.
            dataloader_idx: number of its loader, from 0.
        """
        for artefact in prediction if isinstance(prediction, (list, tuple)) else [prediction]:
            take = self.takes[self.count] if self.count < len(self.takes) else ""
            artefacts.save(artefact, self.folder / f"{self.count:04d}{'-' * bool(take)}{_as_file(take)}.npz")
            self.count += 1

    def on_predict_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say where they are."""
        names = sorted(path.name for path in self.folder.glob("[0-9]*.npz"))
        shown = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}" if names else "none"
        log.info("predictions of %d tracks are in %s: %s", self.count, self.folder, shown)


def _as_file(take: str) -> str:
    """The name of a take as part of a file's name."""
    return re.sub(r"[^\w.-]+", "-", take)[:80]
