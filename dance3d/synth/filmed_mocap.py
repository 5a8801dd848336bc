"""A training set on disk: recorded motion filmed by random cameras, with an index of the splits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dance3d.contracts import Keypoints2D, MotionClip
from dance3d.datasets import splits
from dance3d.datasets.folds import fold_of_groups
from dance3d.io import artefacts
from dance3d.synth.random_motion import random_motion
from dance3d.synth.takes import motion
from dance3d.synth.virtual_cameras import film
from dance3d.timeseries.resampling import interpolate

INDEX, TRUTH, KEYPOINTS = "index.json", "truth", "keypoints"
_INVENTED = 1000  # seed of the first invented clip


def augmented_takes(
    takes: Sequence[MotionClip], tempos: Sequence[float], invented: int, seconds: float
) -> list[MotionClip]:
    """The takes at other tempos, and random motion: more poses than were recorded.

    Args:
        takes: of training; takes made from them keep their groups and lose their genre.
        tempos: factors of speed; 1 is left out, since the take itself is there.
        invented: clips of ``random_motion``.
        seconds: length of such a clip.
    """
    again = [_at_tempo(take, tempo) for tempo in tempos if tempo != 1 for take in takes]
    return again + [replace(random_motion(seconds, _INVENTED + number), genre="") for number in range(invented)]


def _at_tempo(take: MotionClip, tempo: float) -> MotionClip:
    time = np.arange(len(take.xyz)) / take.fps
    at = np.asarray(np.arange(int((len(take.xyz) - 1) / tempo) + 1) * tempo / take.fps, np.float64)
    every = np.ones(len(time), bool)
    xyz = interpolate(take.xyz, every, time, at).astype(np.float32)
    ends = None if take.extremities is None else interpolate(take.extremities, every, time, at).astype(np.float32)
    return replace(take, xyz=xyz, extremities=ends, name=f"{take.name}@{tempo:g}", genre="")


def write_films(
    folder: Path,
    source: str,
    clips: int,
    seconds: float,
    cameras: int,
    noise_px: float,
    missing: float,
    seed: int,
    tempos: Sequence[float] = (),
    invented: int = 0,
    folds: int = 0,
) -> None:
    """Write ``index.json``, ``truth/0000.npz`` (Pose3D) and ``keypoints/0000.npz`` (Keypoints2D), aligned.

    A line of the index has ``name``, ``group``, ``genre``, ``camera``, ``split`` and ``fold`` of a film.

    Args:
        folder: an empty folder.
        source: as in ``motion``.
        clips: as in ``motion``.
        seconds: as in ``motion``.
        cameras: random cameras per take.
        noise_px: largest standard deviation of the keypoints' noise, pixels.
        missing: share of keypoints lost.
        seed: of cameras and noise.
        tempos: factors of speed at which training takes are repeated.
        invented: clips of motion without a style, which train too.
        folds: for cross-fitting (``datasets.folds``); films of no fold, all if this is 0, have -1.

    Raises:
        ValueError: as ``load_motion``, nothing is left to train or to validate on, or fewer groups than folds.
    """
    takes = motion(source, clips, seconds)
    split = splits.require_train_and_val(splits.assign_splits(takes), source)
    fold = fold_of_groups(takes, folds) if folds else {}
    extra = augmented_takes([take for take in takes if split[take.name] == "train"], tempos, invented, seconds)
    takes, split = takes + extra, {**split} | {take.name: "train" for take in extra}
    for name in (TRUTH, KEYPOINTS):
        (folder / name).mkdir()
    index = []
    for number, shot in enumerate(film(takes, noise_px, seed, "random", cameras, missing)):
        artefacts.save(shot.truth, folder / TRUTH / f"{number:04d}.npz")
        artefacts.save(shot.keypoints, folder / KEYPOINTS / f"{number:04d}.npz")
        line = {"name": shot.name, "group": shot.group, "genre": shot.genre, "camera": shot.camera}
        index.append(line | {"split": split[shot.name], "fold": fold.get(shot.group, -1)})
    (folder / INDEX).write_text(json.dumps(index, indent=0))


def add_films(folder: Path, rendered: Path, found: Sequence[Keypoints2D | None]) -> None:
    """Add films whose keypoints a detector found to those of ``write_films``, with the folds of their groups.

    Args:
        folder: of ``write_films``.
        rendered: of ``rendered_films.write_videos``.
        found: keypoints of each video; none where it found nobody, which is left out.
    """
    index = json.loads((folder / INDEX).read_text())
    fold = {line["group"]: line["fold"] for line in index}
    for number, (line, keypoints) in enumerate(zip(json.loads((rendered / INDEX).read_text()), found, strict=True)):
        if keypoints is not None:
            artefacts.save(keypoints, folder / KEYPOINTS / f"{len(index):04d}.npz")
            shutil.copyfile(rendered / TRUTH / f"{number:04d}.npz", folder / TRUTH / f"{len(index):04d}.npz")
            index.append(line | {"fold": fold[line["group"]]})
    (folder / INDEX).write_text(json.dumps(index, indent=0))
