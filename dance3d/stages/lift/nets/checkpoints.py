"""VideoPose3D's checkpoint files: read without running code in them, and written for VideoPose3D's own code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, NamedTuple

import torch

from dance3d.stages.lift.nets.videopose3d import VideoPose3D

SUFFIXES = (".bin", ".pt", ".pth")
"""Endings of files that are read as VideoPose3D's."""


class Checkpoint(NamedTuple):
    """The nets of a file, in evaluation mode: pose net, and trajectory net where the file has one."""

    pose: VideoPose3D
    trajectory: VideoPose3D | None


class _Ignored:
    """Stands for the random state in VideoPose3D's files beside the weights: accepts any argument, does nothing."""

    def __new__(cls, *args: Any) -> _Ignored:
        return super().__new__(cls)

    def __init__(self, *args: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...


# What numpy's random states are pickled with, in all its versions. None of it is imported or run.
_HARMLESS = [
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *(f"numpy.random.{name}" for name in ("__RandomState_ctor", "mtrand.__RandomState_ctor")),
    *(f"numpy.random._pickle.__{name}_ctor" for name in ("randomstate", "bit_generator", "generator")),
    *("numpy.random._mt19937.MT19937", "numpy.random.mt19937.MT19937", "numpy.ndarray", "numpy.dtype"),
    *("numpy.random.mtrand.RandomState", "_codecs.encode"),
]


_UNREADABLE = (
    *(OSError, RuntimeError, EOFError, pickle.UnpicklingError, LookupError, ValueError, TypeError, AttributeError),
    *(ArithmeticError, AssertionError, ImportError, MemoryError),
)
"""What the unpickler of torch meets in a file of others."""


def load(path: Path, causal: bool = False) -> Checkpoint:
    """The nets of a checkpoint as VideoPose3D's ``run.py`` writes them.

    Args:
        path: of the file.
        causal: whether the nets read past frames only; the file does not say.

    Raises:
        ValueError: no such file, a file that needs to run code, or one without such weights.
    """
    try:
        with torch.serialization.safe_globals([(_Ignored, name) for name in _HARMLESS]):
            stored = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path} cannot be read as a checkpoint of VideoPose3D: {reason}") from error
    if not isinstance(stored, dict) or not isinstance(stored.get("model_pos"), dict):
        raise ValueError(f"{path} is no checkpoint of VideoPose3D: it has no model_pos")
    trajectory = stored.get("model_traj")
    try:
        return Checkpoint(
            VideoPose3D.from_state(stored["model_pos"], causal),
            VideoPose3D.from_state(trajectory, causal) if trajectory else None,
        )
    except (ValueError, RuntimeError, AttributeError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error


def save(path: Path, pose: VideoPose3D, trajectory: VideoPose3D | None = None, epoch: int = 0) -> None:
    """Write nets as VideoPose3D's ``run.py --evaluate`` reads them.

    Args:
        path: of the file.
        pose: net of the pose.
        trajectory: net of the root's trajectory, if there is one.
        epoch: number that the file stores.
    """
    nets = {"model_pos": pose} | ({"model_traj": trajectory} if trajectory else {})
    states = {
        key: {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
        for key, net in nets.items()
    }
    torch.save({"epoch": epoch, "lr": None, "random_state": None, "optimizer": None, **states}, path)
