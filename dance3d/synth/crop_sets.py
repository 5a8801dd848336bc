"""Folders of crops to train on: filmed from motion capture or the synthetic dancer, and of invented bodies."""

from __future__ import annotations

from pathlib import Path

from dance3d.datasets import splits
from dance3d.synth import crop_dataset
from dance3d.synth.takes import motion


def write_filmed(
    folder: Path,
    source: str,
    clips: int,
    seconds: float,
    *,
    size: int,
    train: int,
    held: int,
    views: int,
    seed: int,
    workers: int = 1,
) -> None:
    """Write crops of true motion, seen by several calibrated cameras.

    Args:
        folder: an empty folder.
        source: as in ``takes.motion``.
        clips: likewise.
        seconds: likewise.
        size: of the crops, pixels.
        train: moments of takes that train; each is seen by so many ``views``.
        held: moments of takes that validate, and as many of those that test.
        views: cameras.
        seed: of everything random.
        workers: processes that draw; the crops do not depend on it.
    """
    takes = motion(source, clips, seconds)
    split = splits.require_train_and_val(splits.assign_splits(takes), source)
    counts = {"train": train, "val": held, "test": held}
    some = {name: count for name, count in counts.items() if name in split.values()}
    crop_dataset.write_multiview_crops(
        folder, crop_dataset.scenes(takes), size, some, views, seed, split, workers=workers
    )


def write_invented(folder: Path, *, size: int, invented: int, seed: int, workers: int = 1) -> None:
    """Write crops of invented bodies.

    Args:
        folder: an empty folder.
        size: of the crops, pixels.
        invented: how many.
        seed: of everything random.
        workers: processes that draw; the crops do not depend on it.
    """
    crop_dataset.write_invented(folder, size, invented, seed + 1, workers)
