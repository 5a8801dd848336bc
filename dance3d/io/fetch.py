"""Weights that others made: what they are, where they lie, and fetching them whole or not at all.

Some ship in ``weights/third_party`` and have a row with ``ships``; the rest are fetched. Every row of
``third_party.json`` pins size and sha256, so that it does not matter whom the bytes come from. A file is
written beside its target and put in place in one step: every file in the folder is complete, and two processes
may fetch the same file at once.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from dance3d.io.operating_system import lock
from dance3d.io.paths import weights_root
from dance3d.io.weights import FOLDER, default, fault, manifest

THIRD_PARTY = FOLDER / "third_party.json"
SHIPPED = FOLDER / "third_party"
TRIES = 4  # connections to one mirror, each going on where the last was cut
PATIENCE = 30.0  # seconds without a byte
CHUNK = 1 << 20  # bytes


def third_party() -> dict[str, dict[str, Any]]:
    """The list: per name file, bytes, sha256, license, commercial_ok (true or ``unclear``), mirrors and so on."""
    found: dict[str, dict[str, Any]] = json.loads(THIRD_PARTY.read_text())
    return found


def entry(name: str) -> dict[str, Any]:
    """The row of a name.

    Raises:
        ValueError: no such weights, or such that ship.
    """
    rows = third_party()
    if name not in rows:
        if name in manifest():
            raise ValueError(f"weights of {name} ship with dance3d; there is nothing to fetch")
        raise ValueError(f"weights {name!r} are not known; choose from {', '.join(rows)}")
    return rows[name]


def target(name: str) -> Path:
    """Where a file of the list lies: in the package if it ships, else where it is put once it is fetched."""
    row = entry(name)
    return (SHIPPED if row.get("ships") else weights_root()) / str(row["file"])


def located(name: str) -> Path:
    """A file of the list, checked: one that ships, or one that was fetched.

    Raises:
        ValueError: not fetched, or not the file that the list names; says the command, licence and size.
    """
    row, path = entry(name), target(name)
    if row.get("ships"):
        if not path.is_file() or fault(path, row):
            raise ValueError(f"{path} is missing or not the file that {THIRD_PARTY.name} names; install dance3d again")
        return path
    if not path.is_file():
        raise ValueError(f"weights {name} are not here: {_how(name, row)}")
    if wrong := fault(path, row):
        raise ValueError(f"{path} {wrong}; remove it and get it again: {_how(name, row)}")
    return path


def states(names: Sequence[str], verify: bool) -> Iterator[tuple[str, dict[str, Any], Callable[[], str]]]:
    """Weights that ship and those of the list: name, row, and a function that tells in words whether they are here.

    Args:
        names: only these; all if empty.
        verify: that function also reads the files, and raises a ValueError where one is not what its row names.

    Raises:
        ValueError: a name that is not known.
    """
    shipped, others = manifest(), third_party()
    for name in names:
        if name not in shipped:
            entry(name)  # says which there are

    def state(name: str) -> str:
        ships = name in shipped or others[name].get("ships")
        here = "ships" if ships else "fetched" if target(name).is_file() else "not fetched"
        if not verify or here == "not fetched":
            return here
        return f"sound at {(default if name in shipped else located)(name)}"

    for name, row in (shipped | others).items():
        if not names or name in names:
            yield name, row, partial(state, name)


def _how(name: str, row: dict[str, Any]) -> str:
    free = "" if row["commercial_ok"] is True else ", commercial use unclear"
    return f"`dance3d weights fetch {name}` ({row['bytes'] / 1e6:.0f} MB, licence {row['license']}{free})"


def fetch(name: str, origin: str = "", report: Callable[[str], None] = lambda line: None) -> Path:
    """Get a file of the list, unless it is here already or ships.

    Args:
        name: of the list.
        origin: where to take it from instead of its mirrors: the file, the zip that a mirror would give, a folder that
            holds either; or the URL of a file, a zip, or, with ``/`` at its end, a folder that holds the file.
        report: told what is tried.

    Raises:
        ValueError: not known, or no mirror gave the right bytes; says what went wrong with each, and what to put where.
    """
    row, path = entry(name), target(name)
    if row.get("ships"):
        return located(name)
    if path.is_file() and not fault(path, row):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    wrong = []
    for place in [origin] if origin else row["mirrors"]:
        place = place + row["file"] if place.endswith("/") and _is_url(place) else place
        report(f"{name}: {place}")
        try:
            with _beside(path) as part:
                _take(place, part, row)
                part.chmod(0o644)  # others on this machine may read it
                part.replace(path)
            return path
        except (ValueError, OSError, HTTPException) as error:
            wrong.append(f"{place}: {error}")
    raise ValueError(
        f"weights {name} could not be fetched: {'; '.join(wrong)}. Get it on another machine and put the file with "
        f"sha256 {row['sha256']} and {row['bytes']} bytes at {path}, "
        f"or say where it is: `dance3d weights fetch {name} --from PLACE`"
    )


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A new empty file in the same folder, gone afterwards unless it was moved.

    While it is in use it is locked; those that a killed process left are not, and go.
    """
    for left in path.parent.glob(f".{path.name[:40]}.*.part"):
        with suppress(OSError), left.open("rb") as file:
            if lock(file.fileno(), wait=False):
                left.unlink()
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        with suppress(OSError):  # a file system without locks
            lock(handle, wait=False)
        if Path(name).exists():  # else another process took it for one that is left
            break
        os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
        os.close(handle)


