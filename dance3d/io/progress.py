"""How far long work has come: whoever works tells, whoever wants to know listens. By default nobody does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Hears how far work is."""

    def __call__(self, done: int, expected: int | None) -> None:
        """So many frames are done, of so many as the file's header says, or none where it does not say."""
        ...


_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(done: int, expected: int | None) -> None:
    """Say how far the work is; it knows neither who listens nor whether anybody does."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(done, expected)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let a listener hear what is told meanwhile."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)
