"""Start MediaPipe without its log lines, and without importing matplotlib."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

LOG_LINES = re.compile(rb"[IW]\d{4} |INFO: Created TensorFlow Lite|WARNING: All log messages before absl")


@contextmanager
def hidden_log_lines(hidden: re.Pattern[bytes] = LOG_LINES) -> Iterator[None]:
    """Hide a library's log lines on the process's stderr; other lines pass, and on an error all of them."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all, as in some services
        yield
        return
    chatter: re.Pattern[bytes] | None = None
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
            chatter = hidden
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said:
                if chatter is None or not chatter.match(line):
                    os.write(2, line)


class _DeferredModule(ModuleType):
    """Stands for a module, which is imported when one of its attributes is read."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


@contextmanager
def deferred_matplotlib() -> Iterator[None]:
    """Let MediaPipe import matplotlib only when it draws: that import takes longer than all others together."""
    if "matplotlib" in sys.modules:
        yield
        return
    later = {name: _DeferredModule(name) for name in ("matplotlib", "matplotlib.pyplot")}
    later["matplotlib"].pyplot = later["matplotlib.pyplot"]  # type: ignore[attr-defined]
    sys.modules.update(later)
    try:
        yield
    finally:
        for name, stand_in in later.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
