"""Callbacks: pictures and charts of a module, artefacts of predictions."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import BasePredictionWriter
from numpy.typing import NDArray

from dance3d.io import artefacts
from dance3d.training.wandb_logger import WandbLog
from dance3d.visualization.wandb_charts import HasCharts

log = logging.getLogger(__name__)


@runtime_checkable
class HasPictures(Protocol):
    """A LightningModule that can show what it does."""

    def validation_pictures(self) -> Mapping[str, NDArray[np.uint8]]:
        """Named pictures (H, W, 3), RGB, of the validation batch seen last; made with ``draw`` or ``plots``."""


class Pictures(Callback):
    """Shows pictures and charts of a module that makes them, after validation: as PNG in the run folder, and in W&B.

    Args:
        folder: where the PNG files go; each validation replaces those of the one before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show them; not in the trial before training.

        Every process asks for them, as they may be made of a metric, which adds up over all; the first shows them.
        """
        if trainer.sanity_checking:
            return
        loggers = [logger for logger in trainer.loggers if isinstance(logger, WandbLog)]
        shown = trainer.is_global_zero
        if isinstance(pl_module, HasPictures):
            pictures = pl_module.validation_pictures()
            if shown:
                self._write(pictures)
            for logger in loggers if shown else ():
                logger.log_pictures(pictures, trainer.global_step)
        if loggers and isinstance(pl_module, HasCharts):
            charts = pl_module.validation_charts()
            for logger in loggers if shown else ():
                logger.log_charts(charts, trainer.global_step)

    def _write(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        import cv2

        self.folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            cv2.imwrite(str(self.folder / f"{name.replace('/', '-')}.png"), picture[..., ::-1])


class ArtefactWriter(BasePredictionWriter):
    """Saves what ``predict_step`` returns, one artefact per track, in the order of the data.

    Args:
        folder: gets ``0000.npz``, ``0001.npz``, ... and loses those of an earlier prediction.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__("batch")
        self.folder, self.count = folder, 0

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
        self.count = 0

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
            artefacts.save(artefact, self.folder / f"{self.count:04d}.npz")
            self.count += 1
