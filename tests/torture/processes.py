"""Children forked from a process that has imported everything, so that each costs milliseconds; limits, and kills."""

from __future__ import annotations

import faulthandler
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

MEMORY = 3 * 2**30  # bytes that a child may take beyond what its parent has; chosen
FILE = 2 * 2**30  # bytes of its largest file
LONG = 120.0  # seconds after which a child hangs; chosen


class Child:
    """A forked process that does one thing.

    Args:
        work: what it does; its exit code is that of ``SystemExit``, 0, or 1 after any other exception.
        log: file of its output; none for one of its own.
        memory: bytes that it may take beyond what this process has; none for no limit.
        file: bytes of the largest file that it may write.
    """

    def __init__(
        self, work: Callable[[], object], log: Path | None = None, memory: int | None = None, file: int = FILE
    ) -> None:
        self._log = log or Path(tempfile.mkstemp(prefix="torture-", suffix=".log")[1])
        self._own = log is None
        self.status: int | None = None
        self.peak = 0  # bytes, once it has ended
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _live(work, self._log, memory, file)

    def wait(self, seconds: float = LONG) -> int:
        """Its exit code, negative for the signal that ended it.

        Raises:
            TimeoutError: it was still there; it is killed then.
        """
        stop, pause = time.monotonic() + seconds, 0.0005
        while not self.ended():
            if time.monotonic() > stop:
                self.kill()
                raise TimeoutError(f"hangs: not ended after {seconds:.0f} s; {self.said()}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        return self.status

    def kill(self, number: int = signal.SIGKILL) -> bool:
        """End it and all that it started, now; whether that is what ended it."""
        if not self.ended():
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:  # it has not made its group yet
                os.kill(self.pid, number)
            while not self.ended():
                time.sleep(0.0005)
        return self.status == -number

    def ended(self) -> bool:
        """Whether it is over."""
        if self.status is None:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.status, self.peak = os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024
        return self.status is not None

    def said(self) -> str:
        """The end of what it printed."""
        try:
            return self._log.read_text(errors="replace")[-1500:].strip()
        finally:
            if self._own and self.status is not None:
                self._log.unlink(missing_ok=True)


def _live(work: Callable[[], object], log: Path, memory: int | None, file: int) -> None:
    """What the child does; never returns."""
    code = 1
    try:
        os.setpgid(0, 0)
        faulthandler.disable()  # pytest's would write past the log
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        sys.stdout = sys.stderr = os.fdopen(handle, "w", buffering=1)  # pytest's own lead elsewhere
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit(memory, file)
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def limit(memory: int | None, file: int = FILE) -> None:
    """Bound this process's memory, above what it has now, and the size of its files."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond it then raises OSError
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    held = Path("/proc/self/statm")
    if memory is not None and held.exists():
        most = int(held.read_text().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def done(work: Callable[[], object], seconds: float = LONG, memory: int | None = MEMORY) -> str:
    """Do something in a child; what it printed.

    Raises:
        AssertionError: it did not end with 0.
        TimeoutError: it did not end.
    """
    child = Child(work, memory=memory)
    code = child.wait(seconds)
    said = child.said()
    if code != 0:
        raise AssertionError(f"ended with {code}; {end_of(said)}")
    return said


def end_of(said: str) -> str:
    """Of a traceback the place and the error; of anything else the last lines."""
    lines = said.splitlines()
    places = [line.strip() for line in lines if line.lstrip().startswith("File ")]
    return " ".join([*places[-1:], *lines[-1 if places else -5 :]])


class Aim:
    """Moments to kill at: all over the time that something takes, half of them near its end, wherever that moves to.

    Args:
        seconds: that it took once.
    """

    def __init__(self, seconds: float) -> None:
        self.end = seconds

    def moment(self, rng: random.Random) -> float:
        """Seconds after the start."""
        return self.end * (rng.uniform(0, 1) if rng.random() < 0.5 else rng.uniform(0.75, 1.05))

    def learn(self, moment: float, was_alive: bool) -> None:
        """Whether it was alive still at a moment."""
        if not was_alive:
            self.end += 0.3 * (moment - self.end) - 0.05 * self.end
        elif moment > 0.9 * self.end:
            self.end *= 1.05


def killed(work: Callable[[], object], rng: random.Random, aim: Aim, after: Callable[[], bool] | None = None) -> bool:
    """Start something and kill it at a random moment; whether it was alive still.

    Args:
        work: what is started.
        rng: chooses the moment.
        aim: likewise, and learns from it.
        after: if given, the moment is one of the 30 ms after this has become true.
    """
    child, moment = Child(work), aim.moment(rng)
    if after is None:
        time.sleep(moment)
    else:
        while not child.ended() and not after():
            time.sleep(0.0005)
        time.sleep(rng.uniform(0, 0.03))
    was_alive = child.kill()
    child.said()
    if after is None:
        aim.learn(moment, was_alive)
    return was_alive


def duration(work: Callable[[], object]) -> float:
    """Seconds that something takes, undisturbed, in a child."""
    began = time.perf_counter()
    done(work)
    return time.perf_counter() - began
