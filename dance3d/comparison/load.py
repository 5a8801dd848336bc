"""One dancer to compare: from the folder of a run, an artefact, or a file of motion."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts, motion_files
from dance3d.io.world_frame import pose_of
from dance3d.pipeline.result_json import dancer_folders
from dance3d.skeleton import H36M17

_POSE, _MOVEMENTS, _VIDEO = "pose3d.npz", "movements.npz", "overlay.mp4"


@dataclass(frozen=True, eq=False)
class Dance:
    """One dancer and what is known of the dancer.

    Attributes:
        name: name in the comparison.
        pose: the body in space.
        movements: what a run recognised, or none.
        video: of the run, or none.
        clip: the folder or file of the dancer, or none.
    """

    name: str
    pose: Pose3D
    movements: Movements | None = None
    video: Path | None = None
    clip: Path | None = None


def read_dance(path: Path, person: int | None = None) -> Dance:
    """A dancer from a run's folder, a ``pose3d.npz`` or a file of motion.

    Args:
        path: of the folder or file.
        person: number of the dancer, where a folder holds several.

    Raises:
        ValueError: nothing there, several dancers and none is chosen, or another skeleton.
    """
    if path.is_dir():
        return _of_run(path, person)
    if not path.is_file():
        raise ValueError(f"{path}: no such file or folder")
    if person is not None:
        raise ValueError(f"{path} is a file; a person can be chosen of a run's folder only")
    if path.suffix == ".npz" and not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a dance3d artefact or an archive of motion")
    form = motion_files.format_of(path)
    if path.suffix == ".npz" and form is None:
        beside = path.with_name(_MOVEMENTS)
        name = path.stem if path.name != _POSE else f"{path.resolve().parent.name}/{path.stem}"
        return _checked(path, name, path, beside if path.name == _POSE and beside.is_file() else None, None)
    if form is None:
        raise ValueError(
            f"{path} is no motion by its name and content; expected the folder of a finished run, pose3d.npz, or one "
            f"of {', '.join(motion_files.FORMATS)}"
        )
    clip = motion_files.read_motion(path, form)
    return Dance(clip.name or path.stem, pose_of(clip), clip=path)


def _of_run(folder: Path, person: int | None) -> Dance:
    found = {n: place / _POSE for n, place in dancer_folders(folder).items() if (place / _POSE).is_file()}
    if not found:
        raise ValueError(f"{folder} holds no finished run (no person-N/{_POSE}); make it with dance3d run VIDEO")
    numbers = ", ".join(map(str, sorted(found)))
    if person is None and len(found) > 1:
        raise ValueError(f"{folder} holds dancers {numbers}; choose one with --person-a or --person-b")
    chosen = next(iter(found)) if person is None else person
    if chosen not in found:
        raise ValueError(f"{folder} holds no dancer {chosen}; choose from {numbers}")
    pose, movements, video = found[chosen], found[chosen].with_name(_MOVEMENTS), folder / _VIDEO
    name = folder.resolve().name + (f", dancer {chosen}" if len(found) > 1 else "")
    return _checked(pose, name, folder, movements if movements.is_file() else None, video if video.is_file() else None)


def _checked(path: Path, name: str, clip: Path, movements: Path | None, video: Path | None) -> Dance:
    pose = artefacts.load(path, Pose3D)
    if pose.skeleton != H36M17.name:
        raise ValueError(f"{path} has skeleton {pose.skeleton}; only {H36M17.name} can be compared")
    known = None if movements is None else artefacts.load(movements, Movements)
    if known is not None and not np.array_equal(known.time, pose.time):
        raise ValueError(f"{movements} and {path} have other times; make them again")
    return Dance(name, pose, known, video, clip)
