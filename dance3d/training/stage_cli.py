"""One LightningCLI per stage: what ``dance3d lift fit -c ...`` parses and runs."""

from __future__ import annotations

import logging
import os
from contextlib import nullcontext
from pathlib import Path
from types import MethodType
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI, LRSchedulerTypeTuple
from lightning.pytorch.loggers.logger import Logger
from torch.optim import Optimizer

from dance3d import registry
from dance3d.lazy_import import resolve
from dance3d.training import checkpoint_files, run_folder
from dance3d.training.callbacks.several_processes import ScoredApart
from dance3d.training.checkpoints import FiniteGuard, Resumable
from dance3d.training.cli_arguments import Folders, as_list, building, method_of, on_machine, program_name_only
from dance3d.training.earlier_run import CHECKPOINTS, WEIGHTS, EarlierRunKept, NewestRun
from dance3d.training.lr_schedule import configured, with_stored
from dance3d.training.saved_config import SaveConfig

log = logging.getLogger(__name__)
CLASSES = {"optimizer": "torch.optim.AdamW", "lr_scheduler": "dance3d.training.lr_schedule.Cosine"}
"""Settings that are a class, with the one that they are if nobody names another."""
_OWN = ("best", "last")  # checkpoints of the run folder, by name
_UNNAMED = "(nobody named it)"  # stands for a folder of data until the user's own settings are known


