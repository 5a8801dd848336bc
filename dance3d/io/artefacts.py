"""Artefacts on disk: one ``.npz`` each, arrays as they are and the rest in a JSON header; never a pickle."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dance3d.contracts import Camera, field_names
from dance3d.io.safe_npz import read_npz

SCHEMA = 1  # of the file; another number is refused
Kind = TypeVar("Kind")


def save(artefact: object, path: Path) -> None:
    """Write an artefact; equal artefacts give equal bytes."""
    arrays: dict[str, np.ndarray] = {}
    header: dict[str, object] = {"schema": SCHEMA, "kind": type(artefact).__name__}
    for name in field_names(type(artefact)):
        value = getattr(artefact, name)
        if isinstance(value, np.ndarray):
            arrays[name] = value
        elif is_dataclass(value) and not isinstance(value, type):
            header[name] = asdict(value)
        elif isinstance(value, tuple) and any(is_dataclass(v) for v in value):
            header[name] = [asdict(v) for v in value]
        else:
            header[name] = value
    with path.open("wb") as file:
        np.savez_compressed(file, header=np.array(json.dumps(header, sort_keys=True)), **arrays)  # type: ignore[arg-type]


def kind_of(path: Path) -> str:
    """Name of the kind of artefact in a file; empty where it is no artefact.

    Raises:
        ValueError: the file is no archive of arrays, or a damaged one.
    """
    stored = read_npz(path).get("header")
    try:
        header = json.loads(str(stored))
    except (ValueError, RecursionError):
        return ""
    return str(header.get("kind", "")) if isinstance(header, dict) else ""


def load(path: Path, kind: type[Kind]) -> Kind:
    """Read an artefact back; it checks itself as it is made.

    Raises:
        ValueError: not an artefact file, another kind or schema, or contents that do not fit together.
    """
    try:
        values: dict[str, Any] = dict(read_npz(path, most=sys.maxsize))  # hours of masks are large
        header = json.loads(str(values.pop("header")))
        if not isinstance(header, dict) or not {"schema", "kind"} <= set(header):
            raise ValueError("its header names no schema and kind")
    except (KeyError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a dance3d artefact: {error}") from error
    if header.pop("schema") != SCHEMA:
        raise ValueError(f"{path} has another schema than {SCHEMA}; make it again")
    if (found := header.pop("kind")) != kind.__name__:
        raise ValueError(f"{path} holds {found}, expected {kind.__name__}")
    try:
        for name, value in header.items():
            if name == "camera" and value is not None:
                value = Camera(**value)
            values[name] = tuple(value) if isinstance(value, list) else value
        return kind(**values)
    except (TypeError, AttributeError, OverflowError, ValueError) as error:  # fields missing, strange or out of range
        raise ValueError(f"{path} is not a dance3d artefact: {error}") from error
