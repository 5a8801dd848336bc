"""Pictures and charts of a module, shown after each validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import MLFlowLogger, TensorBoardLogger, WandbLogger
from lightning.pytorch.loggers.logger import Logger
from numpy.typing import NDArray

from dance3d.training.loggers.wandb_log import WandbLog
from dance3d.training.loggers.wandb_media import films_table
from dance3d.visualization.take_film import TakeFilm
from dance3d.visualization.wandb_charts import HasCharts


@runtime_checkable
class HasPictures(Protocol):
    """A LightningModule that can show what it does."""

    def validation_pictures(self) -> Mapping[str, NDArray[np.uint8]]:
        """Named pictures (H, W, 3), RGB, of the validation batch seen last; made with ``draw`` or ``plots``."""


@runtime_checkable
class HasFilms(Protocol):
    """A LightningModule that can show whole takes."""

    def validation_films(self) -> Iterable[TakeFilm]:
        """A film of every validation take, made one after the other."""


class Pictures(Callback):
    """Shows pictures and charts of a module that makes them, after validation: as PNG in the run folder, and in W&B.

    At the end of a training that W&B logs, films of the validation takes go to both too.

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
                show_pictures(trainer.loggers, pictures, trainer.global_step)
        if loggers and isinstance(pl_module, HasCharts):
            charts = pl_module.validation_charts()
            for logger in loggers if shown else ():
                logger.log_charts(charts, trainer.global_step)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Send a table of films, made by the net as it is at the end; what goes wrong there costs only the table."""
        if not isinstance(pl_module, HasFilms):
            return

        def make() -> dict[str, Any]:
            made = films_table(pl_module.validation_films(), self.folder)
            return {} if made is None else {"val/takes": made}

        for logger in trainer.loggers if trainer.is_global_zero else ():
            if isinstance(logger, WandbLog):
                logger.log_made(make, trainer.global_step, "films of the validation takes")

    def _write(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        import cv2

        self.folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            cv2.imwrite(str(self.folder / f"{name.replace('/', '-')}.png"), picture[..., ::-1])


def show_pictures(loggers: Sequence[Logger], pictures: Mapping[str, NDArray[np.uint8]], step: int) -> None:
    """Give pictures to every logger that can show them.

    Args:
        loggers: of a trainer.
        pictures: (H, W, 3) by name, RGB.
        step: of the training.
    """
    for logger in loggers:
        if isinstance(logger, WandbLog):
            logger.log_pictures(pictures, step)
        elif isinstance(logger, WandbLogger):
            for name, picture in pictures.items():
                logger.log_image(name, [picture], step=step)
        elif isinstance(logger, TensorBoardLogger):
            for name, picture in pictures.items():
                logger.experiment.add_image(name, picture, step, dataformats="HWC")
        elif isinstance(logger, MLFlowLogger):
            for name, picture in pictures.items():
                logger.experiment.log_image(logger.run_id, picture, key=name.replace("/", "-"), step=step)
