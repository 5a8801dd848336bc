"""A process that reads one hostile file after the other; where it dies of one, that is a fault, and another goes on."""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from torture.processes import limit

MEMORY = 2 * 2**30  # bytes beyond what the reading process has before; chosen
SECONDS = 10.0  # a file; chosen


class Server:
    """Reads files in another process, forked from this one.

    Args:
        read: reads a file.
        warm: a sound file, read before memory is limited, so that what is loaded once does not count.
        seconds: that one file may take.
        memory: bytes that the process may take beyond what it has after the sound file.
        names: what a refusal may name in place of the file.

    Raises:
        AssertionError: the sound file was not read.
    """

    def __init__(
        self,
        read: Callable[[Path], object],
        warm: Path,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        names: str = "",
    ) -> None:
        self._judge = partial(outcome, read, names=names)
        self._warm, self._sound, self._seconds, self._memory = warm, warm.read_bytes(), seconds, memory
        self._start()

    def _start(self) -> None:
        hostile, _ = self._warm.read_bytes(), self._warm.write_bytes(self._sound)
        asks, self._ask = os.pipe()
        self._answer, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._ask)
            os.close(self._answer)
            _serve(self._judge, self._warm, self._memory, os.fdopen(asks), answers)
        os.close(asks)
        os.close(answers)
        self._lines = os.fdopen(self._answer, "rb", buffering=0)
        kind, text = self._line(60.0)
        self._warm.write_bytes(hostile)
        if kind != "read":
            self.close()
            raise AssertionError(f"the sound file {self._warm} was not read: {kind} {text}")

    def ask(self, path: Path) -> tuple[str, str]:
        """What became of a file: ``read``, ``refused`` with a message that names it, or a fault in words."""
        os.write(self._ask, f"{path}\n".encode())
        kind, text = self._line(self._seconds)
        if kind == "gone":
            self.close()
            self._start()
        return kind, text

    def _line(self, seconds: float) -> tuple[str, str]:
        until, said = time.monotonic() + seconds, b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([self._lines], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                os.kill(self._pid, signal.SIGKILL)
                return "gone", f"takes more than {seconds:.0f} s"
            more = self._lines.read(65536)
            if not more:
                return "gone", f"the process died: {self._status()}"
            said += more
        kind, text = json.loads(said)
        return kind, text

    def _status(self) -> str:
        status = os.waitpid(self._pid, 0)[1]
        self._pid = 0
        code = os.waitstatus_to_exitcode(status)
        return signal.Signals(-code).name if code < 0 else f"exit {code}"

    def close(self) -> None:
        """End the process."""
        self._lines.close()
        os.close(self._ask)
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0


def _serve(judge: Callable[[Path], tuple[str, str]], warm: Path, memory: int, asks: object, answers: int) -> None:
    """Read what is asked for until nothing is; never returns."""
    try:
        faulthandler.disable()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        _tell(answers, judge(warm))
        limit(memory)
        for line in asks:
            _tell(answers, judge(Path(line.rstrip("\n"))))
    finally:
        os._exit(0)


def _tell(answers: int, said: tuple[str, str]) -> None:
    os.write(answers, json.dumps(said).encode() + b"\n")


def outcome(read: Callable[[Path], object], path: Path, names: str = "") -> tuple[str, str]:
    """What reading a file comes to; ``names`` is what a refusal may name in its place."""
    try:
        read(path)
    except ValueError as error:
        told = str(error)
        if any(word and word in told for word in (path.name, str(path.parent), str(path.parents[1]), names)):
            return "refused", told[:300]
        return "fault", f"{_where(error)} does not name the file: {told[:300]}"
    except BaseException as error:
        return "fault", _where(error)
    return "read", ""


def _where(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "dance3d" in frame.filename]
    place = f" at {'/'.join(Path(frames[-1].filename).parts[-3:])}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {str(error)[:200]}{place}"
