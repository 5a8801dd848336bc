"""One studio for a folder: a second server would start the same jobs again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dance3d.pipeline.owner import ended, owner_mark
from dance3d.studio.job_process import write

SERVER = ".server"
"""File with the mark of the process that serves a folder."""


@contextmanager
def only_server(root: Path) -> Iterator[None]:
    """Serve a folder alone inside a ``with`` block.

    Raises:
        ValueError: another process serves it.
    """
    path = root / SERVER
    if path.is_file() and not ended(path.read_text(encoding="utf-8"), path.stat().st_mtime):
        raise ValueError(f"{root}: another studio is open for this folder; use its page, or end it first")
    write(path, owner_mark())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
