"""Jobs on disk: a folder each, with what is to be done, the log, and how it ended; so they outlive the server.

States: ``waiting``; ``running``, while its process lives, whoever started it; ``done``; ``failed``, with one line why;
``cancelled``; and ``lost``, where the process was killed, which can be gone on with.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from dance3d.pipeline.owner import ended
from dance3d.studio.job_process import END, JOB, LOG, PROCESS, write

CANCELLED = "cancelled"
"""File that says that the user wanted no more of a job."""
_LOOKS = 0.3  # seconds between two looks for work; chosen
_PATIENCE = 5.0  # seconds that a process has to end by itself; chosen
_TAIL = 4096  # bytes of the log that are looked at
_SHARE = re.compile(r"(\w+) +\d+ of \d+ \((\d+)%\) frames")


@dataclass(frozen=True)
class StudioJob:
    """One job, as the page shows it.

    Attributes:
        id: name of its folder; later jobs have later ones.
        kind: ``run``, ``tracks``, ``compare``, ``train`` or ``export``.
        title: for the user.
        target: what it writes to, as ``results/NAME``: no two jobs that run have the same.
        state: see above.
        said: the error, or the last line of the log.
        share: of the stage that works, 0..1; none where it is not known.
    """

    id: str
    kind: str
    title: str
    target: str
    state: str
    said: str
    share: float | None


class Jobs:
    """The jobs of a studio, and the thread that starts them.

    Args:
        folder: of the jobs.
        at_once: how many may run side by side.
    """

    def __init__(self, folder: Path, at_once: int = 1) -> None:
        self.folder, self.at_once = folder, at_once
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="dance3d-jobs", daemon=True)

    # ---- for the page -----------------------------------------------------------------------------------------------

    def add(
        self,
        kind: str,
        title: str,
        target: str,
        commands: Sequence[Sequence[str]],
        *,
        besides: Sequence[Sequence[str]] = (),
        keep: str = "",
    ) -> str:
        """Put a job at the end of the queue; its id.

        Args:
            kind: see ``StudioJob``.
            title: for the user.
            target: what it writes to.
            commands: words behind ``python -m`` each; one that fails ends the job.
            besides: further ones, which may fail.
            keep: folder for the weights that the last command names; empty: none are kept.
        """
        id = f"{time.time_ns():020d}-{token_hex(3)}"
        (self.folder / id).mkdir()
        told = {"kind": kind, "title": title, "target": target, "commands": list(map(list, commands))}
        write(self.folder / id / JOB, json.dumps(told | {"besides": list(map(list, besides)), "keep": keep}))
        return id

    def listed(self) -> list[StudioJob]:
        """All jobs, the last first."""
        return [job for id in sorted(self._ids(), reverse=True) if (job := self._read(id)) is not None]

    def busy(self, target: str) -> bool:
        """Whether a job that waits or runs writes to a target."""
        return any(job.target == target and job.state in ("waiting", "running") for job in self.listed())

    def cancel(self, id: str) -> None:
        """End a job, or take it out of the queue; one that has ended stays as it is.

        Raises:
            ValueError: no such job.
        """
        with self._lock:
            state = self._known(id).state
            if state in ("waiting", "running"):
                write(self.folder / id / CANCELLED, "")
                self._end(id)

    def again(self, id: str) -> None:
        """Put a job that was cancelled, lost or failed back into the queue: it goes on where it was.

        Raises:
            ValueError: no such job, or one that is done, waits or runs.
        """
        with self._lock:
            job = self._known(id)
            if job.state not in ("cancelled", "lost", "failed"):
                raise ValueError(f"{job.title}: is {job.state}; only what has failed or was ended is done again")
            for name in (CANCELLED, PROCESS, END, LOG):
                (self.folder / id / name).unlink(missing_ok=True)
            self._started.pop(id, None)

    def log(self, id: str) -> str:
        """What a job has said, from its end backwards for 64 kB.

        Raises:
            ValueError: no such job.
        """
        self._known(id)
        return _tail(self.folder / id / LOG, 1 << 16)

    # ---- the thread -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start to do jobs."""
        self._thread.start()

    def stop(self) -> None:
        """End what runs, so that the next start of the studio goes on with it."""
        self._ending.set()
        with suppress(RuntimeError):  # never started
            self._thread.join()
        for job in self.listed():
            if job.state == "running":
                self._end(job.id)
                if not (self.folder / job.id / END).exists():
                    (self.folder / job.id / PROCESS).unlink(missing_ok=True)

    def _go_on(self) -> None:
        while not self._ending.wait(_LOOKS):
            with self._lock:
                self._start_next()

    def _start_next(self) -> None:
        jobs = self.listed()[::-1]
        running = [job for job in jobs if job.state == "running"]
        taken = {job.target for job in running}
        for job in jobs:
            if job.state == "waiting" and job.target not in taken and len(running) < self.at_once:
                command = [sys.executable, "-m", "dance3d.studio.job_process", str(self.folder / job.id)]
                quiet = subprocess.DEVNULL
                self._started[job.id] = subprocess.Popen(
                    command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
                )
                running.append(job)
                taken.add(job.target)

    def _end(self, id: str) -> None:
        """End the processes of a job, which are a session of their own, and wait until they have ended."""
        if (number := self._process(id)) is None:
            return
        for how in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(number, how)
            until = time.monotonic() + _PATIENCE
            while self._process(id) is not None and time.monotonic() < until:
                time.sleep(0.02)
            if self._process(id) is None:
                with suppress(ProcessLookupError):
                    os.killpg(number, signal.SIGKILL)  # what it had started
                return

    # ---- what lies on disk ------------------------------------------------------------------------------------------

    def _ids(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if (path / JOB).is_file()]

    def _known(self, id: str) -> StudioJob:
        job = self._read(id) if id in self._ids() else None
        if job is None:
            raise ValueError("there is no such job any more; load the page again")
        return job

    def _process(self, id: str) -> int | None:
        """Number of the process that does a job; none where none lives."""
        if (started := self._started.get(id)) is not None:
            return started.pid if started.poll() is None else None
        try:
            path = self.folder / id / PROCESS
            mark = path.read_text(encoding="utf-8")
            return None if ended(mark, path.stat().st_mtime) else int(mark.split(".")[1])
        except (OSError, ValueError, IndexError):
            return None

    def _read(self, id: str) -> StudioJob | None:
        folder = self.folder / id
        try:
            told = json.loads((folder / JOB).read_text(encoding="utf-8"))
            running = self._process(id) is not None  # looked at before the end, which is written before it ends
            end = json.loads((folder / END).read_text(encoding="utf-8")) if (folder / END).is_file() else None
        except (OSError, ValueError):
            return None
        tail = _tail(folder / LOG)
        said, state = _last(tail).replace(f"{self.folder.parent}{os.sep}", ""), "waiting"
        if (folder / CANCELLED).is_file():
            state, said = "cancelled", ""
        elif end is not None:
            state, said = ("failed", end["said"] or said) if end["code"] else ("done", "")
        elif running:
            state = "running"
        elif (folder / PROCESS).is_file() or id in self._started:
            state, said = "lost", "it was ended from outside; it goes on where it was"
        share = [int(found[2]) / 100 for found in _SHARE.finditer(said)] if state == "running" else []
        return StudioJob(id, told["kind"], told["title"], told["target"], state, said, share[-1] if share else None)


def plain(job: StudioJob) -> dict[str, Any]:
    """A job as JSON."""
    return dict(vars(job))


def _tail(log: Path, most: int = _TAIL) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - most))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _last(tail: str) -> str:
    return next((line.strip() for line in reversed(tail.splitlines()) if line.strip()), "")
