"""Flaws of a file that cost only the part that they hit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

log = logging.getLogger(__name__)

_NOTES: ContextVar[list[str] | None] = ContextVar("_NOTES", default=None)


def tell(flaw: str, done: str, strict: bool) -> None:
    """Say what is wrong with a part of a file and what is done about it, or refuse the file.

    Args:
        flaw: the file, and what is wrong where.
        done: what becomes of that part.
        strict: whether the file is refused.

    Raises:
        ValueError: ``strict``.
    """
    if strict:
        raise ValueError(flaw)
    words = f"{flaw}; {done}"
    log.warning("%s", words)
    if (notes := _NOTES.get()) is not None:
        notes.append(words)


@contextmanager
def noted() -> Iterator[list[str]]:
    """What is told within, also as a list, to be kept with what was read."""
    notes: list[str] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)
