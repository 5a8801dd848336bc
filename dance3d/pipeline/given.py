"""Inputs from outside, and whether they are still what their keys say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dance3d.io.file_hash import file_state
from dance3d.pipeline.cache_entry import InputChanged, hash_input


@dataclass(frozen=True)
class Given:
    """An input from outside: its key, how to get it, and how to see that it is still the same: surely, and at once."""

    key: str
    load: Callable[[], Any]
    unchanged: Callable[[], bool] = lambda: True
    looks_unchanged: Callable[[], bool] = lambda: True


def file_given(path: Path) -> Given:
    """A file, or a folder of files, as an input: its key is the sha256 of its bytes, never its name."""
    seen = file_state(path)
    key = hash_input(path)
    return Given(key, lambda: path, lambda: hash_input(path) == key, lambda: file_state(path) == seen)


def check(inputs: Mapping[str, Given]) -> None:
    """See that inputs are what their keys say.

    Raises:
        InputChanged: one is not; named as in ``inputs``.
    """
    for name, given in inputs.items():
        if not given.unchanged():
            raise InputChanged(f"the {name} was changed while it was being read; run again when it is complete")


def look_unchanged(inputs: Mapping[str, Given]) -> bool:
    """Whether inputs look as they did before their keys were made, without reading them."""
    return all(given.looks_unchanged() for given in inputs.values())
