"""Jobs done by several processes. One that is killed costs its job a second try, alone; the others go on."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from dance3d.pipeline.exit_codes import REFUSED
from dance3d.pipeline.many.job import Job, News, Outcome
from dance3d.pipeline.many.share import LIMITS, Share

PATIENCE = 5.0  # chosen, seconds: a process that was told to end may take so long
STARTS = 3  # chosen: so many processes in a row may end before they are ready
WORKER = "dance3d.pipeline.many.worker"
Work = Callable[[Connection, Share, int, int], None]
"""Does the jobs that come in at a connection, and sends ``News``, the first as soon as it is ready."""


def do_jobs(line: Connection, how: Share, level: int, number: int) -> None:
    """Do the jobs of this package; see ``Work``.

    Args:
        line: jobs come in, news go out.
        how: threads that it may use.
        level: of the log.
        number: of this process among those side by side.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; whoever started this process ends it
    os.environ.update(_limits(how))
    from dance3d.pipeline.many import worker

    worker.work(line, how.threads, level, number)


class _Member:
    """A process, and the job that it does."""

    def __init__(self, how: Share, work: Work, level: int, number: int) -> None:
        forked = sys.platform == "linux"  # elsewhere forks are not safe
        context: Any = multiprocessing.get_context("forkserver" if forked else "spawn")
        if forked:
            context.set_forkserver_preload([WORKER if work is do_jobs else __name__])  # imported once for all
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, how, level, number), daemon=True)
        with _environment(_limits(how)):
            self.process.start()
        theirs.close()
        self.job: int | None = None
        self.since = 0.0
        self.ready = False

    def give(self, number: int, job: Job) -> None:
        self.job, self.since = number, time.monotonic()
        with suppress(OSError):  # it has ended, which shows when it is listened to
            self.line.send(job)

    def hear(self) -> News | None:
        """Its next message; none where it has ended."""
        try:
            news: News = self.line.recv()
        except (EOFError, OSError):
            self.process.join()
            return None
        self.ready = True
        return news

    def fate(self) -> str:
        """How it ended."""
        code = self.process.exitcode
        if code == -signal.SIGKILL:
            return "its process was killed; perhaps it ran out of memory"
        return f"its process was ended by {signal.Signals(-code).name}" if code < 0 else "its process ended by a fault"


def do_all(
    jobs: Sequence[Job], how: Share, level: int = logging.WARNING, work: Work = do_jobs
) -> Generator[tuple[int, News], None, None]:
    """Do jobs and tell of them, in the order in which things happen: the number of a job and its news.

    Every job gets one outcome. Large files come first, lest a long video is begun last and keeps one process waiting.
    Whoever closes the generator ends the processes; the next run goes on with what they had begun. A job whose process
    ends is tried once more when all others are done, with the memory for itself.

    Args:
        jobs: to do.
        how: number of processes, and threads of each.
        level: of the log.
        work: of each process.

    Raises:
        ValueError: processes end before they can begin.
    """
    largest_first = sorted(range(len(jobs)), key=lambda number: -_size(jobs[number]))
    waiting, again, fated = deque(largest_first), deque[int](), set[int]()
    crew = [_Member(how, work, level, slot) for slot in range(min(how.processes, len(jobs)))]
    starts = 0
    try:
        while True:
            idle = [one for one in crew if one.job is None]
            if again and not waiting and len(idle) == len(crew):
                _end(crew[1:])
                del crew[1:], idle[1:]
                waiting.append(again.popleft())
            for one in idle[: len(waiting)]:
                one.give(number := waiting.popleft(), jobs[number])
            busy: dict[Any, tuple[int, _Member]] = {one.line: (one.job, one) for one in crew if one.job is not None}
            if not busy:
                return
            for line in wait(list(busy)):
                number, one = busy[line]
                if (news := one.hear()) is not None:
                    starts = 0
                    one.job = None if news.outcome else number
                    yield number, news
                    continue
                starts += not one.ready
                if starts == STARTS:
                    raise ValueError(f"{one.fate()} before it could begin; fewer processes (-j) need less memory")
                slot = crew.index(one)
                crew[slot] = _Member(how, work, level, slot)
                if not one.ready:
                    waiting.appendleft(number)
                elif number not in fated:
                    fated.add(number)
                    again.append(number)
                    yield number, News(level=logging.WARNING, line=f"{one.fate()}; tried once more at the end, alone")
                else:
                    job, took = jobs[number], time.monotonic() - one.since
                    why = f"{job.video}: {one.fate()}"
                    yield number, News(outcome=Outcome(job.video, job.out, took, None, REFUSED, why))
    finally:
        _end(crew)


def _end(crew: Sequence[_Member]) -> None:
    """End processes: those without a job by themselves, others at once. What is on disk stays whole either way."""
    for one in crew:
        if one.job is None and one.ready:
            with suppress(OSError):
                one.line.send(None)
        else:
            one.process.terminate()
    until = time.monotonic() + PATIENCE
    for one in crew:
        one.process.join(max(until - time.monotonic(), 0))
        if one.process.exitcode is None:
            one.process.kill()
            one.process.join()
        one.line.close()


def _size(job: Job) -> int:
    try:
        return job.video.stat().st_size
    except OSError:
        return 0


def _limits(how: Share) -> dict[str, str]:
    return dict.fromkeys(LIMITS, str(how.threads))


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    """Change the environment that new processes get."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
