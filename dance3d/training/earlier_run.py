"""What an earlier training left in a run folder: kept, where another begins there."""

from __future__ import annotations

import logging
import shutil
from itertools import count
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from dance3d.training.run_folder import mark_latest

log = logging.getLogger(__name__)

WEIGHTS, CHECKPOINTS, WANDB_RUN = "weights.safetensors", "checkpoints", "wandb_run.txt"


def keep_earlier(folder: Path) -> Path | None:
    """Move the checkpoints of a run folder to ``earlier/1``, ``earlier/2`` and so on, with a copy of its weights.

    The weights stay as well, until the new training has some: it may start from them.

    Args:
        folder: of the run.

    Returns:
        Where they are now; none if there was nothing.
    """
    checkpoints, weights = folder / CHECKPOINTS, folder / WEIGHTS
    if not weights.is_file() and not any(checkpoints.glob("*.ckpt")):
        return None
    for number in count(1):
        kept = folder / "earlier" / str(number)
        if not kept.exists():
            break
    kept.mkdir(parents=True)
    if weights.is_file():
        shutil.copy2(weights, kept / WEIGHTS)
    for path in (checkpoints, folder / WANDB_RUN):
        if path.exists():
            path.rename(kept / path.name)
    return kept


class NewestRun(Callback):
    """Lets ``latest`` lead to a run, once its data are there.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Let it lead there, in the first process only.

        Args:
            trainer: that runs.
            pl_module: the module.
            stage: what runs: ``fit``, ``validate``, ``test`` or ``predict``.
        """
        if stage == "fit" and not trainer.fast_dev_run and trainer.is_global_zero:  # type: ignore[attr-defined]
            mark_latest(self.folder)


class EarlierRunKept(Callback):
    """Keeps what an earlier training left, before a training that does not go on from it writes anything.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Keep it, in the first process only.

        Args:
            trainer: that runs.
            pl_module: the module.
            stage: what runs: ``fit``, ``validate``, ``test`` or ``predict``.
        """
        if stage != "fit" or trainer.fast_dev_run or not trainer.is_global_zero:  # type: ignore[attr-defined]
            return
        if kept := keep_earlier(self.folder):
            log.warning(
                "%s holds an earlier training; its checkpoints are now in %s. To go on from them: --resume true",
                *(self.folder, kept),
            )