def _take(place: str, part: Path, row: dict[str, Any]) -> None:
    """Fill ``part`` with the right bytes, or raise."""
    most = 2 * row["bytes"] + CHUNK  # an archive holds little else; more would only fill the disk
    if _is_url(place):
        _download(place, part, most)
    else:
        found = _in_folder(Path(place).expanduser(), row)
        place = found.name
        with found.open("rb") as source, part.open("wb") as file:
            _copy(source, file, most)  # what has no size of its own, such as /dev/zero, would fill the disk
    wrong = fault(part, row)
    if wrong and urlsplit(place).path.endswith(".zip") and zipfile.is_zipfile(part):
        with _beside(part) as inner:
            _unpack(part, inner, PurePosixPath(row["file"]).suffix, row["bytes"])
            inner.replace(part)
        wrong = fault(part, row)
    if wrong:
        raise ValueError(wrong)


def _in_folder(place: Path, row: dict[str, Any]) -> Path:
    if not place.is_dir():
        return place
    names = (str(row["file"]), *(PurePosixPath(urlsplit(url).path).name for url in row["mirrors"]))
    return next((place / name for name in names if (place / name).exists()), place / names[0])


def _download(url: str, part: Path, most: int) -> None:
    """One URL into a file; a cut connection is taken up where it broke, where the server can do that."""
    for left in reversed(range(TRIES)):
        done = part.stat().st_size
        asked = Request(url, headers={"User-Agent": "dance3d"} | ({"Range": f"bytes={done}-"} if done else {}))
        try:
            with urlopen(asked, timeout=PATIENCE) as answer:
                going_on = answer.status == 206
                with part.open("ab" if going_on else "wb") as file:
                    got = _copy(answer, file, most - (done if going_on else 0))
                promised = answer.headers.get("Content-Length")
            if promised is None or got >= int(promised):
                return
            raise ConnectionError(f"cut after {got} of {promised} bytes")
        except (TimeoutError, ConnectionError, HTTPException):
            if not left or part.stat().st_size <= done:  # it gave nothing new
                raise


def _copy(source: IO[bytes], into: IO[bytes], most: int) -> int:
    """All bytes of a stream, and how many they were.

    Raises:
        ValueError: more than ``most``.
    """
    got = 0
    while chunk := source.read(CHUNK):
        got += len(chunk)
        if got > most:
            raise ValueError("is larger than the file it should be")
        into.write(chunk)
    return got


def _unpack(archive: Path, into: Path, suffix: str, most: int) -> None:
    """The one file of a kind in a zip; no name in it decides where anything is written.

    Raises:
        ValueError: a name that leads out of the archive, not one file of that kind, or one that grows beyond ``most``.
    """
    try:
        with zipfile.ZipFile(archive) as stored:
            with stored.open(_member(stored, suffix)) as source, into.open("wb") as file:
                _copy(source, file, most)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: encrypted, or packed oddly
        raise ValueError(f"cannot be unpacked: {error}") from error


def _member(stored: zipfile.ZipFile, suffix: str) -> zipfile.ZipInfo:
    for member in stored.infolist():
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in member.filename:
            raise ValueError(f"holds {member.filename!r}, a name that leads out of the archive")
    named = [member for member in stored.infolist() if member.filename.endswith(suffix) and not member.is_dir()]
    if len(named) != 1:
        raise ValueError(f"holds {len(named)} files {suffix}, expected one")
    return named[0]