class StageCLI(LightningCLI):
    """The command line of one stage: its module, its data, optimiser and schedule, checkpoints and loggers.

    Optimiser and schedule are classes that YAML or command line name; AdamW and ``Cosine`` where they name none.

    Settings come from, in this order: command line, YAML, the checkpoint's own, defaults. Folders of data take the
    place of defaults, and only if the user names none of them anywhere: they belong together.

    Args:
        stage: name of a trained stage.
        args: ``fit|validate|test|predict`` and its settings.
        folders: what to learn from where the user names no folder; then it is an error if one is missing.

    Raises:
        ValueError: not a stage that is trained, a method that it has not, or a setting that does not fit.
        jsonargparse.ArgumentError: a setting that is not known.
    """

    def __init__(self, stage: str, args: list[str], folders: Folders | None = None) -> None:
        row = registry.get(stage)
        if not row.module:
            trained = ", ".join(name for name, other in registry.STAGES.items() if other.module)
            raise ValueError(f"stage {stage!r} is not trained; choose from {trained}")
        self.stage, self.method, self._folders = stage, method_of(args), folders
        self.weights: Path | None = None  # the file, once it is written
        module, data = row.classes(self.method)
        strict = {"exit_on_error": False, "allow_abbrev": False}
        about = {"prog": f"dance3d {stage}", "description": f"Train stage {stage}, score it, or apply it."}
        super().__init__(
            resolve(module),
            resolve(data),
            save_config_callback=SaveConfig,
            save_config_kwargs={"overwrite": True},
            seed_everything_default=1,
            parser_kwargs={**strict, **about, **{name: dict(strict) for name in self.subcommands()}},
            args=args,
            load_from_checkpoint_support=False,  # it would put a checkpoint's settings above the command line's
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add what every stage shares."""
        text = f"Where the run lives; a new folder in {self._runs} for each training, the newest for other work."
        parser.add_argument("--run_folder", type=str | None, default=None, help=text)
        parser.add_argument("--resume", type=bool, default=False, help="Go on from the run folder's last checkpoint.")
        parser.add_argument("--method", type=str, default=self.method, help="Another way to train than the default.")
        text = "Where no folder of data is named: learn from a small one."
        parser.add_argument("--tiny", type=bool, default=False, help=text)
        self.add_display_arguments(parser)
        parser.add_optimizer_args((Optimizer,))
        parser.add_lr_scheduler_args(LRSchedulerTypeTuple)
        parser.add_lightning_class_args(ModelCheckpoint, "checkpoint")
        chosen = {name: {"class_path": path} for name, path in CLASSES.items()}
        parser.set_defaults(
            {"checkpoint.filename": "best", "checkpoint.save_top_k": 1, "checkpoint.enable_version_counter": False}
            | chosen
        )
        parser.link_arguments("run_folder", "checkpoint.dirpath", compute_fn=_checkpoints)

    @staticmethod
    def add_display_arguments(parser: LightningArgumentParser) -> None:
        """Add what says where a run shows itself."""
        from dance3d.training.loggers.wandb_log import Mode

        parser.epilog = "-v says more, -q prints errors only, --trust lets settings name classes of any package."
        parser.add_argument("--wandb", type=Mode, default="auto", help="Weights & Biases; auto: offline without a key.")
        parser.add_argument("--project", type=str, default="dance3d", help="Project in Weights & Biases.")

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse; where a checkpoint is loaded, its settings take the place of the defaults."""
        with program_name_only():
            chosen = self._parse_with_folders(parser, args)
            if (method := self.config[chosen].method) != self.method:
                raise ValueError(f"method {method!r} is named where it is read too late; say --method {method}")
            self.checkpoint = self._find_checkpoint(self.config[chosen], chosen)
            if self.checkpoint:
                known = checkpoint_files.settings_of(checkpoint_files.read(self.checkpoint))
                known |= {
                    name: with_stored(self.config[chosen][name], known[name]) for name in CLASSES if name in known
                }
                sub = self._subcommand_parsers[chosen]
                defaults = sub.get_defaults()
                sub.set_defaults({name: value for name, value in known.items() if name in defaults})
                super().parse_arguments(parser, args)

    def _parse_with_folders(self, parser: LightningArgumentParser, args: Any) -> str:
        """Parse, with the given folders as defaults if the user names none of them; the subcommand.

        Whether one is named, on the command line or in whatever file, only the parser can tell: so it parses with
        defaults that stand for "not named" first.
        """
        asked = {"-h", "--help", "--print_config"} & {str(word).partition("=")[0] for word in args}
        if self._folders is None or asked:  # what is printed are the defaults
            super().parse_arguments(parser, args)
            return str(self.config.subcommand)
        names = [f"data.{name}" for name in self._folders.names]
        before = {word: sub.get_defaults() for word, sub in self._subcommand_parsers.items()}
        for sub in self._subcommand_parsers.values():
            sub.set_defaults(dict.fromkeys(names, _UNNAMED))
        super().parse_arguments(parser, args)
        chosen = str(self.config.subcommand)
        settings = self.config[chosen]
        self._find_checkpoint(settings, chosen)  # says that there is none before folders are made, which takes minutes
        free = all(settings[name] == _UNNAMED for name in names)
        made = self._folders.make(settings.tiny) if free else {}
        given = {f"data.{name}": value for name, value in made.items()}
        self._subcommand_parsers[chosen].set_defaults({n: given.get(n, before[chosen].get(n)) for n in names})
        super().parse_arguments(parser, args)
        return chosen

    def _find_checkpoint(self, settings: Any, subcommand: str) -> Path | None:
        place = self._existing(settings, subcommand)
        folder = Path(_checkpoints(place or self._runs))
        if settings.ckpt_path:
            path = folder / f"{settings.ckpt_path}.ckpt" if settings.ckpt_path in _OWN else Path(settings.ckpt_path)
            try:
                checkpoint_files.read(path, resume=subcommand == "fit")
            except ValueError as error:
                raise ValueError(f"ckpt_path {error}") from error
            return path
        if subcommand == "fit":
            return checkpoint_files.latest(folder) if settings.resume else None
        for path in (folder / "best.ckpt", folder / "last.ckpt"):
            if checkpoint_files.valid(path):
                return path
        raise ValueError(f"{subcommand} needs trained weights: none in {folder}; fit first or give --ckpt_path")

    @property
    def _runs(self) -> Path:
        return Path("runs") / self.stage

    def _existing(self, settings: Any, subcommand: str) -> Path | None:
        """The run folder that is named, or the newest one for what goes on or reads there; none for a new one."""
        if settings.run_folder:
            return Path(settings.run_folder)
        if settings.ckpt_path and settings.ckpt_path not in _OWN:
            return None
        return run_folder.latest(self._runs) if subcommand != "fit" or settings.resume or settings.ckpt_path else None

    def before_instantiate_classes(self) -> None:
        """Make the run folder, where it is a new one."""
        settings = self.config[self.subcommand]
        self._named = bool(settings.run_folder)
        self._folder = self._existing(settings, str(self.subcommand)) or run_folder.new(self._runs)
        settings.run_folder, settings.checkpoint.dirpath = str(self._folder), _checkpoints(self._folder)

    def instantiate_classes(self) -> None:
        """Make module, data and trainer.

        Raises:
            ValueError: settings of which no net can be made, now or when it sees the data.
        """
        with building("net"):
            try:
                super().instantiate_classes()
            except BaseException:
                run_folder.remove_empty(self._folder)
                raise
        build = self.model.configure_model
        if type(self.model).configure_model is not LightningModule.configure_model:
            self.model.configure_model = building("net")(build)

    def _add_configure_optimizers_method_to_model(self, subcommand: str | None) -> None:
        """Make the optimiser when training begins: a module may build its net only when it sees the data."""
        settings = self.config_init[subcommand]

        def configure_optimizers(module: LightningModule) -> dict[str, Any]:
            return configured(module, settings.optimizer, settings.lr_scheduler)

        self.model.configure_optimizers = MethodType(configure_optimizers, self.model)

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Make the trainer with the callbacks and loggers of every run, and exactly one kind of progress."""
        settings = self.config[self.subcommand]
        given = self._get(self.config_init, "trainer")
        for name in ("val_check_interval", "check_val_every_n_epoch", "accumulate_grad_batches"):
            if given[name] == 0:
                raise ValueError(f"trainer.{name} is 0, expected more")
        folder, seed = self._folder, int(settings.seed_everything)
        mine: list[Callback] = [FiniteGuard(), Resumable(Path(_checkpoints(folder)), seed), ScoredApart()]
        if not self._goes_on(folder):
            mine.append(EarlierRunKept(folder))
        if not self._named:
            mine.append(NewestRun(folder))
        bar = any(isinstance(callback, ProgressBar) for callback in as_list(given["callbacks"]))
        shown = self.display_callbacks(folder, given["enable_progress_bar"] is not False and not bar)
        kwargs.update(
            callbacks=[*mine, *shown, *as_list(given["callbacks"])],
            logger=self.display_loggers(folder, given["logger"]),
            default_root_dir=str(folder),
            enable_progress_bar=bar,
        )
        with on_machine(given["accelerator"]):
            trainer = super().instantiate_trainer(**kwargs)
        # the last checkpoint is saved after the best one, whose state it keeps
        trainer.callbacks.sort(key=lambda callback: isinstance(callback, Resumable))  # type: ignore[attr-defined]
        if trainer.strategy.root_device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        return trainer

    def _goes_on(self, folder: Path) -> bool:
        """Whether this training goes on from a checkpoint in its own run folder."""
        return self.checkpoint is not None and self.checkpoint.resolve().is_relative_to(folder.resolve())

    def display_callbacks(self, folder: Path, progress: bool) -> list[Callback]:
        """Those that show what goes on.

        Args:
            folder: of the run.
            progress: whether epochs have their lines.
        """
        from dance3d.training.display import callbacks

        return callbacks(str(self.subcommand), self._get(self.config_init, "trainer"), folder, progress)

    def display_loggers(self, folder: Path, given: Any) -> list[Logger] | bool:
        """CSV, those that are given, and Weights & Biases where it is asked for and not given."""
        from dance3d.training.display import loggers

        goes_on = self._goes_on(folder)
        return loggers((self.stage, self.method, str(self.subcommand)), self.config[self.subcommand], given, goes_on)

    def _run_subcommand(self, subcommand: str) -> None:
        """Run, and keep the folder for this training alone."""
        with run_folder.alone_in(self._folder) if subcommand == "fit" else nullcontext():
            super()._run_subcommand(subcommand)

    def _prepare_subcommand_kwargs(self, subcommand: str) -> dict[str, Any]:
        kwargs = super()._prepare_subcommand_kwargs(subcommand)
        kwargs |= {"ckpt_path": str(self.checkpoint) if self.checkpoint else None, "weights_only": True}
        if subcommand == "predict":
            kwargs["return_predictions"] = False  # the writer has them
        return kwargs

    def after_fit(self) -> None:
        """Export the best weights of the run; the last where none was scored."""
        if not self.trainer.fast_dev_run and self.trainer.is_global_zero:  # type: ignore[attr-defined]
            self._export()
        self.display_weights()

    def display_weights(self) -> None:
        """Hand loggers the weights, and end their runs."""
        from dance3d.training.loggers.wandb_log import WandbLog

        for logger in self.trainer.loggers:
            if isinstance(logger, WandbLog):
                logger.log_weights(self.weights, {"stage": self.stage, "method": self.method})

    def _export(self) -> None:
        folder = self._folder
        # by the callback's own word: a file of that name may be left from another run in this folder
        name = next(Path(c.best_model_path).name for c in self.trainer.callbacks if isinstance(c, ModelCheckpoint))  # type: ignore[attr-defined]
        best = Path(_checkpoints(folder)) / name
        if name and checkpoint_files.valid(best):
            self.model.load_state_dict(checkpoint_files.read(best)["state_dict"])
        fresh = folder / ".weights.safetensors"
        self.model.export(fresh)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        self.weights = fresh.replace(folder / WEIGHTS)
        log.info("weights are in %s", self.weights)


def _checkpoints(folder: str | Path | None) -> str:
    return str(Path(folder) / CHECKPOINTS) if folder else ""
