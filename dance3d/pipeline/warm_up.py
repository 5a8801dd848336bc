"""Imports of the later stages, beside the work of the first: nets and their libraries take a second or more."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from threading import Thread
from types import TracebackType
from typing import Self

from dance3d.io.interrupts import beside
from dance3d.io.progress import progress_to
from dance3d.registry import get

LONGEST = 60.0  # chosen, seconds: most that a stage waits for what imports beside it


class WarmUp:
    """Imports in a thread what stages need, from the first progress of the stage before them.

    Not earlier: imports would take the time of those that the first frame waits for. One after the other, and finished
    before the next stage begins: two threads that import modules which import each other may see half of one.

    Args:
        names: of the stages, in order; the first is the one that works meanwhile.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._listening = ExitStack()
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listening.close()

    def begin(self) -> None:
        """The first stage begins."""
        self._listening.enter_context(progress_to(self._told, besides=True))

    def end(self) -> None:
        """It has ended: wait for what is being imported."""
        self._listening.close()
        if self._thread is not None:
            self._thread.join(LONGEST)

    def _told(self, done: int, expected: int | None) -> None:
        if self._thread is None:
            self._thread = beside(self._work)

    def _work(self) -> None:
        for name in self._names[1:]:
            import_module(get(name).predict.partition(":")[0])
