"""The stage cache: keyed by content, verified on every read, published in one step, with reasons.

An entry is a folder ``<root>/<stage>/<key>/`` with the stage's files and a ``manifest.json`` that is written last and
lists every file with its size and sha256. The key is the sha256 of its components in canonical JSON; no time, no path
and no file name is among them. Several processes may share a root, also from containers and hosts of their own.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from dance3d.io.safe_names import is_folder
from dance3d.pipeline.cache_entry import (
    MANIFEST,
    Components,
    Entry,
    differences,
    key_of,
    read_manifest,
    seal,
    sync,
    verified,
)
from dance3d.pipeline.file_lock import locked
from dance3d.pipeline.owner import leftovers, owner_mark, remove
from dance3d.pipeline.unfinished import UNFINISHED, outdated, sweep

log = logging.getLogger(__name__)
_TEMPORARY = "dance3d-"  # begins the names of folders that live as long as their process
OWN_FOLDERS = ("live", "locks", "quarantine", "tmp", UNFINISHED, "weights")
"""Folders below the root that are no stage's; fetched weights may lie there, too."""
_KEY = re.compile(r"[0-9a-f]{64}")


def default_root() -> Path | None:
    """Folder of the cache: ``DANCE3D_CACHE``, else the user's cache folder; none where the user has no home."""
    if given := os.environ.get("DANCE3D_CACHE"):
        return Path(given)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dance3d"
    except RuntimeError:
        log.warning("cache: this user has no home folder; going on without a cache (DANCE3D_CACHE names another place)")
        return None


