"""Progress of long work: the worker reports it, a listener shows it. Without a listener nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class ProgressListener(Protocol):
    """Is called with the progress of work."""

    def __call__(self, done: int, expected: int | None) -> None:
        """Receive how many frames are done, and how many the header of the file gives; none where it does not say."""
        ...


_LISTENER: ContextVar[ProgressListener | None] = ContextVar("listener", default=None)


def report_progress(done: int, expected: int | None) -> None:
    """Report how many frames are done, and how many the header of the file gives, to the listener if there is one."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(done, expected)


@contextmanager
def progress_to(listener: ProgressListener, besides: bool = False) -> Iterator[None]:
    """Send progress to a listener inside a ``with`` block.

    Args:
        listener: is called.
        besides: whether who listened before still hears it, too.
    """
    others = _LISTENER.get() if besides else None

    def both(done: int, expected: int | None) -> None:
        listener(done, expected)
        if others is not None:
            others(done, expected)

    before = _LISTENER.set(both)
    try:
        yield
    finally:
        _LISTENER.reset(before)
