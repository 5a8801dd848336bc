"""Copying entries between a cache and a store: what is there already is passed over, so that each can be done again."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dance3d.pipeline.cache import OWN_FOLDERS, Cache
from dance3d.pipeline.cache_entry import MANIFEST, Entry
from dance3d.pipeline.store import Store
from dance3d.registry import STAGES

_DAY = 86400.0  # seconds


@dataclass(frozen=True)
class Copied:
    """What became of one entry.

    Attributes:
        name: ``<stage>/<key>``.
        done: it was copied, was there already, or is damaged where it comes from.
        size: bytes that were copied.
        number: of the entry, from 1.
        of: how many entries there are.
    """

    name: str
    done: Literal["copied", "there", "damaged"]
    size: int
    number: int
    of: int


def push(cache: Cache, store: Store, stages: Collection[str] = (), days: float | None = None) -> Iterator[Copied]:
    """Put entries of a cache into a store, one by one.

    Args:
        cache: with the entries.
        store: takes them.
        stages: only theirs; all if empty.
        days: only what was used here within so many days; all if none.

    Raises:
        ValueError: a store that is only read, or a stage that made none of them.
        OSError: the store fails; what was put before is there.
    """
    if not store.writable:
        raise ValueError(f"{store.url} is only read; push to a folder or an object store")
    every = list(cache.entries())
    _check(stages, {folder.parent.name for folder in every})
    wanted = [f for f in every if (not stages or f.parent.name in stages) and _recent(_used(f), days)]
    for number, folder in enumerate(wanted, 1):
        name = f"{folder.parent.name}/{folder.name}"
        entry = cache.here(folder.parent.name, folder.name)
        if entry is None:
            yield Copied(name, "damaged", 0, number, len(wanted))
        elif store.send(entry):
            yield Copied(name, "copied", _size(entry), number, len(wanted))
        else:
            yield Copied(name, "there", 0, number, len(wanted))


def pull(cache: Cache, store: Store, stages: Collection[str] = (), days: float | None = None) -> Iterator[Copied]:
    """Fetch entries of a store into a cache, one by one, each verified.

    Args:
        cache: takes the entries.
        store: with them.
        stages: only theirs; all if empty.
        days: only what was put there within so many days, where the store knows; all if none.

    Raises:
        ValueError: a stage that made none of them.
        OSError: the store fails, or nothing can be written here; what was fetched before is there.
    """
    every = [(stage, key) for stage, key in store.entries() if stage not in OWN_FOLDERS]
    _check(stages, {stage for stage, _ in every})
    wanted = [one for one in every if not stages or one[0] in stages]
    wanted = [one for one in wanted if days is None or _recent(store.changed(*one), days)]
    for number, (stage, key) in enumerate(wanted, 1):
        name = f"{stage}/{key}"
        if cache.here(stage, key) is not None:
            yield Copied(name, "there", 0, number, len(wanted))
            continue
        entry = cache.adopt(stage, key, lambda folder: store.fetch(folder)[1])
        done: Literal["copied", "damaged"] = "damaged" if entry is None else "copied"
        yield Copied(name, done, 0 if entry is None else _size(entry), number, len(wanted))


def _check(stages: Collection[str], there: Collection[str]) -> None:
    for stage in stages:
        if stage not in {*there, *STAGES}:
            raise ValueError(f"no entry is of the stage {stage!r}; choose from {', '.join(sorted({*there, *STAGES}))}")


def _recent(when: float | None, days: float | None) -> bool:
    """Whether a time lies within so many days; one that nobody knows may."""
    return days is None or when is None or time.time() - when <= days * _DAY


def _used(folder: Path) -> float | None:
    try:
        return (folder / MANIFEST).stat().st_mtime
    except OSError:
        return None


def _size(entry: Entry) -> int:
    return sum((entry.folder / name).stat().st_size for name in entry.files)
