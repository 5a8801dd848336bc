"""Training: one LightningCLI per stage, and ``fit`` for the runner.

``dance3d lift fit -c configs/base.yaml -c configs/lift.yaml`` ends in ``main``; the runner calls ``fit``. Both train
in a run folder: ``weights.safetensors``, ``checkpoints/``, ``logs/`` (CSV and the resolved config of every start),
``wandb/``, ``pictures/``, ``predictions/``.
"""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from jsonargparse import ArgumentError
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.utilities.exceptions import SIGTERMException

from dance3d.training import class_paths, malloc
from dance3d.training.checkpoints import Interrupted, NotFinite
from dance3d.training.cli_arguments import Folders
from dance3d.training.log_filter import hidden_log_messages
from dance3d.training.stage_cli import StageCLI

log = logging.getLogger(__name__)

CONFIGS = Path(__file__).parents[1] / "configs"
WRONG, NOT_FINITE, SIGNALLED = 2, 5, 128  # exit codes; SIGNALLED plus the signal's number


def config(name: str) -> Path:
    """A config of the package by its name: ``lift``, ``machine/gpu``, ``tiny/lift``, with or without ``.yaml``.

    Raises:
        ValueError: no such config.
    """
    path = CONFIGS / f"{name.removesuffix('.yaml')}.yaml"
    if not path.is_file():
        files = (p.relative_to(CONFIGS).with_suffix("").as_posix() for p in CONFIGS.rglob("*.yaml"))
        known = sorted(one for one in files if not one.startswith(("recipes/", "sweeps/")))
        raise ValueError(f"config {name!r} is not known; choose from {', '.join(known)}, or name a file")
    return path


def configs_of(stage: str, method: str = "", tiny: bool = False) -> list[Path]:
    """The YAML files of a training through the runner, later ones above earlier ones.

    Args:
        stage: that is trained.
        method: another way to train it, whose file is laid over the stage's.
        tiny: take the small one in place of the stage's.
    """
    names = ["base", f"tiny/{stage}" if tiny else stage, *([f"{stage}_{method}"] if method else [])]
    return [config(name) for name in names]


def main(
    stage: str,
    args: list[str],
    folders: Folders | None = None,
    made: Callable[[Path], object] = lambda weights: None,
    *,
    trust: bool = False,
) -> int:
    """Run one command line of a stage.

    Args:
        stage: name of a trained stage.
        args: ``fit|validate|test|predict`` and its settings.
        folders: as of ``StageCLI``.
        made: called with the weights file, where one was written.
        trust: settings may name classes of any package; else of ``class_paths.PACKAGES`` only.

    Returns:
        Exit code: 0 done; 2 wrong settings or input; 5 the loss was not finite; 128 plus a signal's number where
        that signal stopped the work; a training then goes on with ``--resume true``.
    """
    with hidden_log_messages():
        try:
            weights = _train(stage, _with_configs(args), folders, trust)
        except SystemExit as end:  # --help and --print_config end so
            return end.code if isinstance(end.code, int) else 0
        except NotFinite as error:
            log.error("dance3d %s: %s", stage, error)
            return NOT_FINITE
        except (ArgumentError, MisconfigurationException, ValueError, OSError) as error:
            log.debug("", exc_info=True)
            log.error("dance3d %s: %s", stage, _one_line(error))
            return WRONG
        except Interrupted as stop:
            log.error("dance3d %s: %s", stage, stop)
            return SIGNALLED + stop.signal
    if weights is not None:
        made(weights)
    return 0


def fit(
    stage: str, overrides: Mapping[str, Any], configs: Sequence[Path], run_folder: Path, *, resume: bool = True
) -> Path:
    """Train a stage as the command line does.

    Args:
        stage: name of a trained stage.
        overrides: settings above those of the configs, nested or by dotted name, such as ``data.truth``.
        configs: YAML files, later ones above earlier ones.
        run_folder: where the run lives; equal settings should come with an equal folder.
        resume: go on from the folder's last whole checkpoint where there is one.

    Returns:
        The weights file, written at once at the end.

    Raises:
        ValueError: a setting that is not known or does not fit; ``NotFinite`` where the loss was not finite.
        KeyboardInterrupt: a signal stopped it, after a checkpoint; the same call goes on.
    """
    args = ["fit", *(f"--config={path}" for path in configs)]
    args += words_of({**overrides, "run_folder": str(run_folder), "resume": resume})
    with hidden_log_messages():
        try:
            _train(stage, args)
        except (ArgumentError, MisconfigurationException) as error:
            raise ValueError(f"training of {stage}: {_one_line(error)}") from error
        except Interrupted as stop:
            raise KeyboardInterrupt(str(stop)) from stop
    return run_folder / "weights.safetensors"


def _train(stage: str, args: list[str], folders: Folders | None = None, trust: bool = False) -> Path | None:
    """Run one command line; the weights file, where one was written.

    Args:
        stage: as in ``main``.
        args: as in ``main``.
        folders: as in ``main``.
        trust: as in ``main``.

    Raises:
        ValueError: among other reasons, weights of another shape than the settings'.
    """
    malloc.keep_freed_memory()
    class_paths.limit(trust)
    before = signal.getsignal(signal.SIGINT)
    try:
        return StageCLI(stage, args, folders).weights
    except SystemExit as end:
        if isinstance(end, SIGTERMException):  # Lightning's, where no callback listens
            raise Interrupted(signal.SIGTERM) from end
        if isinstance(end.__context__, KeyboardInterrupt):  # Lightning makes it exit code 1, and Ctrl-C without effect
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt from end
        raise
    except RuntimeError as error:
        if "Early stopping conditioned on" in str(error):
            raise ValueError(f"trainer.callbacks: {str(error).splitlines()[0]}") from error
        if "loading state_dict" not in str(error):
            raise
        first = "; ".join(line.strip() for line in str(error).splitlines()[1:3])
        raise ValueError(f"the checkpoint does not fit the settings of the model: {first}") from error


def words_of(settings: Mapping[str, Any]) -> list[str]:
    """Settings, nested or by dotted name, as words of a command line."""
    flat = _flat(settings)
    return [f"--{name}={value if isinstance(value, str | Path) else json.dumps(value)}" for name, value in flat.items()]


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in nested.items():
        out |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return out


def _with_configs(args: list[str]) -> list[str]:
    """Let ``-c configs/lift.yaml`` mean the package's own where there is no such file."""
    out = list(args)
    for at, (flag, value) in enumerate(pairwise(args)):
        if flag in ("-c", "--config") and not Path(value).exists():
            out[at + 1] = str(config(value.removeprefix("configs/")))
    for at, word in enumerate(args):
        flag, equals, value = word.partition("=")
        if flag == "--config" and equals and not Path(value).exists():
            out[at] = f"{flag}={config(value.removeprefix('configs/'))}"
    return out


def _one_line(error: BaseException) -> str:
    message = " ".join(str(error).split())
    return class_paths.refusal(message) or message
