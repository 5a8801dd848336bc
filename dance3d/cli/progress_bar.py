"""An honest estimate of the time that is left, shown as a bar on a terminal and as a line now and then elsewhere."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from dance3d.io.progress import progress_to

LATELY = 10.0
"""Seconds over which the speed is measured: an average from the start on would not notice that work got slower."""
LINES = 10.0  # seconds between two lines where there is no terminal
VARIABLE = "DANCE3D_LINES"
"""Environment variable that says other seconds, such as the studio's, whose page follows the lines."""
REDRAWN = 0.25  # seconds between two pictures of the bar


class Eta:
    """Speed of late, and what it makes of the rest."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._marks = deque([(clock(), 0)])
        self.done, self.expected = 0, None

    done: int
    expected: int | None
    """Frames by the header; none where it does not say, or has been overtaken and is not believed any more."""

    def begin(self, done: int) -> None:
        """Work begins here, with so many frames done before."""
        self._marks = deque([(self._clock(), done)])

    def update(self, done: int, expected: int | None) -> None:
        """So many frames are done, of so many by the header."""
        now = self._clock()
        self.done, self.expected = done, expected if expected and done <= expected else None
        if now - self._marks[-1][0] >= REDRAWN:  # a mark for every frame would be many
            self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[1][0] >= LATELY:
            self._marks.popleft()

    @property
    def rate(self) -> float:
        """Frames per second of late; 0 before anything is known."""
        then, before = self._marks[0]
        took = self._clock() - then
        return (self.done - before) / took if took > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds left; none where that cannot be told."""
        rate = self.rate
        return None if self.expected is None or rate <= 0 else (self.expected - self.done) / rate

    def __str__(self) -> str:
        of = f" of {self.expected} ({self.done / self.expected:.0%})" if self.expected else ""
        left = self.left
        rest = "time left unknown" if left is None else f"{spoken(left)} left"
        return f"{self.done}{of} frames, {self.rate:.1f} frames/s, {rest}"


def seconds_between_lines() -> float:
    """As ``DANCE3D_LINES`` says, else ``LINES``.

    Raises:
        ValueError: the variable says something else than seconds above 0.
    """
    said = os.environ.get(VARIABLE, "").strip() or str(LINES)
    try:
        seconds = float(said)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ValueError(f"{VARIABLE} is {said!r}; expected seconds above 0 between two lines of progress")
    return seconds


class Meter:
    """Shows how far the work is that is done while it is open.

    Args:
        name: of the work.
        out: where to; a terminal gets a bar, which vanishes at the end.
        clock: seconds.
        lines: seconds between two lines where there is no terminal.
    """

    def __init__(self, name: str, out: TextIO, clock: Callable[[], float] = monotonic, lines: float = LINES) -> None:
        self._name, self._out, self._clock, self._lines = name, out, clock, lines
        self._eta, self._next = Eta(clock), clock() + self._lines
        self._bar: Progress | None = None
        if out.isatty():
            columns = (TextColumn("  {task.description:10}"), BarColumn(20), TextColumn("{task.fields[said]}"))
            self._bar = Progress(*columns, console=Console(file=out), transient=True, auto_refresh=False)
        self._heard = progress_to(self._hear)

    def __enter__(self) -> Self:
        self._heard.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._heard.__exit__(kind, error, at)
        if self._bar is not None:
            self._bar.stop()

    def _hear(self, done: int, expected: int | None) -> None:
        if done > 1 and self._eta.done == 0:  # an earlier run has begun it
            self._out.write(f"  {self._name:10} goes on from frame {done}\n")
            self._out.flush()
        if done > 1 and self._eta.done in (0, done):
            self._eta.begin(done)
        self._eta.update(done, expected)
        now = self._clock()
        if self._bar is not None:
            if not self._bar.tasks:
                self._bar.start()
                self._bar.add_task(self._name, total=None, said="")
                self._next = now
            if now >= self._next:
                self._next = now + REDRAWN
                self._bar.update(self._bar.tasks[0].id, total=self._eta.expected, completed=done, said=str(self._eta))
                self._bar.refresh()
        elif now >= self._next:
            self._next = now + self._lines
            self._out.write(f"  {self._name:10} {self._eta}\n")
            self._out.flush()


def spoken(seconds: float) -> str:
    """A duration as minutes and seconds, or with hours."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
