"""The stage cache: keyed by content, verified on every read, published in one step, with reasons.

An entry is a folder ``<root>/<stage>/<key>/`` with the stage's files and a ``manifest.json`` that is written last and
lists every file with its size and sha256. The key is the sha256 of its components in canonical JSON; no time, no path
and no file name is among them.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dance3d.io.file_hash import hash_file
from dance3d.pipeline.cache_entry import MANIFEST, VERSION, Components, Entry, differences, key_of, verified

try:
    import fcntl
except ImportError:  # no file locks here; correctness does not need them, only that work is not done twice
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)


class InputChanged(RuntimeError):
    """An input file was changed while a stage was reading it."""


def default_root() -> Path:
    """Folder of the cache: ``DANCE3D_CACHE``, else the user's cache folder."""
    if given := os.environ.get("DANCE3D_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dance3d"


class Cache:
    """Published stage results below one root folder.

    Errors of the cache do not stop a run: where the root cannot be written, results go to a temporary folder that
    lives as long as this object, and one warning says so.
    """

    def __init__(self, root: Path | None = None) -> None:
        """Open a cache; ``None`` keeps nothing beyond this object's life."""
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.root = root if root is not None else self._fall_back()
        self.persistent = root is not None
        _remove_unfinished(self.root / "tmp")
        with suppress(OSError):  # a mark that this run is alive, so that gc keeps what it uses
            (self.root / "live").mkdir(parents=True, exist_ok=True)
            (self.root / "live" / f"{os.getpid()}-run").touch()

    def _fall_back(self) -> Path:
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="dance3d-")
        return Path(self._temporary.name)

    def find(self, stage: str, key: str) -> Entry | None:
        """The entry of a key, or none; a damaged one is put aside with a warning and counts as none."""
        folder = self.root / stage / key
        try:
            if not folder.is_dir():
                return None
            fault, entry = verified(folder)
        except OSError as error:
            log.warning("cache: %s cannot be read (%s); making it again", folder, error)
            return None
        if entry is not None and (entry.stage, entry.key) == (stage, key):
            with suppress(OSError):
                os.utime(folder / MANIFEST)  # used now: gc asks for this, no key does
            return entry
        self._quarantine(folder, fault or "its manifest names another entry")
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
        key = key_of(components)
        try:
            (self.root / "tmp").mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self.root / "tmp"))
        except OSError as error:
            log.warning("cache: %s cannot be written (%s); going on without it", self.root, error)
            self.root, self.persistent = self._fall_back(), False
            return self.publish(stage, components, write)
        try:
            write(work)
            return self._seal(work, stage, key, components)
        except OSError as error:
            if self._temporary is not None and self.root == Path(self._temporary.name):
                raise
            log.warning("cache: writing below %s failed (%s); going on without it", self.root, error)
            self.root, self.persistent = self._fall_back(), False
            return self.publish(stage, components, write)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _seal(self, work: Path, stage: str, key: str, components: Components) -> Entry:
        names = sorted(p.relative_to(work).as_posix() for p in work.rglob("*") if p.is_file())
        files = {n: {"size": (work / n).stat().st_size, "sha256": hash_file(work / n)} for n in names}
        manifest = {"version": VERSION, "stage": stage, "key": key, "components": components, "files": files}
        (work / MANIFEST).write_text(json.dumps(manifest, sort_keys=True, indent=1))
        for name in (*names, MANIFEST):
            _sync(work / name)
        target = self.root / stage / key
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            work.replace(target)
        except OSError:
            if self.find(stage, key) is None:  # the place is taken by something broken, which is gone now
                work.replace(target)
        _sync(target.parent)
        return Entry(stage, key, target, components, tuple(names))

    @contextmanager
    def lock(self, stage: str, key: str) -> Iterator[None]:
        """Hold a key while it is made; a second process waits for it. A process that ends gives its lock back."""
        handle = None
        try:
            folder = self.root / "locks"
            folder.mkdir(parents=True, exist_ok=True)
            handle = (folder / f"{stage}-{key}").open("w")
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: both may work, and both publish the same
        try:
            yield
        finally:
            if handle is not None:
                with suppress(OSError):
                    (self.root / "locks" / f"{stage}-{key}").unlink(missing_ok=True)
                handle.close()

    def entries(self) -> Iterator[Path]:
        """Folders of all entries, sound or not."""
        for manifest in sorted(self.root.glob(f"*/*/{MANIFEST}")):
            if manifest.parent.parent.name not in ("quarantine", "tmp"):
                yield manifest.parent

    def verify(self) -> list[tuple[Path, str]]:
        """Every damaged entry with its fault; each is put aside."""
        faults = [(folder, fault) for folder in self.entries() if (fault := verified(folder)[0])]
        for folder, fault in faults:
            self._quarantine(folder, fault)
        return faults

    def gc(self, keep_days: float) -> list[Path]:
        """Remove entries not used for ``keep_days``, all damaged ones and unfinished files; return what was removed.

        Entries that a running process may use are kept, whatever their age.
        """
        _remove_unfinished(self.root / "live")
        starts = [mark.stat().st_mtime for mark in (self.root / "live").glob("*") if mark.name != f"{os.getpid()}-run"]
        limit = min(time.time() - keep_days * 86400, *(start - 1 for start in starts), time.time())
        old = [folder for folder in self.entries() if (folder / MANIFEST).stat().st_mtime <= limit]
        old += list((self.root / "quarantine").glob("*"))
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        _remove_unfinished(self.root / "tmp")
        return old

    def explain(self, stage: str, components: Components) -> str:
        """Why a key is or is not there: what differs from the nearest entry of the stage."""
        key = key_of(components)
        if (self.root / stage / key / MANIFEST).exists():
            return "cached"
        nearest: list[str] | None = None
        for folder in (self.root / stage).glob("*"):
            with suppress(OSError, ValueError, KeyError):
                other = json.loads((folder / MANIFEST).read_text())["components"]
                differing = sorted(differences(components, other))
                if nearest is None or len(differing) < len(nearest):
                    nearest = differing
        return "never made here" if nearest is None else "changed: " + ", ".join(nearest)

    def _quarantine(self, folder: Path, fault: str) -> None:
        log.warning(
            "cache: %s/%s is damaged (%s); put aside, making it again", folder.parent.name, folder.name[:12], fault
        )
        aside = self.root / "quarantine"
        try:
            aside.mkdir(parents=True, exist_ok=True)
            folder.replace(Path(tempfile.mkdtemp(prefix=f"{folder.parent.name}-", dir=aside)) / folder.name)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    """Flush a file or folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_unfinished(folder: Path) -> None:
    """Remove unfinished files of processes that ended."""
    for leftover in folder.glob("*-*"):
        owner = leftover.name.split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
