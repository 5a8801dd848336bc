"""The stage cache: keyed by content, verified on every read, published in one step, with reasons.

An entry is a folder ``<root>/<stage>/<key>/`` with the stage's files and a ``manifest.json`` that is written last and
lists every file with its size and sha256. The key is the sha256 of its components in canonical JSON; no time, no path
and no file name is among them. Several processes may share a root, also from containers and hosts of their own, and
caches may share a store.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dance3d.io.safe_names import is_folder
from dance3d.pipeline.cache_entry import (
    KEY,
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
from dance3d.pipeline.cache_gc import collect, put_aside
from dance3d.pipeline.cache_places import Places, names_in, new_folder
from dance3d.pipeline.file_lock import locked
from dance3d.pipeline.live import LIVE, TEMPORARY, hold, sweep
from dance3d.pipeline.unfinished import UNFINISHED

if TYPE_CHECKING:
    from dance3d.pipeline.store import Store

log = logging.getLogger(__name__)
OWN_FOLDERS = (LIVE, "locks", "quarantine", TEMPORARY, UNFINISHED, "weights")
"""Folders below the root that are no stage's; fetched weights may lie there, too."""
_SEEN_LATE = (0.02, 0.2, 1.0)  # seconds, chosen, in which a host comes to see what another has just made


def default_root() -> Path | None:
    """Folder of the cache: ``DANCE3D_CACHE``, else the user's cache folder; none where the user has no home."""
    if given := os.environ.get("DANCE3D_CACHE"):
        return Path(given)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dance3d"
    except RuntimeError:
        log.warning("cache: this user has no home folder; going on without a cache (DANCE3D_CACHE names another place)")
        return None


def default_cache() -> Cache:
    """The user's cache, with the store that ``DANCE3D_STORE`` names, if it names one."""
    return Cache(default_root(), os.environ.get("DANCE3D_STORE", ""))


