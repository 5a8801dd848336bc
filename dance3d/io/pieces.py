"""Long work that goes on where an earlier process was stopped: what it had found lies in a folder, piece by piece.

The worker hands over a piece now and then; whoever keeps results says in which folder. Without one nothing is kept.

A piece is an ``.npz`` whose name holds the place where it begins, counted in frames, and the sha256 of its bytes. Work
of one folder has one result, so a sound piece that begins where the work stands is right, whoever wrote it.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.file_hash import hash_file
from dance3d.io.safe_names import is_file
from dance3d.io.safe_npz import read_npz

log = logging.getLogger(__name__)
EVERY = 60.0  # seconds of work from one piece to the next; chosen
Arrays = Mapping[str, NDArray[Any]]
Use = Callable[[Arrays, int, int], None]
Kept = Callable[[], bool]
_STOP = "stop"  # array with the place behind a piece
_PLACE: ContextVar[tuple[Path | None, Kept]] = ContextVar("place", default=(None, lambda: False))


@contextmanager
def pieces_in(folder: Path, kept: Kept = lambda: True) -> Iterator[None]:
    """Keep the pieces of the work that is done inside a ``with`` block, which is one and gives the same every time.

    Args:
        folder: of the pieces; made with the first.
        kept: whether a piece may be written; asked before each, and once it may not none is any more.
    """
    before = _PLACE.set((folder, kept))
    try:
        yield
    finally:
        _PLACE.reset(before)


class Pieces:
    """The pieces of the work that begins now. An error of the disk costs a warning and the pieces, never the work."""

    def __init__(self) -> None:
        self._folder, self._kept = _PLACE.get()
        self._at = 0
        self._since = monotonic()

    def resume(self, use: Use) -> int:
        """Use the pieces that are there, in order, up to the first that is damaged.

        Args:
            use: takes the arrays of a piece, where it begins and where it ends; where they do not fit it raises
                ``ValueError`` and has used nothing of it.

        Returns:
            The place where the work goes on; 0 at its beginning.
        """
        while (stop := self._used(use)) is not None:
            self._at = stop
        self._since = monotonic()
        return self._at

    def _used(self, use: Use) -> int | None:
        """Where the piece ends that begins here, once it is used; none where there is none that is sound."""
        found: list[Path] = []
        if self._folder is not None:
            with suppress(OSError):
                found = sorted(self._folder.glob(f"{self._at:09d}-*.npz"))
        for path in found:
            try:
                if not is_file(path) or hash_file(path) != path.stem.partition("-")[2]:
                    raise ValueError(f"{path.name} is not what was written")
                arrays = read_npz(path)
                ends = arrays.pop(_STOP, None)
                if ends is None or ends.shape != () or ends.dtype != np.int64 or ends <= self._at:
                    raise ValueError(f"{path.name} does not say where it ends")
                use(arrays, self._at, int(ends))
                return int(ends)
            except (OSError, ValueError) as error:
                log.warning("unfinished work is damaged (%s); going on from frame %d", error, self._at)
                with suppress(OSError):
                    path.unlink()
        return None

    def due(self) -> bool:
        """Whether it is time for the next piece."""
        return self._folder is not None and monotonic() - self._since >= EVERY

    def write(self, arrays: Arrays, stop: int) -> None:
        """Keep what was found since the last piece; it appears in one step.

        Args:
            arrays: what was found, and what the worker needs to go on; none is called ``stop`` or ``file``.
            stop: the place up to which it reaches.
        """
        if self._folder is None or not self._kept():
            self._folder = None
            return
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{_STOP: np.array(stop, np.int64)}, **arrays)  # type: ignore[arg-type]
        content = buffer.getvalue()
        target = self._folder / f"{self._at:09d}-{hashlib.sha256(content).hexdigest()}.npz"
        part = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(target)
        except OSError as error:
            log.warning("unfinished work cannot be kept in %s (%s); going on without", self._folder, error.strerror)
            with suppress(OSError):
                part.unlink()
            self._folder = None
        self._at, self._since = stop, monotonic()
