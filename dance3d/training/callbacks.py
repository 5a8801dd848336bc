"""What happens beside training: Weights & Biases, pictures of poses, artefacts of predictions."""

from __future__ import annotations

import logging
import netrc
import os
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import BasePredictionWriter
from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only
from numpy.typing import NDArray

from dance3d.io import artefacts
from dance3d.visualization.wandb_charts import Chart, Charted, to_wandb

log = logging.getLogger(__name__)

Mode = Literal["auto", "online", "offline", "off"]


@runtime_checkable
class Pictured(Protocol):
    """A LightningModule that can show what it does."""

    def validation_pictures(self) -> Mapping[str, NDArray[np.uint8]]:
        """Named pictures (H, W, 3), RGB, of the validation batch seen last; made with ``draw`` or ``plots``."""


def wandb_mode(mode: Mode) -> Literal["online", "offline", "off"]:
    """What ``auto`` means here: ``WANDB_MODE`` where it is set, else online with a key and offline without.

    Raises:
        ValueError: ``WANDB_MODE`` is none of W&B's modes.
    """
    if mode != "auto":
        return mode
    asked = os.environ.get("WANDB_MODE", "")
    known: dict[str, Literal["online", "offline", "off"]] = {
        "online": "online",
        "shared": "online",
        "offline": "offline",
        "dryrun": "offline",
        "disabled": "off",
    }
    if asked:
        if asked not in known:
            raise ValueError(f"WANDB_MODE is {asked!r}; choose from {', '.join(known)}")
        return known[asked]
    return "online" if os.environ.get("WANDB_API_KEY") or _key_in_netrc() else "offline"


def _key_in_netrc() -> bool:
    try:
        return netrc.netrc(os.environ.get("NETRC")).authenticators("api.wandb.ai") is not None
    except (OSError, netrc.NetrcParseError):
        return False


class WandbLog(Logger):
    """Weights & Biases that never stops a training: the first failure is said once, and the rest goes to CSV only.

    Args:
        folder: where W&B keeps its files; ``wandb sync`` reads them from there.
        project: name of the project.
        name: of the run.
        mode: online or offline.
        timeout: seconds to wait for the server; then it goes on offline.
    """

    def __init__(
        self, folder: Path, project: str, name: str, mode: Literal["online", "offline"], timeout: float = 30
    ) -> None:
        super().__init__()
        self._folder, self._project, self._name = folder, project, name
        self._mode, self._timeout = mode, timeout
        self._run: Any = None
        self._dead = False

    @property
    def name(self) -> str:
        """Name of the project."""
        return self._project

    @property
    def version(self) -> str:
        """Identity of the run, empty before it starts."""
        return str(self._run.id) if self._run is not None else ""

    @property
    def save_dir(self) -> str:
        """Where W&B keeps its files."""
        return str(self._folder)

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Send settings."""
        values = vars(params) if isinstance(params, Namespace) else dict(params)
        self._safely(lambda run: run.config.update(values, allow_val_change=True))

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Send figures."""
        values = dict(metrics) if step is None else {**metrics, "trainer/global_step": step}
        self._safely(lambda run: run.log(values))

    @rank_zero_only
    def log_pictures(self, pictures: Mapping[str, NDArray[np.uint8]], step: int) -> None:
        """Send pictures (H, W, 3), RGB."""

        def send(run: Any) -> None:
            import wandb

            shown = {name: wandb.Image(picture) for name, picture in pictures.items()}
            run.log({**shown, "trainer/global_step": step})

        self._safely(send)

    @rank_zero_only
    def log_charts(self, charts: Mapping[str, Chart], step: int) -> None:
        """Send charts that W&B draws."""

        def send(run: Any) -> None:
            run.log({**{name: to_wandb(chart) for name, chart in charts.items()}, "trainer/global_step": step})

        self._safely(send)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Close the run and keep its files."""
        if self._run is not None:
            self._safely(lambda run: run.finish(exit_code=0 if status == "success" else 1))
            self._run, self._dead = None, True

    def _safely(self, act: Callable[[Any], object]) -> None:
        if self._dead:
            return
        # the one broad `except` of the package: W&B's errors share no base class, and a logger never ends a training
        try:
            if self._run is None:
                self._run = self._start()
            act(self._run)
        except Exception as error:
            self._dead = True
            log.warning("W&B stopped (%s: %s); figures go to CSV only", type(error).__name__, error)

    def _start(self) -> Any:
        import wandb

        self._folder.mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(console="off", silent=True, init_timeout=self._timeout)
        given: dict[str, Any] = {
            "project": self._project,
            "name": self._name,
            "dir": self._folder,
            "settings": settings,
        }
        try:
            run = wandb.init(mode=self._mode, **given)
        except wandb.errors.CommError as error:
            if self._mode == "offline":
                raise
            log.warning("W&B cannot be reached (%s); going on offline", error)
            run = wandb.init(mode="offline", **given)
        run.define_metric("trainer/global_step")
        run.define_metric("*", step_metric="trainer/global_step")
        return run


class Pictures(Callback):
    """Shows pictures and charts of a module that makes them, after validation: as PNG in the run folder, and in W&B.

    Args:
        folder: where the PNG files go; each validation replaces those of the one before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show them; not in the trial before training."""
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        loggers = [logger for logger in trainer.loggers if isinstance(logger, WandbLog)]
        if isinstance(pl_module, Pictured):
            pictures = pl_module.validation_pictures()
            self._write(pictures)
            for logger in loggers:
                logger.log_pictures(pictures, trainer.global_step)
        if loggers and isinstance(pl_module, Charted):
            charts = pl_module.validation_charts()
            for logger in loggers:
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
        """Save the artefacts of one batch."""
        for artefact in prediction if isinstance(prediction, (list, tuple)) else [prediction]:
            artefacts.save(artefact, self.folder / f"{self.count:04d}.npz")
            self.count += 1
