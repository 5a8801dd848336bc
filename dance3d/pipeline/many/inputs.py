"""Which videos the words of a command line mean, and a folder of its own for the results of each.

A word is a file, a folder (the videos in it and below), a pattern in quotes, or a text file with one path per line.
"""

from __future__ import annotations

import codecs
import glob
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from dance3d.io.csv_text import UTF_16
from dance3d.io.images import VIDEOS
from dance3d.pipeline.delivery import LISTED, RESULT, SCHEMA
from dance3d.pipeline.many.index import OWN_NAMES

LIST = ".txt"
"""Ends the names of files that list paths."""
_MARK = f'"{SCHEMA.partition("/")[0]}/'.encode()


class Found(NamedTuple):
    """An input.

    Attributes:
        path: of the video, or of a file or folder of keypoints.
        name: that its results get below the folder of all: without suffix, behind the sub-folders on the way to it.
    """

    path: Path
    name: Path


def find_inputs(words: Sequence[Path], out: Path | None = None, keypoints: bool = False) -> list[Found]:
    """The inputs that words mean: words in their order, the videos of a folder or pattern sorted, none of them twice.

    Args:
        words: of the command line.
        out: folder of results, in which no video is looked for; nor is one in other folders of results.
        keypoints: the inputs are files and folders of keypoints, which are taken as they are.

    Raises:
        ValueError: a folder without videos or that cannot be read, a pattern that nothing fits, an empty list.
    """
    found: dict[tuple[str, str], Found] = {}
    places: dict[Path, str] = {}
    for word in words:
        for one in _meant(word, out, keypoints, alone=len(words) == 1):
            parent = one.path.parent
            if parent not in places:
                places[parent] = os.path.realpath(parent)
            found.setdefault((places[parent], one.path.name), one)
    return list(found.values())


def _meant(word: Path, out: Path | None, keypoints: bool, alone: bool) -> list[Found]:
    if word.is_dir() and not keypoints:
        return _of_folder(word, out, Path() if alone else Path(word.resolve().name))
    if word.suffix.lower() == LIST and word.is_file():
        return _of_list(word, out, keypoints)
    if os.path.lexists(word) or not glob.has_magic(str(word)):
        return [Found(word, _bare(Path(word.name)))]
    found = list(_of_pattern(word, out, keypoints))
    if not found:
        raise ValueError(f"{word}: there is no such file, and no video that fits it as a pattern")
    return found


def _of_folder(folder: Path, out: Path | None, below: Path) -> list[Found]:
    if not (found := list(_videos(folder, out, below))):
        raise ValueError(f"{folder}: is a directory that holds no video ({', '.join(VIDEOS)})")
    return found


def _videos(folder: Path, out: Path | None, below: Path) -> Iterator[Found]:
    """The videos in a folder and below, sorted.

    Args:
        folder: to look into.
        out: folder of results.
        below: where the results of the folder's videos go.
    """
    for path in sorted(_files(folder, out)):
        if path.suffix.lower() in VIDEOS:
            yield Found(path, _bare(below / path.relative_to(folder)))


def _of_list(path: Path, out: Path | None, keypoints: bool) -> list[Found]:
    """The lines of a file, relative to its folder; blank ones and those that begin with ``#`` are none."""
    data = path.read_bytes()
    data = data.decode("utf-16", "replace").encode() if data[:2] in UTF_16 else data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise ValueError(f"{path} is no text: expected one path per line")
    lines = [os.fsdecode(line).strip() for line in data.splitlines()]
    named = [path.parent / line for line in lines if line and not line.startswith("#")]
    if not named:
        raise ValueError(f"{path} lists no file: expected one path per line")
    base = Path(os.path.commonpath([one.absolute().parent for one in named]))
    found: list[Found] = []
    for one in named:
        below = one.absolute().relative_to(base)
        found += _of_folder(one, out, below) if one.is_dir() and not keypoints else [Found(one, _bare(below))]
    return found


