"""What a run shows, and where: nothing here changes a weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightning.pytorch import Callback
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger, WandbLogger
from lightning.pytorch.loggers.logger import Logger

from dance3d.training.callbacks.artefact_writer import ArtefactWriter
from dance3d.training.callbacks.epoch_lines import EpochLines, SplitLine
from dance3d.training.callbacks.pictures import Pictures
from dance3d.training.callbacks.training_figures import TrainingFigures
from dance3d.training.cli_arguments import as_list
from dance3d.training.loggers.wandb_log import WandbLog, labels_of, wandb_mode


def callbacks(word: str, trainer: Any, folder: Path, progress: bool) -> list[Callback]:
    """Pictures, predictions, figures of training, a line for the split of the takes and one per epoch.

    Args:
        word: ``fit``, ``validate``, ``test`` or ``predict``.
        trainer: its settings.
        folder: of the run.
        progress: whether epochs have their lines.
    """
    shown: list[Callback] = [Pictures(folder / "pictures"), SplitLine()]
    if word == "fit":
        shown.append(TrainingFigures())
        own = any(isinstance(one, LearningRateMonitor) for one in as_list(trainer["callbacks"]))
        if trainer["logger"] is not False and not own:
            shown.append(LearningRateMonitor("step"))
    if word == "predict":
        shown.append(ArtefactWriter(folder / "predictions"))
    if progress:
        shown.append(EpochLines())
    return shown


def loggers(run: tuple[str, str, str], settings: Any, given: Any, goes_on: bool) -> list[Logger] | bool:
    """CSV, those that are given, and Weights & Biases where it is asked for and not given.

    Args:
        run: stage, method, and ``fit``, ``validate``, ``test`` or ``predict``.
        settings: of the run.
        given: loggers of the settings, made; false for none at all.
        goes_on: from a checkpoint in its own folder.
    """
    if given is False:
        return False
    (stage, method, word), folder = run, Path(settings.run_folder)
    made: list[Logger] = [CSVLogger(folder, name="logs"), *as_list(given)]
    mode = "off" if any(isinstance(one, WandbLogger) for one in made) else wandb_mode(settings.wandb)
    if word != "predict" and mode != "off":
        labels = labels_of(stage, method, settings, word)
        shown = WandbLog(folder, settings.project, labels, mode, word == "fit" and goes_on)
        if word == "fit":
            shown.stay_open()
        made.append(shown)
    return made
