"""Reading checkpoint files: as data that runs nothing, and only those that a training of dance3d left."""

from __future__ import annotations

import logging
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, struct.error)
_FOREIGN = (  # whatever the unpickler of torch meets in a file of others
    *(UnpicklingError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError),
    *(MemoryError, AssertionError, ImportError),
)


def read(path: Path, resume: bool = False) -> dict[str, Any]:
    """What a checkpoint holds, on the CPU.

    Args:
        path: of the file.
        resume: training is to go on from it: it must say where that stood, too.

    Raises:
        ValueError: it is damaged, would run code, or is not the checkpoint of a training.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged, packed = archive.testzip(), any(member.compress_type for member in archive.infolist())
    except (*_DAMAGE, ValueError, RuntimeError) as error:  # names that are no text, a password, places before the file
        raise ValueError(f"{path} is no whole checkpoint: {error}") from error
    if damaged:
        raise ValueError(f"{path} is no whole checkpoint: {damaged} is damaged")
    if packed:  # torch never packs: a few bytes could fill the memory
        raise ValueError(f"{path} is no checkpoint of dance3d: it is packed")
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
    except (*_DAMAGE, *_FOREIGN) as error:
        raise ValueError(f"{path} is no checkpoint of dance3d: {str(error).partition('.')[0]}") from error
    if wrong := _fault(found, resume):
        raise ValueError(f"{path} is no checkpoint of dance3d{' to go on from' * resume}: {wrong}")
    return dict(found)


def valid(path: Path, resume: bool = False) -> bool:
    """Whether a file is a whole checkpoint; see ``read``."""
    try:
        read(path, resume)
    except ValueError as error:
        log.debug("%s", error)
        return False
    return True


def latest(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run, saying so where a newer one cannot be used.

    Args:
        folder: ``checkpoints`` of a run folder.
    """
    # ``next`` is left only by a stop between writing and renaming: where it is whole, it is the newest
    for name in ("next", "last", "previous", "best"):
        path = folder / f"{name}.ckpt"
        if not path.exists():
            continue
        if valid(path, resume=True):
            log.info("going on from %s", path)
            return path
        if name != "next":
            log.warning("%s is damaged or foreign; looking for an older checkpoint", path)
    return None


def settings_of(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that a checkpoint was trained with: of the model by dotted name, and of what has a class by name.

    The latter, ``optimizer`` and ``lr_scheduler``, are there if the checkpoint has them, without a class: no name in a
    checkpoint is imported.
    """
    found = {f"model.{name}": value for name, value in checkpoint.get("hyper_parameters", {}).items()}
    for optimizer in checkpoint.get("optimizer_states", [])[:1]:
        group = {name: value for name, value in optimizer["param_groups"][0].items() if name not in ("lr", "params")}
        found["optimizer"] = group | ({"lr": group["initial_lr"]} if "initial_lr" in group else {})
    for schedule in checkpoint.get("lr_schedulers", [])[:1]:
        found["lr_scheduler"] = dict(schedule)
    return found


def best_score(checkpoint: Mapping[str, Any]) -> tuple[str, float] | None:
    """The metric that chose a run's best weights and its value there; none where no epoch was scored."""
    for name, state in checkpoint.get("callbacks", {}).items():
        if name.startswith("ModelCheckpoint") and state.get("best_model_score") is not None:
            return str(state["monitor"]), float(state["best_model_score"])
    return None


def _fault(found: Any, resume: bool) -> str:
    """What keeps a file from being the checkpoint of a training; empty if nothing."""
    if not isinstance(found, Mapping):
        return f"it holds {type(found).__name__}"
    for name, kind in {"pytorch-lightning_version": str, "epoch": int, "global_step": int}.items():
        if not isinstance(found.get(name), kind):
            return f"{name} is missing or no {kind.__name__}"
    state = found.get("state_dict")
    if not isinstance(state, Mapping) or not all(isinstance(one, Tensor) for one in state.values()):
        return "state_dict is missing or holds no tensors"
    settings = found.get("hyper_parameters", {})
    if not isinstance(settings, Mapping) or not all(isinstance(name, str) for name in settings):
        return f"hyper_parameters are {type(settings).__name__}"
    for name, value in settings.items():
        if name in ("_instantiator", "_class_path") or _names_a_class(value):
            return f"hyper_parameters.{name} names what would be imported"
    return _fault_of_training(found) if resume or "optimizer_states" in found else ""


def _fault_of_training(found: Mapping[str, Any]) -> str:
    """What keeps training from going on from a checkpoint; empty if nothing."""
    for name in ("loops", "callbacks"):
        given = found.get(name)
        if not isinstance(given, Mapping) or not all(isinstance(one, Mapping) for one in given.values()):
            return f"{name} are missing or no mapping"
    if "fit_loop" not in found["loops"]:
        return "loops hold no fit_loop"
    for name in ("optimizer_states", "lr_schedulers"):
        given = found.get(name)
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            return f"{name} are missing or no mappings"
    for one in found["optimizer_states"]:
        groups = one.get("param_groups")
        if not isinstance(groups, list) or not groups or not all(isinstance(group, Mapping) for group in groups):
            return "optimizer_states hold no param_groups"
        if not isinstance(one.get("state"), Mapping):
            return "optimizer_states hold no state"
    if not all(isinstance(one.get("last_epoch"), int) for one in found["lr_schedulers"]):
        return "lr_schedulers hold no last_epoch"
    return ""


def fits(expected: Any, found: Any) -> bool:
    """Whether a part of a checkpoint has the names and kinds of the part of the run that it takes the place of."""
    if isinstance(expected, Mapping):
        named = isinstance(found, Mapping) and all(name in found for name in expected)
        return named and all(fits(value, found[name]) for name, value in expected.items())
    return not isinstance(expected, int) or isinstance(found, int)


def _names_a_class(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "class_path" in value or any(map(_names_a_class, value.values()))
    return isinstance(value, list | tuple) and any(map(_names_a_class, value))
