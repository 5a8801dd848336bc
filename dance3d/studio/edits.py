"""Edits of who is who, from the page's words to those of ``dance3d tracks``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DANCERS = {
    "swap": ("first", "second"),
    "confirm": ("first", "second"),
    "merge": ("into", "gone"),
    "split": ("person",),
    "rename": ("person",),
    "undo": (),
}
"""The actions of ``dance3d tracks``, with the dancers that each names, in its order; and ``keep``, which names any."""
TIMED = ("swap", "confirm", "split")


def words(asked: Mapping[str, Any]) -> list[str]:
    """The action and what follows the folder.

    Raises:
        ValueError: no such action, or not what it names.
    """
    action = asked.get("action")
    if action == "keep":
        people = asked.get("people")
        if not isinstance(people, list) or not people:
            raise ValueError("keep: say which dancers are kept")
        return ["keep", *(str(_dancer(one)) for one in people)]
    if action not in DANCERS:
        raise ValueError(f"an edit is one of {', '.join((*DANCERS, 'keep'))}")
    found = [str(_dancer(asked.get(name))) for name in DANCERS[action]]
    return [str(action), *found, *([_name(asked.get("name"))] if action == "rename" else [])]


def when(asked: Mapping[str, Any], action: str) -> list[str]:
    """The options of an action: from which time on it holds; of a merge, whose rows are kept.

    Raises:
        ValueError: no time where one is needed, or a number of a dancer that is none.
    """
    if action == "merge" and asked.get("prefer"):
        return ["--prefer", str(_dancer(asked["prefer"]))]
    if action not in TIMED:
        return []
    at = asked.get("at")
    if type(at) not in (int, float) or not -1e6 < at < 1e6:  # type: ignore[operator]
        raise ValueError(f"{action}: say from which second on")
    return ["--at", f"{at:.4f}"]


def _dancer(value: object) -> int:
    if type(value) is not int or not 0 < value < 10_000:
        raise ValueError("a dancer is a number, as the page shows it")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("rename: say the new name")
    return value
