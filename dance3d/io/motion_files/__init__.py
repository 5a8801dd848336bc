"""Motion from files of many tools and databases, as ``MotionClip``: 17 joints, metres, y up, feet on the floor."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dance3d.contracts import MotionClip
from dance3d.io.motion_files import catalogue, from_arrays, from_asf_amc, from_bvh, from_c3d, from_motive, from_panoptic
from dance3d.io.motion_files.names import read_map
from dance3d.io.motion_files.take import ReadOptions, Take, finish

log = logging.getLogger(__name__)

FORMATS: dict[str, Callable[[Path, ReadOptions], list[Take]]] = {
    "bvh": from_bvh.read,
    "amc": from_asf_amc.read,
    "c3d": from_c3d.read,
    "motive": from_motive.read,
    "ballroom": from_arrays.ballroom,
    "aist": from_arrays.aist,
    "panoptic": from_panoptic.read,
    "videopose3d": from_arrays.videopose3d,
    "npz": from_arrays.archive,
    "clip": from_arrays.clip,
}
"""Every format and its reader."""
_SNIFF = 2048  # bytes in which a pickle of AIST++ has its first key, and a table its first line


def format_of(path: Path) -> str | None:
    """The format of a file by its name and, where that is not enough, a look inside; none if it is no motion."""
    name = path.name.lower()
    plain = name.removesuffix(".gz")
    if plain.endswith((".bvh", ".amc", ".c3d")):
        return plain[-3:]
    if plain == "skeletons.json":
        return "ballroom"
    if from_panoptic.is_panoptic(name):
        return "panoptic"
    if name.endswith((".pkl", ".csv")):
        try:
            with path.open("rb") as file:
                head = file.read(_SNIFF)
        except OSError:
            return "aist" if name.endswith(".pkl") else "motive"  # whose reader says why it cannot be read
        if name.endswith(".pkl"):
            return "aist" if b"keypoints3d" in head else None
        return "motive" if from_motive.begins(head) else None
    if name.endswith(".npz"):
        return _archive(path)
    return None


def _archive(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as file:
            names = {name.removesuffix(".npy") for name in file.namelist()}
    except (zipfile.BadZipFile, OSError):
        return None
    if "positions_3d" in names:
        return "videopose3d"
    if "xyz" not in names:
        return None
    return "npz" if "header" not in names else "clip" if names - {"extremities"} == {"header", "xyz"} else None


def read_motion(
    path: Path | str,
    format: str | None = None,
    map: Mapping[str, Any] | Path | str | None = None,
    *,
    unit: str | float | None = None,
    up: str | None = None,
    skeleton: str | None = None,
    rate: float | None = None,
    fps: float | None = None,
    take: str | None = None,
    strict: bool = False,
) -> MotionClip:
    """One take of motion from a file.

    What has to be guessed (the unit by the body's height, the axis that points up by how the body stands) is logged as
    a warning.

    Args:
        path: the file.
        format: a name of ``FORMATS``, or none: by the file's name and content.
        map: joints of ours to the file's names (``names.match_map``), or a YAML or JSON file with them; none: by the
            namings that are known.
        unit: ``m``, ``cm``, ``mm``, ``inch``, ``cmu`` or metres per unit, where the file's is not known or wrong.
        up: ``x``, ``y``, ``z``, ``-x`` ..., likewise.
        skeleton: layout of arrays that do not name it.
        rate: frames per second of arrays that do not say.
        fps: frames are dropped to come near it; none keeps all.
        take: which take, of a file with several.
        strict: refuse a file of which a part would be left out with a warning.

    Raises:
        ValueError: the file cannot be read, its joints are not known, or it holds several takes and none is chosen.
    """
    joints = read_map(Path(map)) if isinstance(map, Path | str) else map
    path = Path(path)
    clips, said = read_takes(path, ReadOptions(joints, unit, up, skeleton, rate, fps, strict=strict), format)
    names = [clip.name for clip in clips]
    if (take is None and len(clips) > 1) or (take is not None and take not in names):
        raise ValueError(f"{path} holds {len(clips)} takes; choose take from {', '.join(names[:50])}")
    for words in sorted(set(said)):
        log.warning("%s: %s", path, words)
    return clips[names.index(take) if take is not None else 0]


def read_takes(
    path: Path, ask: ReadOptions, format: str | None = None, together: str = "dancer"
) -> tuple[list[MotionClip], list[str]]:
    """Every take of a file, and in words what was assumed for them.

    Args:
        path: the file.
        ask: what the caller says and wants.
        format: as in ``read_motion``.
        together: as in ``catalogue.group``.

    Raises:
        ValueError: as in ``read_motion``.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    format = format or format_of(path)
    if format not in FORMATS:
        raise ValueError(f"{path}: format {format!r} is not known; choose from {', '.join(FORMATS)}")
    clips, said = [], []
    for take in FORMATS[format](path, ask):
        group = take.group or catalogue.group(take.name, together)
        genre = take.genre or catalogue.genre(take.name, path)
        clip, words = finish(replace(take, group=group, genre=genre), ask, path)
        clips.append(clip)
        said += [words] if words else []
    return clips, said