class Cache:
    """Published stage results below one root folder.

    Errors of the cache do not stop a run: where the root cannot be written, results go to a temporary folder that
    lives as long as this object, and one warning says so. A cache that is only looked into makes no folder.
    """

    def __init__(self, root: Path | None = None, store: str = "") -> None:
        """Open a cache; nothing is connected yet.

        Args:
            root: its folder; ``None`` keeps nothing beyond this object's life.
            store: folder or URL with entries that several caches share: what is not here is fetched from there, and
                what is made here is put there too.

        Raises:
            ValueError: a store whose URL cannot be used.
        """
        self.store: Store | None = None
        if store:
            from dance3d.pipeline.store import open_store  # the modules of the web take a while

            self.store = open_store(store)
        self._places = Places(root)
        self.root = self._places.root
        self._swept = False

    @property
    def lasting(self) -> bool:
        """Whether what is written here stays when this process ends."""
        return self._places.lasting

    def find(self, stage: str, key: str) -> Entry | None:
        """The entry of a key, from here or from the store, or none.

        A damaged one is put aside with a warning and counts as none. It is kept for this process: see ``gc``.
        """
        return self._found(stage, key) or self._fetched(stage, key)

    def here(self, stage: str, key: str) -> Entry | None:
        """The entry of a key from here alone, or none; gc counts it as no older and no younger than before."""
        return self._found(stage, key, used=False)

    def _found(self, stage: str, key: str, used: bool = True) -> Entry | None:
        noted = self._hold(stage, key)
        for root in self._places.readable():
            folder = root / stage / key
            before = _number(folder)
            fault, entry = verified(folder)
            if entry is not None:
                if used:
                    with suppress(OSError):
                        os.utime(folder / MANIFEST)  # used now: gc asks for this, no key does
                return entry if noted or root != self.root else self._copied(entry)
            if before and before == _number(folder):  # else another process has just made it again
                put_aside(folder, fault)
        return None

    def publish(self, stage: str, components: Components, write: Callable[[Path], None]) -> Entry:
        """Make an entry: ``write`` fills a folder, which then appears under its key in one step, and in the store.

        Args:
            stage: name of what makes the entry.
            components: what its key is made of.
            write: fills an empty folder.

        Raises:
            Whatever ``write`` raises; nothing is published then.
        """
        self._hold(stage, key_of(components))
        entry = self._places.somewhere(lambda root: self._publish(root, stage, components, write))
        if self.store is not None:
            self.store.put(entry)
        return entry

    def _publish(self, root: Path, stage: str, components: Components, write: Callable[[Path], None]) -> Entry:
        key = key_of(components)
        with new_folder(root) as place:
            work = place / "entry"  # with the permissions that the user's folders have
            work.mkdir()
            write(work)
            try:
                names = seal(work, stage, components)
                return self._moved(work, Entry(stage, key, root / stage / key, components, names))
            except OSError as error:
                spare = self._places.give_up(root, error)  # the work is done, and need not be done again
                with new_folder(spare) as other:
                    shutil.copytree(work, other / "entry")
                    (other / "entry" / MANIFEST).unlink(missing_ok=True)
                    names = seal(other / "entry", stage, components)
                    return self._moved(other / "entry", Entry(stage, key, spare / stage / key, components, names))

    def _fetched(self, stage: str, key: str) -> Entry | None:
        """The entry of a key from the store, put in its place here."""
        get = self.store.get if self.store is not None else None
        return get and self._places.somewhere(lambda root: self._adopted(root, stage, key, get))

    def adopt(self, stage: str, key: str, fill: Callable[[Path], Entry | None]) -> Entry | None:
        """Put an entry in its place that was made elsewhere.

        Args:
            stage: who made it.
            key: its name.
            fill: fills a folder ``<stage>/<key>``; returns the entry in it, verified, or none.

        Raises:
            OSError: it cannot be written here. Also what ``fill`` raises.
        """
        self._hold(stage, key)
        return self._adopted(self.root, stage, key, fill)

    def _adopted(self, root: Path, stage: str, key: str, fill: Callable[[Path], Entry | None]) -> Entry | None:
        with new_folder(root) as place:
            entry = fill(place / stage / key)
            return entry and self._moved(entry.folder, replace(entry, folder=root / stage / key))

    def _copied(self, entry: Entry) -> Entry | None:
        """An entry as a copy of this process alone: nobody can know that it is in use here, and must not be removed."""
        folder = self._places.spare() / entry.stage / entry.key
        with suppress(OSError):
            if not folder.exists():
                with new_folder(self._places.spare()) as place:
                    shutil.copytree(entry.folder, place / "entry")
                    self._moved(place / "entry", replace(entry, folder=folder))
            return replace(entry, folder=folder)
        return None

    def _moved(self, work: Path, entry: Entry) -> Entry:
        """A sealed folder put in its place; or the entry of another process, if that was quicker."""
        target = entry.folder
        target.parent.mkdir(parents=True, exist_ok=True)
        for wait in (0.0, *_SEEN_LATE, None):
            try:
                work.replace(target)
                break
            except OSError as error:
                if (there := self._found(entry.stage, entry.key)) is not None:
                    return there
                seen = os.path.lexists(target)
                taken = seen or error.errno in (errno.EEXIST, errno.ENOTEMPTY)
                if not taken and wait:
                    raise
                if seen or wait is None:  # damaged, and cannot be moved: this entry alone goes elsewhere
                    target = self._places.spare() / entry.stage / entry.key
                    shutil.copytree(work, target)
                    break
                time.sleep(wait)
        sync(target.parent)
        return replace(entry, folder=target)

    @contextmanager
    def lock(self, stage: str, key: str) -> Iterator[None]:
        """Hold a key while it is made; a second process waits for it. A process that ends gives its lock back.

        On a file system without locks both may work, and both publish the same.
        """
        self._hold(stage, key)
        folder = self._places.writing / "locks"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / f"{stage}-{key}"):
            yield

    def entries(self) -> Iterator[Path]:
        """Where all entries lie, sound or not, whatever lies there."""
        for stage in names_in(self.root):
            if stage not in OWN_FOLDERS and is_folder(self.root / stage):
                yield from (self.root / stage / key for key in names_in(self.root / stage) if KEY.fullmatch(key))

    def verify(self) -> list[tuple[Path, str]]:
        """Every damaged entry with its fault; each is put aside."""
        faults = [(folder, fault) for folder in self.entries() if (fault := verified(folder)[0])]
        for folder, fault in faults:
            put_aside(folder, fault)
        return faults

    def gc(self, keep_days: float) -> list[Path]:
        """Remove entries not used for ``keep_days``, all damaged ones and unfinished files; return what was removed.

        Entries that a running process may use are kept, whatever their age, wherever it runs.

        Raises:
            ValueError: a number of days that is none.
        """
        if not 0 <= keep_days < float("inf"):
            raise ValueError(f"gc keeps what was used within {keep_days:g} days; expected 0 or more")
        aside = self.root / "quarantine"
        damaged = [aside / name for name in names_in(aside) if all(map(KEY.fullmatch, names_in(aside / name)))]
        return collect(self.root, list(self.entries()), damaged, keep_days)

    def explain(self, stage: str, components: Components) -> str:
        """Why a key is or is not there: what differs from the nearest entry of the stage."""
        folder = self.root / stage / key_of(components)
        if os.path.lexists(folder):
            fault = verified(folder)[0]
            return f"damaged: {fault}" if fault else "cached"
        if self.store is not None and self.store.has(stage, folder.name):
            return "in the store"
        nearest: list[str] | None = None
        for key in names_in(folder.parent):
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                differing = sorted(differences(components, read_manifest(folder.parent / key)["components"]))
                if nearest is None or len(differing) < len(nearest):
                    nearest = differing
        return "never made here" if nearest is None else "changed: " + ", ".join(nearest)

    def put_aside(self, folder: Path, fault: str) -> None:
        """Move a damaged entry out of the way, or remove it; that of the store counts as none, too."""
        if self.store is not None:
            self.store.distrust(f"{folder.parent.name}/{folder.name}")
        put_aside(folder, fault)

    def _hold(self, stage: str, key: str) -> bool:
        """Tell others that this process uses an entry, or works on it: their gc keeps it; whether they can know."""
        if not self.lasting:
            return True
        if not self._swept:
            self._swept = True
            sweep(self.root)
        return hold(self.root, f"{stage}/{key}")


def _number(path: Path) -> int:
    """The number that the file system has given to what lies there; 0 where nothing does."""
    try:
        return path.lstat().st_ino
    except OSError:
        return 0
