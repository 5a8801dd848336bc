"""Artefacts of a clip with several shots: each shot by itself, and all of them together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from dance3d.contracts.checks import field_names

Kind = TypeVar("Kind")
ONE = (0,)
"""The shots of a clip without a cut."""
_NOT_ROWS = ("up", "least")  # arrays without a row per frame


def check_shots(owner: Any) -> None:
    """Hold that ``shots`` are rows that increase from 0.

    Raises:
        ValueError: they are not.
    """
    shots = tuple(int(row) for row in owner.shots)
    if shots[:1] != ONE or any(b <= a for a, b in pairwise(shots)) or shots[-1] >= max(len(owner.time), 1):
        raise ValueError(f"{type(owner).__name__}.shots is {shots}, expected rows of {len(owner.time)}, from 0 upwards")
    object.__setattr__(owner, "shots", shots)


def spans(shots: Sequence[int], frames: int) -> list[tuple[int, int]]:
    """First row of each shot, and the row behind its last.

    Args:
        shots: first rows.
        frames: of the clip.
    """
    return list(pairwise((*shots, frames)))


def by_shot(artefact: Kind) -> list[Kind]:
    """An artefact's rows shot by shot; one with a single shot as it is."""
    whole: Any = artefact
    if len(whole.shots) == 1:
        return [artefact]
    return [
        replace(whole, **_rows(whole, start, stop), start=whole.start + start, shots=ONE)
        for start, stop in spans(whole.shots, len(whole.time))
    ]


def joined(parts: Sequence[Kind], **changes: Any) -> Kind:
    """The whole artefact again.

    Args:
        parts: of the shots, in order.
        changes: values of the whole's fields in place of those of the first shot.
    """
    first: Any = parts[0]
    if len(parts) == 1:
        return parts[0]
    rows: dict[str, Any] = {}
    for name in _row_fields(first):
        rows[name] = np.concatenate([getattr(part, name) for part in parts])
    whole: Kind = replace(first, **{**rows, **changes})
    return whole


def _row_fields(artefact: Any) -> list[str]:
    return [
        name
        for name in field_names(type(artefact))
        if name not in _NOT_ROWS and isinstance(getattr(artefact, name), np.ndarray)
    ]


def _rows(artefact: Any, start: int, stop: int) -> dict[str, Any]:
    return {name: getattr(artefact, name)[start:stop] for name in _row_fields(artefact)}
