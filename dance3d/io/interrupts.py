"""Ctrl-C at any moment: exit code 130, and no KeyboardInterrupt where Python would lose it or stay locked."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

INTERRUPTED = 130
"""Exit code."""
SAID = "interrupted; run the same command again to go on"
_IMPORTING = "dance3d imports"
PATIENCE = 2.0  # seconds that an import may take to its end; chosen
_AGAIN = 0.02  # seconds between two looks whether it has ended; chosen
_LOSES = ("weakref.py", "_weakrefset.py")  # whoever calls these prints an exception and goes on


def run(work: Callable[[], int]) -> int:
    """Do the work of this process with Ctrl-C heeded as ``_Handler`` says; its exit code."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # ignored, or somebody's already
        return work()
    handler = _Handler()
    signal.signal(signal.SIGINT, handler)
    try:
        code = work()
    except KeyboardInterrupt:
        print(f"dance3d: {SAID}", file=sys.stderr)
        code = INTERRUPTED
    handler.since = None
    if code == INTERRUPTED and any(thread.name == _IMPORTING for thread in threading.enumerate()):
        _leave()  # Python ends badly while a thread imports
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return code


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Inside a ``with`` block SIGTERM, by which schedulers end jobs, does what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not callable(handler := signal.getsignal(signal.SIGINT)):  # ignored, as in the background of a shell
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)


def beside(work: Callable[[], None]) -> threading.Thread:
    """Start to import in a thread; who waits for it waits with a limit."""
    thread = threading.Thread(target=work, name=_IMPORTING, daemon=True)
    thread.start()
    return thread


class _Handler:
    """Turns SIGINT into KeyboardInterrupt, as Python does, but not inside an import.

    There it would be swallowed with a lock held, for which the whole process would wait for ever. It is raised as soon
    as the import has ended; one that takes longer than ``PATIENCE``, or a second Ctrl-C, ends the process at once. What
    is on disk stays whole, as after any other end of a process.
    """

    def __init__(self) -> None:
        self.since: float | None = None  # when the signal came that is still to be raised
        self._reminding = False  # whether the next signal is our own

    def __call__(self, number: int, frame: FrameType | None) -> None:
        reminder, self._reminding = self._reminding, False
        if not _loses_exceptions(frame):
            self.since = None
            raise KeyboardInterrupt
        now = time.monotonic()
        if self.since is not None and (not reminder or now - self.since > PATIENCE):
            os.write(2, f"dance3d: {SAID}\n".encode())  # print may be what was interrupted
            _leave()
        self.since = now if self.since is None else self.since
        _thread.start_new_thread(self._remind, ())  # of threading's locks this handler may have interrupted a holder

    def _remind(self) -> None:
        time.sleep(_AGAIN)
        if self.since is not None:
            self._reminding = True
            os.kill(os.getpid(), signal.SIGINT)


def _loses_exceptions(frame: FrameType | None) -> bool:
    """Whether an import, or code whose exceptions Python ignores, is on the stack."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib") or code.co_name == "__del__":
            return True
        if code.co_filename.endswith(_LOSES):
            return True
        frame = frame.f_back
    return False


def _leave() -> None:
    """End this process now."""
    with suppress(RuntimeError, ValueError, OSError):  # interrupted while it writes; closed; nobody reads
        sys.stdout.flush()
    os._exit(INTERRUPTED)
