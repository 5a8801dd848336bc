"""Training: one LightningCLI per stage, and ``fit`` for the runner.

``dance3d lift fit -c configs/base.yaml -c configs/lift.yaml`` ends in ``main``; the runner calls ``fit``. Both train
in a run folder: ``weights.safetensors``, ``checkpoints/``, ``logs/`` (CSV and the resolved config of every start),
``wandb/``, ``pictures/``, ``predictions/``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import yaml
from jsonargparse import ArgumentError
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, RichProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI, SaveConfigCallback
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loggers.logger import Logger
from torch.optim import AdamW, Optimizer

from dance3d import stages
from dance3d.callbacks import ArtefactWriter, Lines, Mode, Pictures, WandbLog, wandb_mode
from dance3d.checkpoints import FiniteGuard, Interrupted, Resumable, latest, valid
from dance3d.schedule import Cosine

log = logging.getLogger(__name__)

CONFIGS = Path(__file__).parent / "configs"
NOISE = (  # warnings of Lightning and torch that no user can act on
    "does not have many workers",
    "LeafSpec",
    "Checkpoint directory .* not empty",
    "smaller than the logging interval",
    "dataloader is not resumable",  # ``Resumable`` makes it so
    "was deprecated in v4",  # jsonargparse, of calls that Lightning makes
    "JsonargparseDeprecationWarning",
    "callbacks used to create the checkpoint need to be provided",
)
WRONG, NOT_FINITE, SIGNALLED = 2, 3, 128  # exit codes; SIGNALLED plus the signal's number


def config(name: str) -> Path:
    """A config of the package by its name: ``lift``, ``machine/gpu``, ``tiny/lift``, with or without ``.yaml``.

    Raises:
        ValueError: no such config.
    """
    path = CONFIGS / f"{name.removesuffix('.yaml')}.yaml"
    if not path.is_file():
        known = sorted(p.relative_to(CONFIGS).with_suffix("").as_posix() for p in CONFIGS.rglob("*.yaml"))
        raise ValueError(f"config {name!r} is not known; choose from {', '.join(known)}, or name a file")
    return path


class SaveConfig(SaveConfigCallback):
    """Also sends the resolved config to the loggers."""

    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Hand every logger the whole config."""
        for logger in trainer.loggers:
            if isinstance(logger, WandbLog):
                logger.log_hyperparams(yaml.safe_load(self.parser.dump(self.config, skip_none=False)))


