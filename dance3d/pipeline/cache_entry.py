"""One entry of the cache: its key, its manifest, and the check of its files."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dance3d.io.file_hash import hash_file
from dance3d.io.passing_faults import again
from dance3d.io.safe_names import files_below, is_file, is_folder, leads_out

VERSION = 1  # of the manifest
MANIFEST = "manifest.json"
KEY = re.compile(r"[0-9a-f]{64}")
LARGEST = 16 << 20  # bytes of a manifest; chosen: one of 10,000 files has 2 MB
Components = Mapping[str, Any]


class InputChanged(RuntimeError):
    """An input file was changed while a stage was reading it."""


def hash_input(path: Path) -> str:
    """Sha256 of a file's bytes; of a folder, of the names and the bytes of the files that lie right in it."""
    if path.is_dir():
        return key_of({file.name: hash_file(file) for file in path.iterdir() if file.is_file()})
    return hash_file(path)


def key_of(components: Components) -> str:
    """Sha256 of the components in canonical JSON."""
    return hashlib.sha256(json.dumps(components, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Entry:
    """One published result.

    Attributes:
        stage: who made it.
        key: its name.
        folder: where its files lie.
        components: what the key was made of.
        files: names of its files, below ``folder``.
    """

    stage: str
    key: str
    folder: Path
    components: Components
    files: tuple[str, ...]


def verified(folder: Path) -> tuple[str, Entry | None]:
    """The fault of an entry, empty when sound, and the entry when sound.

    Nothing that an entry or its manifest may hold makes this fail, wait, or read without end.
    """
    try:
        return again(lambda: _verified(folder))
    except OSError as error:
        return f"it cannot be read ({error.strerror})", None


def _verified(folder: Path) -> tuple[str, Entry | None]:
    """The same; what the file system fails in is raised."""
    stage, key = folder.parent.name, folder.name
    try:
        if not is_folder(folder):
            return "it is no folder", None
        manifest = read_manifest(folder)
        if manifest["version"] != VERSION:
            return f"manifest version {manifest['version']}", None
        if (manifest["stage"], manifest["key"]) != (stage, key):
            return "its manifest is that of another entry", None
        if key != key_of(manifest["components"]):
            return "the key is not that of its components", None
        for name, listed in manifest["files"].items():
            if fault := _fault(folder, name, listed):
                return fault, None
        if unlisted := sorted({*files_below(folder)} - {MANIFEST, *manifest["files"]}):
            return f"{unlisted[0]} is not in the manifest", None
        return "", Entry(stage, key, folder, manifest["components"], tuple(manifest["files"]))
    except FileNotFoundError:
        return "no manifest", None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return f"unreadable manifest: {error}", None


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the manifest of an entry says, unchecked.

    Raises:
        ValueError: it is no file of JSON, or larger than any manifest.
        OSError: it cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_symlink() and not path.exists():
        raise FileNotFoundError(path)
    if not is_file(path):
        raise ValueError("it is no file")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"larger than {LARGEST} bytes")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _fault(folder: Path, name: str, listed: Mapping[str, Any]) -> str:
    """What is wrong with one file of an entry; empty when nothing is."""
    if leads_out(name):
        return f"its manifest lists {name!r}, which does not lie in the entry"
    path = folder / name
    between = [folder / place for place in Path(name).parents[:-1]]
    if not all(map(is_folder, between)):
        return f"{name} is missing"
    if not is_file(path):
        return f"{name} is missing" if not os.path.lexists(path) else f"{name} is no file"
    if path.stat().st_size != listed["size"] or hash_file(path) != listed["sha256"]:
        return f"{name} is not what was written"
    return ""


def seal(work: Path, stage: str, components: Components) -> tuple[str, ...]:
    """List what a stage has written in a manifest, and see that all of it is on the disk.

    Args:
        work: the folder that the stage has filled.
        stage: its name.
        components: what the key is made of.

    Returns:
        The names of the files.
    """
    names = sorted(files_below(work))
    files = {name: {"size": (work / name).stat().st_size, "sha256": hash_file(work / name)} for name in names}
    key = key_of(components)
    manifest = {"version": VERSION, "stage": stage, "key": key, "components": components, "files": files}
    (work / MANIFEST).write_text(json.dumps(manifest, sort_keys=True, indent=1))
    for name in (*names, MANIFEST):
        sync(work / name)
    return tuple(names)


def sync(path: Path) -> None:
    """Flush a file or folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def differences(new: Any, old: Any, at: str = "") -> Iterator[str]:
    """Dotted names of the components in which two keys differ.

    Args:
        new: components of one key.
        old: components of the other.
        at: dotted name of both.
    """
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        for name in {*new, *old}:
            yield from differences(new.get(name), old.get(name), f"{at}.{name}" if at else str(name))
    elif new != old:
        yield at
