"""A process that does jobs, one after the other: what is loaded once stays loaded.

What is imported here is imported once for all processes, where the system can fork them.
"""

from __future__ import annotations

import logging
import os
import warnings
from multiprocessing.connection import Connection
from threading import Lock
from time import monotonic

import cv2
import torch

from dance3d.io.device_choice import VARIABLE, device_choice
from dance3d.io.progress import progress_to
from dance3d.lazy_import import resolve
from dance3d.pipeline.many.job import Job, News, Outcome, do
from dance3d.pipeline.runner import Result
from dance3d.registry import STAGES

OFTEN = 0.5  # chosen: seconds between two reports of progress

for _row in STAGES.values():
    resolve(_row.predict)


class _Sender(logging.Handler):
    """Sends news, lines of the log among them, from whichever thread has them."""

    def __init__(self, line: Connection) -> None:
        super().__init__()
        self._line, self._one = line, Lock()

    def send(self, news: News) -> None:
        with self._one:
            self._line.send(news)

    def emit(self, record: logging.LogRecord) -> None:
        self.send(News(level=record.levelno, line=record.getMessage()))


def work(line: Connection, threads: int, level: int, number: int = 0) -> None:
    """Do the jobs that come, until there is none.

    Args:
        line: jobs come in, news go out.
        threads: that libraries may use.
        level: of the log.
        number: of this process among those side by side; of several GPUs it takes one by it.
    """
    if device_choice() == "auto" and (gpus := torch.cuda.device_count()) > 1:
        os.environ[VARIABLE] = f"cuda:{number % gpus}"
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    sender = _Sender(line)
    logging.basicConfig(handlers=[sender], level=logging.WARNING, force=True)
    logging.getLogger("dance3d").setLevel(level)
    if level > logging.WARNING:
        warnings.simplefilter("ignore")
    try:
        sender.send(News())
        while (job := line.recv()) is not None:
            sender.send(News(outcome=_done(job, sender)))
    except (EOFError, BrokenPipeError):  # nobody is there any more
        return


def _done(job: Job, sender: _Sender) -> Outcome:
    now, last = "", 0.0

    def report(stage: str, why: str, result: Result | None) -> None:
        nonlocal now
        now = stage
        sender.send(News(stage, why, result is not None and result.cached))

    def hear(done: int, expected: int | None) -> None:
        nonlocal last
        if monotonic() - last >= OFTEN:
            last = monotonic()
            sender.send(News(now, done=done, expected=expected))

    with progress_to(hear):
        return do(job, report)