class Cache:
    """Published stage results below one root folder.

    Errors of the cache do not stop a run: where the root cannot be written, results go to a temporary folder that
    lives as long as this object, and one warning says so. A cache that is only looked into makes no folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        """Open a cache; ``None`` keeps nothing beyond this object's life."""
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.root = root if root is not None else self._fall_back()
        self._writing = self.root  # another folder once the root has failed
        self._swept = False

    @property
    def lasting(self) -> bool:
        """Whether what is written here stays when this process ends."""
        return self._temporary is None or self._writing != Path(self._temporary.name)

    def find(self, stage: str, key: str) -> Entry | None:
        """The entry of a key, or none; a damaged one is put aside with a warning and counts as none."""
        self._show_life()
        spare = [] if self._temporary is None else [Path(self._temporary.name)]
        for root in dict.fromkeys((self.root, *spare)):
            folder = root / stage / key
            before = _number(folder)
            fault, entry = verified(folder)
            if entry is not None:
                with suppress(OSError):
                    os.utime(folder / MANIFEST)  # used now: gc asks for this, no key does
                return entry
            if before and before == _number(folder):  # else another process has just made it again
                self.put_aside(folder, fault)
        return None

    def publish(self, stage: str, components: Components, write: Callable[[Path], None]) -> Entry:
        """Make an entry: ``write`` fills a folder, which then appears under its key in one step.

        Args:
            stage: name of what makes the entry.
            components: what its key is made of.
            write: fills an empty folder.

        Raises:
            Whatever ``write`` raises; nothing is published then.
        """
        self._show_life()
        try:
            return self._publish(self._writing, stage, components, write)
        except OSError as error:
            if self._writing == self._fall_back():
                raise
            log.warning("cache: writing below %s failed (%s); going on without it", self._writing, error)
            self._writing = self._fall_back()
            return self._publish(self._writing, stage, components, write)

    def _publish(self, root: Path, stage: str, components: Components, write: Callable[[Path], None]) -> Entry:
        (root / "tmp").mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{owner_mark()}-", dir=root / "tmp"))
        try:
            work = place / "entry"  # with the permissions that the user's folders have
            work.mkdir()
            write(work)
            names = seal(work, stage, components)
            key = key_of(components)
            return self._moved(work, Entry(stage, key, root / stage / key, components, names))
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _moved(self, work: Path, entry: Entry) -> Entry:
        """A sealed folder put in its place; or the entry of another process, if that was quicker."""
        target = entry.folder
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            work.replace(target)
        except OSError:
            if (there := self.find(entry.stage, entry.key)) is not None:
                return there
            if os.path.lexists(target):  # damaged, and cannot be moved: this entry alone goes elsewhere
                target = self._fall_back() / entry.stage / entry.key
                shutil.copytree(work, target)
            else:
                work.replace(target)
        sync(target.parent)
        return replace(entry, folder=target)

    @contextmanager
    def lock(self, stage: str, key: str) -> Iterator[None]:
        """Hold a key while it is made; a second process waits for it. A process that ends gives its lock back.

        On a file system without locks both may work, and both publish the same.
        """
        folder = self._writing / "locks"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / f"{stage}-{key}"):
            yield

    def entries(self) -> Iterator[Path]:
        """Where all entries lie, sound or not, whatever lies there."""
        for stage in _names(self.root):
            if stage not in OWN_FOLDERS and is_folder(self.root / stage):
                yield from (self.root / stage / key for key in _names(self.root / stage) if _KEY.fullmatch(key))

    def verify(self) -> list[tuple[Path, str]]:
        """Every damaged entry with its fault; each is put aside."""
        faults = [(folder, fault) for folder in self.entries() if (fault := verified(folder)[0])]
        for folder, fault in faults:
            self.put_aside(folder, fault)
        return faults

    def gc(self, keep_days: float) -> list[Path]:
        """Remove entries not used for ``keep_days``, all damaged ones and unfinished files; return what was removed.

        Entries that a running process may use are kept, whatever their age.

        Raises:
            ValueError: a number of days that is none.
        """
        if not 0 <= keep_days < float("inf"):
            raise ValueError(f"gc keeps what was used within {keep_days:g} days; expected 0 or more")
        self._sweep()
        starts = [began - 1 for mark, began in self._runs() if mark != owner_mark()]
        limit = min(time.time() - keep_days * 86400, *starts, time.time())
        old = [folder for folder in self.entries() if _used(folder) <= limit] + outdated(self.root, limit)
        aside = self.root / "quarantine"
        old += [aside / name for name in _names(aside) if all(map(_KEY.fullmatch, _names(aside / name)))]
        removed = []
        for folder in old:
            if folder.parent == aside or _used(folder) <= limit:  # not used meanwhile
                self._discard(folder)
                removed.append(folder)
        return removed

    def _discard(self, folder: Path) -> None:
        """Remove an entry; nobody sees half of it."""
        with suppress(OSError):
            (self.root / "tmp").mkdir(exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix=f"{owner_mark()}-", dir=self.root / "tmp"))
            folder.replace(place / folder.name)
            remove(place)
        remove(folder)

    def explain(self, stage: str, components: Components) -> str:
        """Why a key is or is not there: what differs from the nearest entry of the stage."""
        folder = self.root / stage / key_of(components)
        if os.path.lexists(folder):
            fault = verified(folder)[0]
            return f"damaged: {fault}" if fault else "cached"
        nearest: list[str] | None = None
        for key in _names(folder.parent):
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                differing = sorted(differences(components, read_manifest(folder.parent / key)["components"]))
                if nearest is None or len(differing) < len(nearest):
                    nearest = differing
        return "never made here" if nearest is None else "changed: " + ", ".join(nearest)

    def put_aside(self, folder: Path, fault: str) -> None:
        """Move a damaged entry out of the way, or remove it; what another user keeps to himself stays."""
        name, aside = f"{folder.parent.name}/{folder.name[:12]}", folder.parents[1] / "quarantine"
        with suppress(OSError):
            if is_folder(folder) and not os.access(folder, os.R_OK | os.X_OK):
                folder.chmod(0o700)  # fails where it belongs to somebody else
            try:
                aside.mkdir(parents=True, exist_ok=True)
                place = tempfile.mkdtemp(prefix=f"{folder.parent.name}-", dir=aside)
                folder.replace(Path(place) / folder.name)
            except OSError:
                remove(folder)
        done = "could not be put aside, going around it" if os.path.lexists(folder) else "put aside, making it again"
        log.warning("cache: %s is damaged (%s); %s", name, fault, done)

    def _show_life(self) -> None:
        """Tell others that this process uses the cache: their gc keeps what it may use, and the work it has begun."""
        if not self.lasting:
            return
        mark = self.root / "live" / owner_mark()
        if not self._swept:
            self._swept = True
            self._sweep()
        with suppress(OSError):
            os.utime(mark)
            return
        with suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
            mark.write_text(str(mark.stat().st_mtime))  # by the clock that the entries have their times from
            atexit.register(_take_leave, mark)

    def _runs(self) -> Iterator[tuple[str, float]]:
        """Marks of the processes that use this cache, and when each began."""
        for name in _names(self.root / "live"):
            with suppress(OSError):
                try:
                    yield name, float((self.root / "live" / name).read_text())
                except ValueError:
                    yield name, 0.0  # just being written

    def _sweep(self) -> None:
        """Remove what processes left that ended."""
        for folder in ("live", "tmp"):
            for path in leftovers(self.root / folder):
                remove(path)
        sweep(self.root)

    def _fall_back(self) -> Path:
        """A folder that lives as long as this object."""
        if self._temporary is None:
            for path in leftovers(Path(tempfile.gettempdir()), _TEMPORARY):
                remove(path)
            self._temporary = tempfile.TemporaryDirectory(prefix=f"{_TEMPORARY}{owner_mark()}-")
        return Path(self._temporary.name)


def _take_leave(mark: Path) -> None:
    """Remove the mark of this process; one that was forked has another."""
    if mark.name == owner_mark():
        remove(mark)


def _names(folder: Path) -> list[str]:
    """What lies in a folder, in order; nothing where it cannot be read, which is said."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        log.warning("cache: %s cannot be read (%s)", folder, error.strerror)
        return []


def _number(path: Path) -> int:
    """The number that the file system has given to what lies there; 0 where nothing does."""
    try:
        return path.lstat().st_ino
    except OSError:
        return 0


def _used(folder: Path) -> float:
    """When an entry was last used; never, where it has no manifest."""
    try:
        return (folder / MANIFEST).lstat().st_mtime
    except OSError:
        return 0.0
