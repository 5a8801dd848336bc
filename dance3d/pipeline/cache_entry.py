"""One entry of the cache: its key, its manifest, and the check of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dance3d.io.file_hash import hash_file

VERSION = 1  # of the manifest
MANIFEST = "manifest.json"
Components = Mapping[str, Any]


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
    """The fault of an entry, empty when sound, and the entry when sound."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        if manifest["version"] != VERSION:
            return f"manifest version {manifest['version']}", None
        for name, listed in manifest["files"].items():
            path = folder / name
            if not path.is_file():
                return f"{name} is missing", None
            if path.stat().st_size != listed["size"] or hash_file(path) != listed["sha256"]:
                return f"{name} is not what was written", None
        if manifest["key"] != key_of(manifest["components"]):
            return "the key is not that of its components", None
        found = (manifest["stage"], manifest["key"], folder, manifest["components"], tuple(manifest["files"]))
        return "", Entry(*found)
    except FileNotFoundError:
        return "no manifest", None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"unreadable manifest: {error}", None


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
