"""A store of cache entries that hosts share: a folder, an object store, or a server that is only read.

An entry is its files and its manifest under ``<stage>/<key>/`` below the store's URL. Object stores have no rename, so
the manifest is put last: without it there is no entry. What is fetched is verified like every entry of a cache.
A store is an accessory: one that is away, full or damaged costs a warning and no result.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dance3d.io.remote_files import RemoteFiles, TooLarge, read_bytes, remote_files, without_secrets
from dance3d.io.safe_names import leads_out
from dance3d.pipeline.cache_entry import KEY, LARGEST, MANIFEST, Entry, verified

log = logging.getLogger(__name__)
PAUSE = 300.0
"""Seconds, chosen, for which a store that failed is left alone."""
_DEEPEST = 20  # folders in an entry; chosen: a stage makes one or two
_LONGER = 10  # times as long as the failure took, chosen: at most a tenth of a run waits for a store that is away
STAGE = re.compile(r"[\w-]+")


def open_store(url: str) -> Store:
    """The store of a URL, one for each process, so that a fault is said once.

    Raises:
        ValueError: see ``remote_files``.
    """
    return _opened(url, os.getpid())  # connections do not outlive a fork


@cache
def _opened(url: str, process: int) -> Store:
    return Store(remote_files(url))


class Store:
    """Entries below a URL.

    Args:
        files: below that URL.

    Attributes:
        url: as it may be shown.
        writable: whether entries can be put.
    """

    def __init__(self, files: RemoteFiles) -> None:
        self._files = files
        self.url, self.writable = files.url, files.writable
        self._damaged: set[str] = set()
        self._again: dict[str, float] = {}

    def get(self, folder: Path) -> Entry | None:
        """Fetch the entry that a folder, ``<stage>/<key>``, is to hold; none where there is no sound one.

        Whatever the store does costs a warning, not an error.
        """
        name = f"{folder.parent.name}/{folder.name}"
        if name in self._damaged or self._resting("reading"):
            return None
        began = time.monotonic()
        try:
            fault, entry = self.fetch(folder)
        except OSError as error:
            self._rest("reading", error, began)
            return None
        if fault:
            self.distrust(name)
            log.warning("cache: %s in the store %s is damaged (%s); going on without it", name[:30], self.url, fault)
        return entry

    def has(self, stage: str, key: str) -> bool:
        """Whether an entry is there, as far as its manifest tells and the store can be read."""
        if f"{stage}/{key}" in self._damaged or self._resting("reading"):
            return False
        began = time.monotonic()
        try:
            return self.holds(stage, key)
        except OSError as error:
            self._rest("reading", error, began)
            return False

    def put(self, entry: Entry) -> None:
        """Put an entry, unless it is there; a store that cannot take it costs a warning."""
        if not self.writable or self._resting("writing") or self._resting("reading"):
            return
        began = time.monotonic()
        try:
            self.send(entry)
        except OSError as error:
            self._rest("writing", error, began)

    def fetch(self, folder: Path) -> tuple[str, Entry | None]:
        """Fill a folder, ``<stage>/<key>``: the fault of the entry, empty if sound or absent, and the entry if sound.

        Raises:
            OSError: the store cannot be read, or the folder not be written.
        """
        place = f"{folder.parent.name}/{folder.name}"
        try:
            manifest = read_bytes(self._files, f"{place}/{MANIFEST}", LARGEST)
        except FileNotFoundError:
            return "", None
        except TooLarge as error:
            return str(error), None
        try:
            listed = {str(name): int(said["size"]) for name, said in json.loads(manifest)["files"].items()}
            "".join(listed).encode()  # some text of JSON can be no name
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            return f"unreadable manifest: {error}", None
        for name, size in listed.items():
            if leads_out(name) or name.count("/") > _DEEPEST:
                return f"its manifest lists {name!r}, which does not lie in the entry", None
            try:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                with (folder / name).open("xb") as file:
                    self._files.read(f"{place}/{name}", file, size)
            except FileNotFoundError:
                return f"{name} is missing", None
            except (TooLarge, FileExistsError, NotADirectoryError):
                return f"{name} is not what was written", None
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                return f"its manifest lists a name of {len(name)} letters", None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).write_bytes(manifest)
        return verified(folder)

    def send(self, entry: Entry) -> bool:
        """Put an entry, its manifest last; whether that was needed. One that is known to be damaged is replaced.

        Raises:
            OSError: the store cannot take it.
        """
        name = f"{entry.stage}/{entry.key}"
        if name not in self._damaged and self.holds(entry.stage, entry.key):
            return False
        for file in (*entry.files, MANIFEST):
            self._files.send(entry.folder / file, f"{name}/{file}")
        self._damaged.discard(name)
        return True

    def holds(self, stage: str, key: str) -> bool:
        """Whether an entry is there, as far as its manifest tells.

        Raises:
            OSError: the store cannot be read.
        """
        try:
            return bool(json.loads(read_bytes(self._files, f"{stage}/{key}/{MANIFEST}", LARGEST))["key"] == key)
        except (FileNotFoundError, TooLarge, ValueError, KeyError, TypeError, RecursionError):
            return False

    def entries(self) -> Iterator[tuple[str, str]]:
        """Stage and key of every entry, sound or not.

        Raises:
            OSError: the store cannot be listed.
        """
        for stage in filter(STAGE.fullmatch, self._files.names("")):
            for key in filter(KEY.fullmatch, self._files.names(stage)):
                yield stage, key

    def changed(self, stage: str, key: str) -> float | None:
        """When an entry was put, seconds since the epoch; none where nobody knows."""
        return self._files.changed(f"{stage}/{key}/{MANIFEST}")

    def distrust(self, name: str) -> None:
        """Count an entry, ``<stage>/<key>``, as none; the next one put takes its place."""
        self._damaged.add(name)

    def _resting(self, what: str) -> bool:
        return time.monotonic() < self._again.get(what, 0.0)

    def _rest(self, what: str, error: OSError, began: float) -> None:
        """Leave the store alone for a while, and say so the first time."""
        said = without_secrets(error.strerror or str(error))
        level = logging.INFO if what in self._again else logging.WARNING
        log.log(level, "cache: %s the store %s failed (%s); going on without it", what, self.url, said)
        now = time.monotonic()
        self._again[what] = now + max(PAUSE, _LONGER * (now - began))
