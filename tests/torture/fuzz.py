"""Hostile files for every reader: each is read, or refused in one message that names it."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from torture.mutate import mutated
from torture.reader_server import Server
from torture.readers import Reader, readers
from torture.table import Tally

FILES = 200  # a reader


def campaign(folder: Path, scale: float, seed: int, part: str) -> Iterator[Tally]:
    """200 files a reader at scale 1; a row for each reader that has ``part`` in its name."""
    for name, reader in readers().items():
        if part in name:
            yield attack(name, reader, folder / "reader", max(4, round(FILES * scale)), seed)


def attack(name: str, reader: Reader, folder: Path, files: int, seed: int, **limits: float) -> Tally:
    """Feed hostile files to one reader.

    Args:
        name: of the reader.
        reader: how it is read.
        folder: emptied before and after.
        files: how many.
        seed: a file is made of this, the name and its number.
        limits: as of ``Server``.
    """
    tally, kinds = Tally(f"hostile files, {name}"), Counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tally.timed(), tally.trial("the sound file", counts=0):
        path = reader.write(folder)
        sound = path.read_bytes()
        server = Server(reader.read, path, names=reader.names, **limits)
        try:
            for number in range(files):
                path.write_bytes(mutated(sound, random.Random(f"{seed}/{name}/{number}")))
                with tally.trial(f"seed {seed}, file {number}"):
                    kind, text = server.ask(path)
                    kinds[kind] += 1
                    assert kind in ("read", "refused"), text
        finally:
            server.close()
            shutil.rmtree(folder, ignore_errors=True)
    tally.note = f"{kinds['read']} read, {kinds['refused']} refused"
    return tally


def hostile(name: str, number: int, seed: int, folder: Path) -> Path:
    """The file that a fault names, made again: ``hostile("motion c3d", 17, 0, Path("here"))``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = readers()[name].write(folder)
    path.write_bytes(mutated(path.read_bytes(), random.Random(f"{seed}/{name}/{number}")))
    return path
