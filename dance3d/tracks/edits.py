"""The list of edits that a results folder keeps in ``tracks.json``: read, checked, applied, put into words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dance3d.contracts import Keypoints2D
from dance3d.tracks import operations

FILE = "tracks.json"
SCHEMA = "dance3d.tracks/1"
MOVES: dict[str, tuple[Callable[..., list[Keypoints2D]], dict[str, type]]] = {
    "swap": (operations.swap, {"first": int, "second": int, "frame": int}),
    "confirm": (operations.confirm, {"first": int, "second": int, "frame": int}),
    "merge": (operations.merge, {"into": int, "gone": int, "prefer": int}),
    "split": (operations.split, {"person": int, "frame": int, "new": int}),
    "keep": (operations.keep, {"persons": list}),
    "rename": (operations.rename, {"person": int, "name": str}),
}
"""The edits by name: the function of ``dance3d.tracks.operations``, and what it is told, with types."""
_SMOOTHED = ("swap", "merge", "split")
_MOVING = (*_SMOOTHED, "keep")
_WORDS = {
    "swap": "{first} and {second} are exchanged from frame {frame} on",
    "confirm": "{first} and {second} are right after they overlap at frame {frame}",
    "merge": "{gone} is part of {into}",
    "split": "{person} is a new dancer, {new}, from frame {frame} on",
    "keep": "only {persons} are kept",
    "rename": "{person} is called {name}",
}


@dataclass(frozen=True)
class Edit:
    """One edit.

    Attributes:
        action: a name of ``MOVES``.
        values: what that function is told, such as ``{"first": 1, "second": 2, "frame": 372}``.

    Raises:
        ValueError: no such edit, or values that are not its own.
    """

    action: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.action not in MOVES:
            raise ValueError(f"edit {self.action!r} is not known; choose from {', '.join(MOVES)}")
        wanted = MOVES[self.action][1]
        values = {"prefer": 0, **self.values} if self.action == "merge" else dict(self.values)
        fits = set(values) == set(wanted) and all(type(values[name]) is kind for name, kind in wanted.items())
        if not fits or not all(type(p) is int for p in values.get("persons", ())):
            expected = ", ".join(f"{name} ({kind.__name__})" for name, kind in wanted.items())
            raise ValueError(f"edit {self.action} has {dict(self.values)}; expected {expected}")
        object.__setattr__(self, "values", values)

    @property
    def moves(self) -> bool:
        """Whether rows change, and not only names or crossings."""
        return self.action in _MOVING

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"edit": self.action, **self.values}

    def __str__(self) -> str:
        shown = {name: ", ".join(map(str, v)) if isinstance(v, list) else v for name, v in self.values.items()}
        return _WORDS[self.action].format(**shown)


def apply(track_list: Sequence[Keypoints2D], edits: Sequence[Edit], smooth: bool | None = None) -> list[Keypoints2D]:
    """Tracks after edits, in order.

    Args:
        track_list: all dancers of a clip.
        edits: the first is applied first.
        smooth: as in ``dance3d.tracks.operations``.

    Raises:
        ValueError: an edit does not fit the tracks; says which.
    """
    done = list(track_list)
    for number, edit in enumerate(edits, 1):
        more = {"smooth": smooth} if edit.action in _SMOOTHED else {}
        try:
            done = MOVES[edit.action][0](done, **edit.values, **more)
        except ValueError as error:
            where = f"edit {number} of {len(edits)} ({edit.action}): " if len(edits) > 1 else ""
            raise ValueError(f"{where}{error}") from error
    return done


@dataclass(frozen=True)
class Sheet:
    """What ``tracks.json`` says.

    Attributes:
        video: sha256 of the video that the edits are of.
        keypoints: key of the keypoints that they were made on.
        edits: in order.
    """

    video: str
    keypoints: str
    edits: tuple[Edit, ...] = ()

    def text(self) -> str:
        """For the file: one edit a line, each with what it means."""
        lines = [json.dumps({**edit.plain(), "note": str(edit)}, ensure_ascii=False) for edit in self.edits]
        listed = "[\n  " + ",\n  ".join(lines) + "\n ]" if lines else "[]"
        head = {"schema": SCHEMA, "video": self.video, "keypoints": self.keypoints}
        return json.dumps(head, indent=1)[:-2] + f',\n "edits": {listed}\n}}\n'


def read_sheet(folder: Path) -> Sheet | None:
    """The edits that a folder keeps, or none.

    Raises:
        ValueError: the file is not one of edits; says what is wrong.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            raise ValueError(f'its "schema" is not {SCHEMA}')
        if not isinstance(content.get("edits"), list) or not all(isinstance(e, dict) for e in content["edits"]):
            raise ValueError('its "edits" are not a list of edits')
        edits = [
            Edit(str(e.get("edit", "")), {name: v for name, v in e.items() if name not in ("edit", "note")})
            for e in content["edits"]
        ]
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}; mend it, or forget it with --fresh-tracks") from error
    return Sheet(str(content.get("video", "")), str(content.get("keypoints", "")), tuple(edits))