class StageCLI(LightningCLI):
    """The command line of one stage: its module, its data, AdamW with a cosine schedule, checkpoints and loggers.

    Settings come from, in this order: command line, YAML, the checkpoint's own, defaults.

    Args:
        stage: name of a trained stage.
        args: ``fit|validate|test|predict`` and its settings.

    Raises:
        ValueError: not a stage that is trained, or a setting that does not fit.
        jsonargparse.ArgumentError: a setting that is not known.
    """

    def __init__(self, stage: str, args: list[str]) -> None:
        row = stages.get(stage)
        if not row.module:
            trained = ", ".join(name for name, other in stages.STAGES.items() if other.module)
            raise ValueError(f"stage {stage!r} is not trained; choose from {trained}")
        self.stage = stage
        strict = {"exit_on_error": False}
        super().__init__(
            stages.resolve(row.module),
            stages.resolve(row.data),
            save_config_callback=SaveConfig,
            save_config_kwargs={"overwrite": True},
            seed_everything_default=1,
            parser_kwargs={**strict, **{name: dict(strict) for name in self.subcommands()}},
            args=args,
            load_from_checkpoint_support=False,  # it would put a checkpoint's settings above the command line's
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add what every stage shares."""
        parser.add_argument("--run_folder", type=str, default=f"runs/{self.stage}/default", help="Where the run lives.")
        parser.add_argument("--resume", type=bool, default=False, help="Go on from the run folder's last checkpoint.")
        parser.add_argument("--wandb", type=Mode, default="auto", help="Weights & Biases; auto: offline without a key.")
        parser.add_argument("--project", type=str, default="dance3d", help="Project in Weights & Biases.")
        parser.add_optimizer_args(AdamW)
        parser.add_lr_scheduler_args(Cosine)
        parser.add_lightning_class_args(ModelCheckpoint, "checkpoint")
        parser.set_defaults(
            {"checkpoint.filename": "best", "checkpoint.save_top_k": 1, "checkpoint.enable_version_counter": False}
        )
        parser.link_arguments("run_folder", "checkpoint.dirpath", compute_fn=_checkpoints)

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse; where a checkpoint is loaded, its settings take the place of the defaults."""
        with _program_name_only():
            super().parse_arguments(parser, args)
            chosen = self.config.subcommand
            self.checkpoint = self._find_checkpoint(self.config[chosen], chosen)
            if self.checkpoint:
                stored = torch.load(self.checkpoint, weights_only=True, map_location="cpu").get("hyper_parameters", {})
                sub = self._subcommand_parsers[chosen]
                known = {f"model.{name}": value for name, value in stored.items()}
                defaults = sub.get_defaults()
                sub.set_defaults({name: value for name, value in known.items() if name in defaults})
                super().parse_arguments(parser, args)

    @staticmethod
    def _find_checkpoint(settings: Any, subcommand: str) -> Path | None:
        folder = Path(_checkpoints(settings.run_folder))
        if settings.ckpt_path:
            path = folder / f"{settings.ckpt_path}.ckpt" if settings.ckpt_path in ("best", "last") else None
            path = path or Path(settings.ckpt_path)
            if not valid(path):
                raise ValueError(f"ckpt_path {path} is no whole checkpoint")
            return path
        if subcommand == "fit":
            return latest(folder) if settings.resume else None
        for path in (folder / "best.ckpt", folder / "last.ckpt"):
            if valid(path):
                return path
        raise ValueError(f"{subcommand} needs trained weights: none in {folder}; fit first or give --ckpt_path")

    @staticmethod
    def configure_optimizers(
        lightning_module: LightningModule, optimizer: Optimizer, lr_scheduler: Any = None
    ) -> dict[str, Any]:
        """Lay the schedule over the steps that this run will take."""
        steps = lightning_module.trainer.estimated_stepping_batches
        if steps == float("inf"):
            raise ValueError("training has no end: set trainer.max_epochs or trainer.max_steps")
        lr_scheduler.stretch(int(steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": lr_scheduler, "interval": "step"}}

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Make the trainer with the callbacks and loggers of every run, and exactly one kind of progress."""
        settings = self.config[self.subcommand]
        given = self._get(self.config_init, "trainer")
        folder = Path(settings.run_folder)
        seed = int(settings.seed_everything)
        mine: list[Callback] = [
            FiniteGuard(),
            Resumable(Path(_checkpoints(folder)), seed),
            Pictures(folder / "pictures"),
        ]
        if self.subcommand == "predict":
            mine.append(ArtefactWriter(folder / "predictions"))
        bar = given["enable_progress_bar"] is not False
        if bar:
            mine.append(RichProgressBar() if sys.stderr.isatty() and sys.stdout.isatty() else Lines())
        kwargs.update(
            callbacks=[*mine, *_listed(given["callbacks"])],
            logger=self._loggers(folder, given["logger"]),
            default_root_dir=str(folder),
            enable_progress_bar=bar and isinstance(mine[-1], RichProgressBar),
        )
        try:
            trainer = super().instantiate_trainer(**kwargs)
        except MisconfigurationException as error:
            asked = given["accelerator"]
            raise ValueError(
                f"trainer.accelerator {asked!r} does not work here: {error}; auto takes what there is"
            ) from error
        # the last checkpoint is saved after the best one, whose state it keeps
        trainer.callbacks.sort(key=lambda callback: isinstance(callback, Resumable))  # type: ignore[attr-defined]
        if trainer.strategy.root_device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        return trainer

    def _loggers(self, folder: Path, given: Any) -> list[Logger] | bool:
        if given is False:
            return False
        loggers: list[Logger] = [CSVLogger(folder, name="logs"), *_listed(given)]
        settings = self.config[self.subcommand]
        mode = wandb_mode(settings.wandb)
        if self.subcommand == "fit" and mode != "off":
            loggers.append(WandbLog(folder, settings.project, f"{self.stage}-{folder.name}", mode))
        return loggers

    def _prepare_subcommand_kwargs(self, subcommand: str) -> dict[str, Any]:
        kwargs = super()._prepare_subcommand_kwargs(subcommand)
        kwargs["ckpt_path"] = str(self.checkpoint) if self.checkpoint else None
        if subcommand == "predict":
            kwargs["return_predictions"] = False  # the writer has them
        return kwargs

    def after_fit(self) -> None:
        """Export the best weights of the run."""
        if self.trainer.fast_dev_run or not self.trainer.is_global_zero:  # type: ignore[attr-defined]
            return
        folder = Path(self.config.fit.run_folder)
        best = Path(_checkpoints(folder)) / "best.ckpt"
        if valid(best):
            self.model.load_state_dict(torch.load(best, weights_only=True, map_location="cpu")["state_dict"])
        fresh = folder / ".weights.safetensors"
        self.model.cpu().export(fresh)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(folder / "weights.safetensors")
        log.info("weights are in %s", folder / "weights.safetensors")


def main(stage: str, args: list[str]) -> int:
    """Run one command line of a stage.

    Returns:
        Exit code: 0 done; 2 wrong settings or input; 3 the loss was not finite; 128 plus a signal's number where
        that signal stopped the training, which then goes on with ``--resume true``.
    """
    with _quiet():
        try:
            _train(stage, _with_configs(args))
        except SystemExit as end:  # --help and --print_config end so
            return end.code if isinstance(end.code, int) else 0
        except (ArgumentError, MisconfigurationException, ValueError, FileNotFoundError) as error:
            log.debug("", exc_info=True)
            log.error("dance3d %s: %s", stage, _one_line(error))
            return WRONG
        except FloatingPointError as error:
            log.error("dance3d %s: %s", stage, error)
            return NOT_FINITE
        except Interrupted as stop:
            log.error("dance3d %s: %s with the same command and --resume true", stage, stop)
            return SIGNALLED + stop.signal
    return 0


def fit(
    stage: str, overrides: Mapping[str, Any], configs: Sequence[Path], run_folder: Path, *, resume: bool = True
) -> Path:
    """Train a stage as the command line does.

    Args:
        stage: name of a trained stage.
        overrides: settings by dotted name, such as ``data.truth``; above those of the configs.
        configs: YAML files, later ones above earlier ones.
        run_folder: where the run lives; equal settings should come with an equal folder.
        resume: go on from the folder's last whole checkpoint where there is one.

    Returns:
        The weights file, written at once at the end.

    Raises:
        ValueError: a setting that is not known or does not fit.
        FloatingPointError: the loss was not finite.
        Interrupted: a signal stopped it; the same call goes on.
    """
    given = {**overrides, "run_folder": str(run_folder), "resume": resume}
    args = ["fit", *(f"--config={path}" for path in configs)]
    args += [
        f"--{name}={value if isinstance(value, str | Path) else json.dumps(value)}" for name, value in given.items()
    ]
    with _quiet():
        try:
            _train(stage, args)
        except (ArgumentError, MisconfigurationException) as error:
            raise ValueError(f"training of {stage}: {_one_line(error)}") from error
    return run_folder / "weights.safetensors"


def _train(stage: str, args: list[str]) -> None:
    """Run one command line.

    Raises:
        ValueError: among other reasons, weights of another shape than the settings'.
    """
    try:
        StageCLI(stage, args)
    except RuntimeError as error:
        if "loading state_dict" not in str(error):
            raise
        raise ValueError(f"the checkpoint does not fit the settings of the model: {error}") from error


def _checkpoints(run_folder: str | Path) -> str:
    return str(Path(run_folder) / "checkpoints")


def _listed(given: Any) -> list[Any]:
    if given is None or isinstance(given, bool):
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _with_configs(args: list[str]) -> list[str]:
    """Let ``-c configs/lift.yaml`` mean the package's own where there is no such file."""
    out = list(args)
    for at, (flag, value) in enumerate(pairwise(args)):
        if flag in ("-c", "--config") and not Path(value).exists():
            out[at + 1] = str(config(value.removeprefix("configs/")))
    return out


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


@contextmanager
def _program_name_only() -> Iterator[None]:
    """Hide the command line from LightningCLI, which warns where it sees one beside ``args``."""
    kept, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = kept  # processes that Lightning starts for several devices repeat it


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning to what a user can act on."""
    names = ("lightning.pytorch", "lightning.fabric")
    levels = {name: logging.getLogger(name).level for name in names}
    ours, handler = logging.getLogger("dance3d"), logging.StreamHandler()
    if not ours.hasHandlers():  # whoever has set logging up keeps it
        ours.addHandler(handler)
    levels[ours.name] = ours.level
    ours.setLevel(min(ours.level or logging.INFO, logging.INFO))
    with warnings.catch_warnings():
        for pattern in NOISE:
            warnings.filterwarnings("ignore", f"(?s).*{pattern}")
        for name in names:
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            yield
        finally:
            ours.removeHandler(handler)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
