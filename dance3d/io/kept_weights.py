"""Weights by name: a stage's file in a folder or a repository, with what is known of it beside.

``<stage>.safetensors`` holds the weights of a stage, ``manifest.json`` a row for each of them as in the package's own,
and ``README.md`` the model card. A folder without a manifest will do; with one, size and sha256 are checked.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dance3d.io import hub
from dance3d.io.file_hash import hash_file
from dance3d.io.paths import followed
from dance3d.io.weights import fault, load

ROWS, CARD = "manifest.json", "README.md"
TRAINED = "weights.safetensors"  # in the folder of a training, of whichever stage
UNTOLD: dict[str, Any] = {
    "license": "not told",
    "commercial_ok": False,
    "trained_on": "not told",
    "command": "not told",
    "scores": {},
}
"""What the row of weights says of which nobody told more than the file."""
_LARGEST = 4 << 20  # bytes of a manifest; chosen: the package's own has 30 kB


class Shelf(NamedTuple):
    """What a folder or a repository holds before weights are put there.

    Attributes:
        rows: of its manifest, by stage.
        card: its model card; empty where there is none.
        commit: newest one of a repository; empty of a folder, or of one that is not there yet.
    """

    rows: dict[str, dict[str, Any]]
    card: str
    commit: str


def weights_at(stage: str, place: str, report: Callable[[str], None] = lambda line: None) -> Path:
    """The weights file of a stage at a place.

    Args:
        stage: that the weights are of.
        place: a file, a folder, also that of a training, or ``hf://OWNER/REPO[@REVISION]``, where they are fetched.
        report: is told what is fetched.

    Raises:
        ValueError: there are none, or not those that the manifest beside them names.
    """
    name = f"{stage}.safetensors"
    if place.startswith(hub.SCHEME):
        folder = hub.fetched(place, (name, ROWS), report)
    elif (folder := followed(Path(place))).is_dir():
        pass
    else:
        return Path(place)
    path, row = folder / name, _rows((folder / ROWS).read_bytes() if (folder / ROWS).is_file() else b"", place)
    if not path.is_file() and (folder / TRAINED).is_file():
        path = folder / TRAINED
    if not path.is_file():
        others = ", ".join(sorted(file.stem for file in folder.glob("*.safetensors")))
        raise ValueError(f"{place} holds no weights of {stage}: no file {name}; it holds {others or 'none'}")
    if path.name == name and stage in row and (wrong := fault(path, row[stage])):
        raise ValueError(f"{place}: {name} {wrong}, as its {ROWS} says")
    return path


def shelf(place: str) -> Shelf:
    """What lies where weights are to be put.

    Raises:
        ValueError: a repository that cannot be read, a place that is a file, or a manifest that is none.
    """
    commit = ""
    if place.startswith(hub.SCHEME):
        commit, files = hub.newest(place, (ROWS, CARD))
    else:
        if Path(place).exists() and not Path(place).is_dir():
            raise ValueError(f"{place} is a file, expected a folder or {hub.SCHEME}OWNER/REPO")
        paths = {name: Path(place) / name for name in (ROWS, CARD)}
        files = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    return Shelf(_rows(files.get(ROWS, b""), place), files.get(CARD, b"").decode("utf-8", "replace"), commit)


def row(stage: str, path: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a manifest for weights, which are read to see that they are sound.

    Args:
        stage: that they are of.
        path: of the file.
        told: what else is known of them: license, commercial_ok, trained_on, command, scores.

    Raises:
        ValueError: no weights of that stage.
    """
    load(path, stage)
    return {"file": f"{stage}.safetensors", "sha256": hash_file(path), "bytes": path.stat().st_size, **UNTOLD, **told}


def put(place: str, before: Shelf, path: Path, row: Mapping[str, Any], card: str, public: bool = False) -> str:
    """Put weights, their row and the card at a place, and return how to name them from now on.

    Args:
        place: a folder, made if need be, or a repository.
        before: what lay there.
        path: of the weights.
        row: of the manifest, see ``row``.
        card: the whole model card.
        public: whether everybody may read a repository that is made now.

    Raises:
        ValueError: nothing can be put there.
        OSError: the same, of a folder.
    """
    stage = str(row["file"]).removesuffix(".safetensors")
    rows = json.dumps({**before.rows, stage: dict(row)}, indent=1, sort_keys=True) + "\n"
    files: dict[str, Path | bytes] = {str(row["file"]): path, ROWS: rows.encode(), CARD: card.encode()}
    if place.startswith(hub.SCHEME):
        return hub.put(place, files, before.commit, f"Weights of {stage}", public)
    folder = Path(place)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        beside = folder / f".{name}.{secrets.token_hex(4)}.part"
        try:
            beside.write_bytes(data if isinstance(data, bytes) else data.read_bytes())
            beside.replace(folder / name)
        finally:
            beside.unlink(missing_ok=True)
    return os.fspath(folder)


def _rows(data: bytes, place: str) -> dict[str, dict[str, Any]]:
    """Rows of a manifest by stage; none of an empty one."""
    if not data:
        return {}
    try:
        if len(data) > _LARGEST:
            raise ValueError(f"larger than {_LARGEST} bytes")
        found = json.loads(data)
        if not isinstance(found, dict) or not all(map(_sound, found.values())):
            raise ValueError("no table of weights with bytes and sha256")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place}: its {ROWS} cannot be read: {error}") from error
    return {stage: {"file": f"{stage}.safetensors", **UNTOLD, **row} for stage, row in found.items()}


def _sound(row: Any) -> bool:
    """Whether a row says which file it is of, and all else that it says is of the kind that it should be."""
    if not isinstance(row, dict) or not isinstance(row.get("bytes"), int) or not isinstance(row.get("sha256"), str):
        return False
    if not isinstance(row.get("file", ""), str) or any(type(row.get(k, v)) is not type(v) for k, v in UNTOLD.items()):
        return False
    return all(isinstance(value, int | float) for value in row.get("scores", {}).values())
