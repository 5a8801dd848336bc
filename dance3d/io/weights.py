"""Weights on disk: safetensors with the architecture in their metadata, and the manifest of those that ship.

Weights that others made are in ``third_party.json`` and are fetched: see ``fetch``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialised

from dance3d.io.file_hash import hash_file

FOLDER = Path(__file__).parent.parent / "weights"
MANIFEST = FOLDER / "manifest.json"


def save(path: Path, arrays: dict[str, NDArray[Any]], stage: str, config: dict[str, Any]) -> None:
    """Write a stage's weights with the settings that rebuild its net; equal weights give equal bytes.

    Args:
        path: of the file.
        arrays: by name.
        stage: that they belong to.
        config: settings that rebuild its net.

    Raises:
        ValueError: a value that is not finite; nothing is written.
    """
    if broken := _not_finite(arrays):
        raise ValueError(f"weights {broken!r} of {stage} are not finite and were not saved to {path}")
    named = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    data = serialised(named, metadata={"stage": stage, "config": json.dumps(config, sort_keys=True)})
    path.write_bytes(_in_order(data))


def _in_order(data: bytes) -> bytes:
    """A safetensors file with its metadata in order: the library writes them in random order."""
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + data[start:]


def load(path: Path, stage: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read weights and the settings that rebuild their net.

    Raises:
        ValueError: no safetensors file, weights of another stage, or such that are not finite.
    """
    try:
        with safe_open(path, framework="numpy") as stored:
            metadata = stored.metadata() or {}
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}
    except (SafetensorError, OSError, TypeError) as error:  # TypeError: numbers that numpy does not know
        raise ValueError(f"{path} cannot be read as weights of {stage}: {error}") from error
    if metadata.get("stage") != stage:
        raise ValueError(f"{path} holds weights of {metadata.get('stage', 'no dance3d stage')!r}, expected {stage!r}")
    if broken := _not_finite(arrays):
        raise ValueError(f"{path} cannot be used: weights {broken!r} are not finite")
    try:
        config = json.loads(metadata.get("config", ""))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} holds no settings that rebuild its net: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} holds no settings that rebuild its net, but {type(config).__name__}")
    return arrays, config


def _not_finite(arrays: Mapping[str, NDArray[Any]]) -> str:
    """The first array with a value that is NaN or infinite; empty if there is none."""
    broken = (name for name, array in arrays.items() if array.dtype.kind == "f" and not np.isfinite(array).all())
    return next(broken, "")


def manifest() -> dict[str, dict[str, Any]]:
    """The weights that ship: per stage the file, sha256, bytes, licence, training data, command and scores."""
    found: dict[str, dict[str, Any]] = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}
    return found


def fault(path: Path, entry: Mapping[str, Any]) -> str:
    """How a file differs from the one that a row of a manifest names; empty where it does not."""
    size = path.stat().st_size
    if size != entry["bytes"]:
        return f"has {size} bytes, expected {entry['bytes']}"
    found = hash_file(path)
    return "" if found == entry["sha256"] else f"has sha256 {found}, expected {entry['sha256']}"


def default(stage: str) -> Path:
    """The shipped weights of a stage.

    Raises:
        ValueError: none ship, or the file is not the one that the manifest names.
    """
    entry = manifest().get(stage)
    if entry is None:
        raise ValueError(f"no default weights ship for stage {stage!r}; make them with `dance3d train {stage}`")
    path = FOLDER / str(entry["file"])
    if not path.exists() or fault(path, entry):
        raise ValueError(f"{path} is missing or not the file that {MANIFEST.name} names; install dance3d again")
    return path
