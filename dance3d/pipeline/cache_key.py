"""What a cache key is made of: the one place that says so, for everything that is kept by key.

What is made depends on its key's components and on nothing else. No time, no path and no name of a file is among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from dance3d.io.file_hash import hash_file
from dance3d.pipeline.cache_entry import hash_input
from dance3d.pipeline.fingerprint import fingerprint
from dance3d.skeleton import H36M17

NAME_FILES = ("model", "types", "labels", "start", "ckpt_path")
"""Settings whose value may be a path, or several with ``+``: what lies there counts, besides how it is called."""


def components(
    name: str,
    code: Sequence[str],
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
    *,
    version: int = 1,
    weights: Path | None = None,
    fetched: Mapping[str, str] | None = None,
    libraries: Sequence[str] = (),
    training: bool = False,
) -> dict[str, Any]:
    """What the key of one result is made of, as JSON can hold it.

    Args:
        name: of what is made: a stage, or anything else that is kept.
        code: full names of the modules that make it; they count with all that they import.
        inputs: the keys of what it is made from, by name; for a file from outside the sha256 of its bytes.
        settings: all that the code is told.
        version: raised by hand where the meaning of the result changes and the code does not show it.
        weights: file of the weights that it is computed with.
        fetched: sha256 of further weights that it is computed with, by name.
        libraries: installed packages that compute it.
        training: it is trained weights, whose key leaves out the code that only shows a training.
    """
    made_of = {
        "stage": name,
        "version": version,
        "settings": dict(settings or {}),
        "inputs": dict(inputs),
        "weights": hash_file(weights) if weights else None,
        "fetched": dict(fetched or {}),
        "files": [hash_input(path) for path in _files(settings or {})],
        "skeleton": H36M17.name,
        "code": fingerprint(*code, training=training),
        "libraries": library_versions(libraries),
    }
    return dict(json.loads(json.dumps(made_of)))  # as a manifest gives it back, so that the two can be compared


def library_versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of installed packages; ``none`` where one is not installed."""
    return {name: _installed(name) for name in names}


@cache
def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def _files(settings: Any) -> Iterator[Path]:
    """The files and folders that settings name, at any depth; ``model.start`` may stand for ``start`` of ``model``."""
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            if str(name).rpartition(".")[2] in NAME_FILES and isinstance(value, str | Path):
                yield from (Path(part) for part in str(value).split("+") if part and Path(part).exists())
            else:
                yield from _files(value)
    elif isinstance(settings, list | tuple):
        for value in settings:
            yield from _files(value)
