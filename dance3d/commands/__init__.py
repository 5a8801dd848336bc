"""What each command does with its options: a table, so that a command imports no more than its own."""

from __future__ import annotations

from collections.abc import Callable

from dance3d.commands.shared import CHANGED, INTERRUPTED, REFUSED, USAGE, guarded
from dance3d.late import resolve

_IN = {
    "running": ("run", "train", "demo", "tracks", "lightning"),
    "looking": ("check", "doctor", "cache", "weights", "bench"),
    "making": ("export", "synth", "crops"),
    "comparing": ("compare",),
    "movements": ("movements",),
}
_ROOM = {command: room for room, commands in _IN.items() for command in commands}


def command(name: str) -> Callable[..., int | None]:
    """The function of a command: takes its options."""
    found: Callable[..., int | None] = resolve(f"dance3d.commands.{_ROOM[name]}:{name}")
    return found


__all__ = ["CHANGED", "INTERRUPTED", "REFUSED", "USAGE", "command", "guarded"]
