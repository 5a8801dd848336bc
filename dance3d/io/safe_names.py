"""Names of files that come from data: none leads out of its folder; and how a name is shown that is no text."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def leads_out(name: str) -> bool:
    """Whether a name, joined to a folder, could be anything else than a file below that folder.

    Such are absolute names, drives, ``..``, and names that the file system would read as another.
    """
    reserved = "\0\\:" if os.name == "nt" else "\0"
    return any(part in ("", ".", "..") for part in name.split("/")) or any(letter in name for letter in reserved)


def is_file(path: Path) -> bool:
    """Whether a regular file lies there: no link, pipe or device, which could lead elsewhere or never end."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder lies there, and no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def renamed_old(path: Path) -> Path:
    """Give what lies there the next free name with ``-old``, out of the way of what is to be written; the new path."""
    number, new = 1, path.with_name(f"{path.stem}-old{path.suffix}")
    while os.path.lexists(new):
        number += 1
        new = path.with_name(f"{path.stem}-old-{number}{path.suffix}")
    return path.rename(new)


def files_below(folder: Path) -> Iterator[str]:
    """Names of all that lies below a folder and is no folder, links too, with ``/`` between their parts."""
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in (*files, *links):
            yield (Path(place) / name).relative_to(folder).as_posix()


def printable(name: str) -> str:
    """A name as it can be shown and stored: bytes that are no UTF-8 are written out with a backslash."""
    return name.encode("utf-8", "backslashreplace").decode()
