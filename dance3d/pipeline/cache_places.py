"""Where a cache writes: below its root or, once that has failed, below a folder that lives as long as the cache."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from dance3d.pipeline.live import TEMPORARY, renewed
from dance3d.pipeline.owner import leftovers, owner_mark, remove

log = logging.getLogger(__name__)
Made = TypeVar("Made")
_PREFIX = "dance3d-"  # begins the names of folders that live as long as their process


class Places:
    """The folders of one cache.

    Args:
        root: the lasting one; none: there is none.

    Attributes:
        root: that one, or the temporary folder in its place.
        writing: where entries are written now.
    """

    def __init__(self, root: Path | None) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.root = root if root is not None else self.spare()
        self.writing = self.root

    @property
    def lasting(self) -> bool:
        """Whether what is written stays when this process ends."""
        return self._temporary is None or self.writing != self.spare()

    def readable(self) -> tuple[Path, ...]:
        """Where entries may lie."""
        return tuple(dict.fromkeys((self.root, *([] if self._temporary is None else [self.spare()]))))

    def spare(self) -> Path:
        """The temporary folder, made when it is first asked for."""
        if self._temporary is None:
            for path in leftovers(Path(tempfile.gettempdir()), _PREFIX):
                remove(path)
            self._temporary = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{owner_mark()}-")
            renewed(Path(self._temporary.name))
        return Path(self._temporary.name)

    def somewhere(self, work: Callable[[Path], Made]) -> Made:
        """Do work that writes below a root, and once more below the temporary folder if that fails."""
        root = self.writing
        try:
            return work(root)
        except OSError as error:
            return work(self.give_up(root, error))

    def give_up(self, root: Path, error: OSError) -> Path:
        """Write below the temporary folder from now on, which is said once; it is returned.

        Raises:
            OSError: the error itself, where it was that folder that failed.
        """
        if root == self.spare():
            raise error
        if self.writing == root:
            log.warning("cache: writing below %s failed (%s); going on without it", root, error)
        self.writing = self.spare()
        return self.writing


@contextmanager
def new_folder(root: Path) -> Iterator[Path]:
    """A folder of this process below the root of a cache, gone afterwards."""
    (root / TEMPORARY).mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f"{owner_mark()}-", dir=root / TEMPORARY))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, in order; nothing where it cannot be read, which is said."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        log.warning("cache: %s cannot be read (%s)", folder, error.strerror)
        return []
