"""Exit codes of commands, and which error that a user can mend has which."""

from __future__ import annotations

from dance3d.pipeline.cache_entry import InputChanged

USAGE, REFUSED, CHANGED = 2, 3, 4
MENDABLE = (ValueError, OSError, InputChanged)
"""Errors that a user can mend; any other is a fault of this package or of the machine."""


class UsageError(ValueError):
    """Words that do not fit each other, which only shows once files are read."""


def exit_code(error: BaseException) -> int:
    """The exit code of an error of ``MENDABLE``."""
    if isinstance(error, InputChanged):
        return CHANGED
    return USAGE if isinstance(error, UsageError) else REFUSED


def one_line(error: BaseException) -> str:
    """What an error says, without line breaks; one of the system's begins with the file."""
    said = str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        said = f"{error.filename}: {error.strerror[0].lower()}{error.strerror[1:]}"
    return " ".join(said.split())
