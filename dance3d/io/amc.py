"""Acclaim's AMC files, the motion of CMU's database, each with its skeleton in an ASF file beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io import flaws
from dance3d.io.asf import TURNS, Asf
from dance3d.io.bvh import held_rows, plain_numbers
from dance3d.io.gzip_files import unpacked

Array = NDArray[np.float64]

_NUMBER = re.compile(r"\d{1,9}\s*")


def skeletons_in(folder: Path) -> list[Path]:
    """Every skeleton's file that lies in a folder."""
    return [path for path in folder.iterdir() if _plain(path).endswith(".asf")] if folder.is_dir() else []


def skeleton_of(path: Path) -> Path:
    """The skeleton's file beside a motion's: of the longest name with which the motion's begins, else the only one.

    Raises:
        ValueError: there is none, or several and none is named so.
    """
    beside = {_plain(at).removesuffix(".asf"): at for at in sorted(skeletons_in(path.parent), reverse=True)}
    name = _plain(path).removesuffix(".amc")
    named = [stem for stem in beside if re.match(re.escape(stem) + r"(?![a-z0-9])", name)]
    if not named and len(beside) != 1:
        there = f"there are {', '.join(sorted(at.name for at in beside.values())[:20])}" if beside else "there is none"
        raise ValueError(f"{path} needs its skeleton, such as {name.split('_')[0]}.asf, in the same folder; {there}")
    return beside[max(named or beside, key=len)]


def _plain(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


def read_amc(path: Path, asf: Asf, kept: slice = slice(None), strict: bool = False) -> Array:
    """(T, C) of a motion, plain or gzipped: its skeleton's values joint by joint; file units and radians.

    A frame that is not whole has the values of the one before it; at the end of a file that is cut it is left out.

    Args:
        path: the file.
        asf: its skeleton.
        kept: frames that are wanted; others are not converted.
        strict: refuse a file with such frames, or without some of the skeleton's bones.

    Raises:
        ValueError: the file is no AMC file, or does not fit the skeleton.
    """
    lines = unpacked(path).decode(errors="ignore").rstrip().splitlines()
    start = next((i for i, line in enumerate(lines) if _NUMBER.fullmatch(line)), len(lines))
    degrees = asf.degrees
    for number, line in enumerate(lines[:start], 1):
        word = (line.lower().split() or [""])[0]
        if word in (":degrees", ":radians"):
            degrees = word == ":degrees"
        elif word and word[0] not in ":#":
            raise ValueError(f"{path}, line {number}: {line[:60]!r}, expected :DEGREES, :RADIANS or a frame's number")
    stop = next((i for i, line in enumerate(lines[start + 1 :], start + 1) if _NUMBER.fullmatch(line)), len(lines))
    columns = _columns(lines[start + 1 : stop], path, start + 2, asf, strict)
    rows = _rows(lines[start:], columns, kept)
    if rows is None:
        rows = _frame_by_frame(lines, start, columns, path, strict)[kept]
    width = {name: len(channels) for name, channels in zip(asf.names, asf.channels, strict=True)}
    at = {name: rows[:, stop - width[name] : stop] for name, stop in _stops(columns).items()}
    still = np.zeros((len(rows), 1))
    values = np.concatenate([at.get(name, np.tile(still, count)) for name, count in width.items()], 1)
    if degrees:
        turns = [channel in TURNS for channels in asf.channels for channel in channels]
        values[:, turns] = np.deg2rad(values[:, turns])
    return values


def _columns(lines: Sequence[str], path: Path, first: int, asf: Asf, strict: bool) -> dict[str, int]:
    """Bones of the first frame in its order, and how many values each has.

    Raises:
        ValueError: no frame, or names the line of a bone that the skeleton has not.
    """
    width = {n: len(channels) for n, channels in zip(asf.names, asf.channels, strict=True) if channels}
    columns: dict[str, int] = {}
    for number, line in enumerate(lines, first):
        word = (line.split() or [""])[0].lower()
        if word not in width or word in columns:
            raise ValueError(
                f"{path}, line {number}: {line.strip()[:60]!r} is no bone of its skeleton that moves, or comes twice; "
                f"choose from {', '.join(width)}"
            )
        columns[word] = width[word]
    if not columns:
        raise ValueError(f"{path} is no AMC file, or is cut short: it has no frame")
    if missing := [name for name in width if name not in columns]:
        flaws.tell(f"{path} does not move {', '.join(missing)} of its skeleton", "they rest", strict)
    return columns


def _stops(columns: Mapping[str, int]) -> dict[str, int]:
    return dict(zip(columns, np.cumsum(list(columns.values())).tolist(), strict=True))


def _rows(lines: list[str], columns: Mapping[str, int], kept: slice) -> Array | None:
    """(T, C) of the frames that are kept, bone by bone; none if some frame is not as the first one is."""
    height = len(columns) + 1
    if len(lines) % height or not all(_NUMBER.fullmatch(line) for line in lines[::height]):
        return None
    found = []
    for at, (name, count) in enumerate(columns.items(), 1):
        words = lines[at::height][kept]
        if not all(line[: len(name) + 1].lower() == f"{name} " for line in words):
            return None
        values = plain_numbers(" ".join(line[len(name) :] for line in words))
        if values is None or len(values) != count * len(words):
            return None
        found.append(values.reshape(-1, count))
    return np.concatenate(found, 1)


def _frame_by_frame(lines: list[str], start: int, columns: Mapping[str, int], path: Path, strict: bool) -> Array:
    """(T, C) of a motion some of whose frames are not whole.

    Args:
        lines: of the file.
        start: the first that holds a frame's number.
        columns: as of ``_columns``.
        path: for errors.
        strict: as in ``read_amc``.
    """
    begins = [i for i in range(start, len(lines)) if _NUMBER.fullmatch(lines[i])]
    rows: list[Array | None] = []
    broken: list[str] = []
    for at, stop in zip(begins, [*begins[1:], len(lines)], strict=True):
        said = {(words := line.split())[0].lower(): words[1:] for line in lines[at + 1 : stop] if line.strip()}
        parts = {name: plain_numbers(" ".join(said.get(name, []))) for name in columns}
        wrong = [name for name, count in columns.items() if (v := parts[name]) is None or len(v) != count]
        if wrong or len(said) != len(columns):
            named = f"{wrong[0]} has not its {columns[wrong[0]]} numbers" if wrong else "a bone is there that was not"
            broken.append(f"line {at + 1}: in frame {lines[at].strip()} {named}")
        rows.append(None if wrong else np.concatenate([v for v in parts.values() if v is not None]))
    return held_rows(rows, broken, path, sum(columns.values()), strict)
