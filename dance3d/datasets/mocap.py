"""Folders of motion capture as training and test data: every take near one frame rate, standing on the floor."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dance3d.contracts import MotionClip
from dance3d.datasets import splits
from dance3d.io import flaws
from dance3d.io.amc import skeletons_in
from dance3d.io.motion_files import format_of, read_takes
from dance3d.io.motion_files.names import read_map
from dance3d.io.motion_files.take import ReadOptions
from dance3d.io.paths import data_root
from dance3d.skeleton import CLEARANCE
from dance3d.timeseries.segments import segments

log = logging.getLogger(__name__)

ANKLE_HEIGHT = CLEARANCE["left_ankle"]
"""Metres from the floor to the ankle joint of a standing dancer."""
SETTINGS = "motion.yaml"
"""Settings in a folder of motion, for what its files do not contain."""
_KEYS = ("map", "unit", "up", "skeleton", "rate", "together", "strict")
_MOST_NAMED = 10  # files that a warning names; chosen


def motion_files(folder: Path) -> list[Path]:
    """Every file of motion below a folder, or the one file that is given in its place."""
    if folder.is_file():
        return [folder] if format_of(folder) else []
    return sorted(p for p in folder.rglob("*") if p.is_file() and format_of(p))


def source_files(folder: Path) -> list[Path]:
    """Every file that ``load_motion`` reads."""
    files = motion_files(folder)
    indices = sorted({at for path in files if (at := splits.index_of(path, folder))})
    moving = {path.parent for path in files if format_of(path) == "amc"}
    skeletons = sorted(at for beside in moving for at in skeletons_in(beside))
    return [*files, *skeletons, *(path for path in [_settings_file(folder)] if path.is_file()), *indices]


def bench_folder(given: Path | None) -> Path:
    """The folder of motion capture to measure on: as given, else the CMU takes of the real data.

    Raises:
        ValueError: it is no folder.
    """
    folder = given or data_root() / "mocap" / "cmu"
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder of motion capture; pass --data or set DANCE3D_DATA")
    return folder


def bench_takes(given: Path | None) -> list[MotionClip]:
    """The takes to measure on: every one of a given folder, else those held out for testing.

    Raises:
        ValueError: no such folder, or nothing in it to measure on.
    """
    folder = bench_folder(given)
    clips = [clip for clip in load_motion(folder) if given or clip.split == "test"]
    if not clips:
        raise ValueError(f"{folder} has none of the takes held out for testing")
    return clips


def load_motion(folder: Path, fps: int = 30, strict: bool = False) -> list[MotionClip]:
    """Every take of at least a second below a folder, or of one file, sorted by name.

    Takes are reduced to about ``fps`` by dropping frames, and to 17 joints in metres, y up, and set on the floor. The
    first frame of a BVH file, often a T-pose, is dropped. A genre is the name of the folder its files lie in, unless
    the take's own name says it. What the files do not contain, ``motion.yaml`` in the folder may: ``map``, ``unit``,
    ``up``, ``skeleton``, ``rate``, ``strict`` (as of ``io.motion_files.read_motion``), and ``together`` (as of
    ``catalogue.group``). A file that cannot be read is left out with a warning. Guesses are logged, once for all takes
    that share them. Splits come from ``datasets.splits.with_splits``.

    Args:
        folder: or one file.
        fps: frames per second to come near.
        strict: refuse the folder where a file, or a part of one, would be left out.

    Raises:
        ValueError: no motion file there, none that can be read, two takes of one name, or inconsistent splits.
    """
    files = motion_files(folder)
    if not files:
        raise ValueError(
            f"{folder} holds no motion: "
            "no .bvh, .amc, .c3d, Motive .csv, skeletons.json, AIST++ .pkl, Panoptic .tar or .npz"
        )
    given = settings(folder)
    ask = ReadOptions(**{key: value for key, value in given.items() if key != "together"}, fps=fps)
    ask = replace(ask, strict=True) if strict else ask
    read: list[tuple[Path, MotionClip]] = []
    left_out: dict[Path, str] = {}
    assumed: Counter[str] = Counter()
    for path in files:
        skip = 1 if format_of(path) == "bvh" else 0
        try:
            takes, guesses = read_takes(path, replace(ask, skip=skip), together=given.get("together", "dancer"))
        except ValueError as error:
            if ask.strict or path == folder:
                raise
            left_out[path] = str(error)
            continue
        read += [(path, clip) for clip in takes]
        assumed.update(guesses)
    _tell_of(left_out, folder, len(files))
    for words, count in assumed.items():
        log.warning("%s: %d takes: %s", folder, count, words)
    clips = [_whole(clip, ask.strict) for clip in splits.with_splits(folder, read, list(left_out))]
    clips = [clip for clip in clips if len(clip.xyz) >= fps]
    for name, count in Counter(clip.name for clip in clips).items():
        if count > 1:  # splits are by name
            raise ValueError(f"{folder} has {count} takes named {name!r}; rename all but one")
    return sorted(clips, key=lambda clip: clip.name)


def _whole(clip: MotionClip, strict: bool) -> MotionClip:
    """The longest stretch of a take of which no joint is missing; its first frame if there is none."""
    there = np.asarray(np.isfinite(clip.xyz).all((1, 2)))
    if there.all():
        return clip
    start, stop = max(segments(there), key=lambda one: one[1] - one[0], default=(0, 1))
    part = f"{start / clip.fps:.2f} to {stop / clip.fps:.2f} s"
    done = f"only its longest part without gaps is used, {part}; times of labels count from there"
    flaws.tell(f"take {clip.name!r} lacks joints at times", done, strict)
    whole = clip.part(start, stop)
    return replace(whole, xyz=np.nan_to_num(whole.xyz))


def _tell_of(left_out: Mapping[Path, str], folder: Path, files: int) -> None:
    """Name the files that are left out.

    Raises:
        ValueError: these are all that there are.
    """
    reasons = list(left_out.values())
    if len(reasons) == files:
        raise ValueError(f"{folder}: none of its {files} files can be read; the first: {reasons[0]}")
    for reason in reasons[:_MOST_NAMED]:
        log.warning("left out: %s", reason)
    if reasons:
        log.warning("%s: %d of %d files are left out, as they cannot be read", folder, len(reasons), files)


def settings(folder: Path) -> dict[str, Any]:
    """What ``motion.yaml`` in a folder, or beside a file, says; nothing if there is none.

    Raises:
        ValueError: it cannot be read, or has a key that is not known.
    """
    path = _settings_file(folder)
    found = read_map(path) if path.is_file() else {}
    if unknown := sorted(set(found) - set(_KEYS)):
        raise ValueError(f"{path}: {', '.join(unknown)} are not known; choose from {', '.join(_KEYS)}")
    return found


def _settings_file(folder: Path) -> Path:
    return (folder.parent if folder.is_file() else folder) / SETTINGS
