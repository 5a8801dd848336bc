"""What several processes do, shown together: a table on a terminal, elsewhere a line per video."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dance3d.cli.progress_bar import REDRAWN, Eta, spoken
from dance3d.io.safe_names import printable
from dance3d.pipeline.many.job import News, Outcome
from dance3d.pipeline.many.share import Share

SILENCE = 30.0  # chosen: seconds without a line after which one says how far the work is, where there is no terminal


class _Running:
    """A video at work: the stage, and how far it is."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.stage, self.clock, self.eta = "begins", clock, Eta(clock)

    def hear(self, news: News) -> None:
        if news.stage != self.stage:
            self.stage, self.eta = news.stage, Eta(self.clock)
        if news.done:
            if self.eta.done == 0:
                self.eta.begin(news.done)
            self.eta.update(news.done, news.expected)


class RunTable:
    """Shows the work on several videos while it is open.

    Args:
        names: of the videos, by number.
        how: number of processes.
        options: of the command line.
        out: where to; a terminal gets a table, which vanishes at the end.
        clock: seconds.
    """

    def __init__(
        self, names: Sequence[str], how: Share, options: Any, out: TextIO, clock: Callable[[], float] = monotonic
    ) -> None:
        self._names, self._how, self._options, self._out, self._clock = names, how, options, out, clock
        self._explains = options.verbose or options.explain
        self._running: dict[int, _Running] = {}
        self._done = self._failed = self._fresh = 0
        self._took = 0.0  # seconds of the videos that were not there already
        self._next, self._said = clock(), clock()
        self._live: Live | None = None
        if out.isatty() and not options.quiet:
            console, both = Console(file=out), sys.stderr.isatty()
            self._live = Live(console=console, transient=True, auto_refresh=False, redirect_stderr=both)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        elif not self._options.quiet:
            many, threads = self._how
            side = f"{many} process{'es' * (many > 1)} of {threads} thread{'s' * (threads > 1)}"
            self._say(f"{self._videos()}, {side}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def hear(self, number: int, news: News) -> None:
        """Show what a process says.

        Args:
            number: of the video.
            news: of it.
        """
        name = _shown(self._names[number])
        running = self._running.setdefault(number, _Running(self._clock))
        if news.line:
            print(f"{name}: {printable(news.line)}", file=sys.stderr)
        elif news.outcome is not None:
            del self._running[number]
            self._end(name, news.outcome)
        elif news.stage:
            if news.stage != running.stage and self._explains:
                self._say(f"  {name}: {news.stage} ({news.why})")
            running.hear(news)
        self._show()

    def _end(self, name: str, outcome: Outcome) -> None:
        if outcome.code:
            self._failed += 1
            print(f"dance3d: {printable(outcome.reason)}", file=sys.stderr)
            return
        self._done += 1
        if self._options.quiet:
            print(outcome.out / "report.html" if outcome.result else outcome.out, file=self._out, flush=True)
        if outcome.cached:
            return
        self._fresh += 1
        self._took += outcome.seconds
        number = f"[{self._done + self._failed}/{len(self._names)}]"
        self._say(f"{number} {name}: {outcome.seconds:.1f} s{_found(outcome.result)}")

    def _say(self, line: str) -> None:
        if self._options.quiet:
            return
        self._said = self._clock()
        if self._live is not None:
            self._live.console.print(Text(line), soft_wrap=True)  # above the table
        else:
            print(line, file=self._out, flush=True)

    def _show(self) -> None:
        now = self._clock()
        if self._live is not None and now >= self._next:
            self._next = now + REDRAWN
            self._live.update(self._picture(), refresh=True)
        elif self._live is None and now - self._said >= SILENCE:
            self._say(f"  {self}")

    def __str__(self) -> str:
        ended, total = self._done + self._failed, len(self._names)
        failed = f", {self._failed} failed" if self._failed else ""
        left = self._took / self._fresh * (total - ended) / self._how.processes if self._fresh else None
        rest = "time left unknown" if left is None else f"{spoken(left)} left"
        return f"{ended} of {self._videos()}{failed}, {rest}"

    def _videos(self) -> str:
        return f"{len(self._names)} video{'s' * (len(self._names) != 1)}"

    def _picture(self) -> Group:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=40)
        for number, one in sorted(self._running.items()):
            how_far = str(one.eta) if one.eta.done else ""
            table.add_row(Text(f"  {_shown(self._names[number])}"), Text(one.stage), Text(how_far))
        bar = ProgressBar(len(self._names), self._done + self._failed, width=20)
        head = Table.grid(padding=(0, 1))
        head.add_row(Text(" "), bar, Text(str(self)))
        return Group(head, table)


def _shown(name: str) -> str:
    """A name in one line."""
    return " ".join(printable(name).splitlines())


def _found(result: Mapping[str, Any] | None) -> str:
    """Who dances what, in few words."""
    if result is None:
        return ""
    number = len(result["dancers"])
    genre = f", {result['genre']['best']}" if result["genre"] else ""
    return f", {number} dancer{'s' * (number != 1)}{genre}"