def _of_pattern(word: Path, out: Path | None, keypoints: bool) -> Iterator[Found]:
    fixed = next(number for number, part in enumerate(word.parts) if glob.has_magic(part))
    base, pattern = Path(*word.parts[:fixed]), word.parts[fixed:]
    if "**" in pattern:  # glob would follow links in circles
        fitting = [path for path in _files(base, out) if _fits(path.relative_to(base).parts, pattern)]
    else:
        fitting = [
            path for path in base.glob(str(Path(*pattern))) if not _hidden(path.relative_to(base).parts, pattern)
        ]
    for path in sorted(fitting):
        below = path.relative_to(base)
        if path.is_dir() and not keypoints:
            yield from _videos(path, out, below)
        else:
            yield Found(path, _bare(below))


def _bare(name: Path) -> Path:
    """A name without its suffix; one that would be no name of a folder keeps it."""
    return name if name.stem in (".", "..") else name.parent / name.stem


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the parts of a path fit a pattern's, of which ``**`` stands for any number."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[skipped:], pattern[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _hidden(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a part of a path is hidden of which the pattern does not say so."""
    return any(part.startswith(".") and not said.startswith(".") for part, said in zip(parts, pattern, strict=False))


def _files(folder: Path, out: Path | None) -> Iterator[Path]:
    """What lies in a folder and below and is no folder: nothing hidden, no results, no folder twice by way of links."""
    seen = set()
    if out is not None and out.is_dir():
        seen.add(_identity(out))
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        if (identity := _identity(place)) in seen and place != folder:
            continue
        seen.add(identity)
        try:
            with os.scandir(place) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".") or entry.name == LISTED]
        except OSError as error:
            raise ValueError(f"{place}: the folder cannot be read ({error.strerror})") from error
        if any(_of_results(entry) for entry in entries):
            continue
        for entry in entries:
            if entry.is_dir():
                waiting.append(place / entry.name)
            else:
                yield place / entry.name


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _of_results(entry: os.DirEntry[str]) -> bool:
    """Whether a file lies in a folder of results only."""
    if entry.name != RESULT or not entry.is_file():
        return entry.name == LISTED
    with Path(entry.path).open("rb") as file:
        return _MARK in file.read(100)


def out_folders(found: Sequence[Found], out: Path | None) -> list[Path]:
    """One folder per input, none of them another's or inside of it: names that are alike get a number.

    Args:
        found: all inputs, also those that others do.
        out: folder of all results; if none, each is ``NAME-dance3d`` here.
    """
    names = [one.name if out is not None else Path(one.name.name) for one in found]
    above = {_alike(parent) for name in names for parent in name.parents}
    taken, counts = {_alike(Path(name)) for name in OWN_NAMES}, dict[str, int]()
    chosen = []
    for name in names:
        new, number = name, counts.get(_alike(name), 1)
        while _alike(new) in taken or _alike(new) in above:
            number += 1
            new = name.with_name(f"{name.name}-{number}")
        counts[_alike(name)] = number
        taken.add(_alike(new))
        chosen.append(new)
    return [out / name if out is not None else Path(f"{name}-dance3d") for name in chosen]


def _alike(name: Path) -> str:
    """The same for names that some file systems take for one."""
    return name.as_posix().casefold()


def every_nth(total: int, shard: tuple[int, int] | None) -> range:
    """Numbers of the inputs of a shard.

    Args:
        total: number of all inputs.
        shard: i and n, for every n-th input from the i-th on, counted from 1; all if none.
    """
    first, step = shard or (1, 1)
    return range(first - 1, total, step)


def results_folder(words: Sequence[Path], out: Path | None) -> Path | None:
    """The folder of all results: as given, else beside here for one folder or list; else there is none.

    Args:
        words: of the command line.
        out: as given.
    """
    if out is not None or len(words) > 1:
        return out
    if words[0].is_dir():
        return Path(f"{words[0].resolve().name}-dance3d")
    return Path(f"{words[0].stem}-dance3d") if words[0].suffix.lower() == LIST else None
