"""Files into the folder of the user: each in one step, all or none, and nothing of the user's is lost.

A name does not make a file ours. Ours is what an earlier ``result.json`` of the folder lists and what is still as it
was written. Anything else that lies where a file of the results belongs is kept under another name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dance3d.io.export_files.formats import OVERLAY, OVERLAY_NOTE
from dance3d.io.file_hash import hash_file
from dance3d.io.safe_names import is_file, is_folder, leads_out, renamed_old
from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.file_lock import locked
from dance3d.pipeline.owner import leftovers, owner_mark, remove

log = logging.getLogger(__name__)
RESULT, REPORT = "result.json", "report.html"
SCHEMA = "dance3d.result/1"
LISTED = ".dance3d-files.json"
"""Files that were written here and that no ``result.json`` lists: of a run that was ended, or was to stop early."""
LOCK = ".dance3d-lock"
_BESIDE = ".dance3d-"  # begins the name of the folder in which files wait until all are there
_LARGEST = 64 << 20  # bytes of a result.json; chosen: one of two hours has 1 MB
_CHUNK = 1 << 20  # bytes
_DANCER = re.compile(r"person-[1-9]\d*")
Source = Path | bytes
Hashes = dict[str, set[str]]


class FolderChanged(InputChanged):
    """What a run has started from is no longer what the folder says."""


@contextmanager
def prepared(out: Path | None) -> Iterator[None]:
    """See before the work that results can be written; a folder made for it goes again if the work fails.

    Raises:
        ValueError: there is something else, or nothing can be written there.
    """
    made = []
    if out is not None:
        try:
            if out.exists() and not out.is_dir():
                raise ValueError(f"{out} is a file, expected a folder for the results")
            made = [place for place in (out, *out.parents) if not place.exists()]
            out.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=out):
                pass
        except OSError as error:
            raise ValueError(f"{out}: no results can be written there ({error.strerror})") from error
    try:
        yield
    except BaseException:
        for place in made:
            with suppress(OSError):  # something lies in it
                place.rmdir()
        raise


def state(out: Path, *names: str) -> dict[str, str | None]:
    """The sha256 of files of a folder by name, none where there is no such file."""
    return {name: hash_file(out / name) if is_file(out / name) else None for name in names}


def deliver(
    out: Path,
    files: Mapping[str, Source],
    result: Mapping[str, Any] | None,
    *,
    start: Mapping[str, str | None] | None = None,
    replaced: Collection[str] = (),
    dropped: Collection[str] = (),
) -> dict[str, str]:
    """Put files into a folder.

    They are written beside first, so that a full disk changes nothing. While they are put in place there is no
    ``result.json``. Files of earlier runs in folders of dancers who are gone are removed, if they are as they were
    written.

    Args:
        out: the folder.
        files: where the contents are, or the contents, by name below the folder.
        result: what ``result.json`` says, to which the list of files is added; none for parts of a run.
        start: the state of files that the run has started from.
        replaced: names of files that the run has read, and whose place it takes.
        dropped: names of files that count no longer and are kept under another name.

    Returns:
        The sha256 of the files, by name, as ``result.json`` lists them.

    Raises:
        FolderChanged: the state is another one now; nothing was changed.
        OSError: the files cannot be written.
    """
    with _beside(out) as beside:
        made = {name: _copy(source, beside / str(number)) for number, (name, source) in enumerate(files.items())}
        listed = {name: sha256 for name, sha256 in made.items() if name not in replaced}
        if result is not None:
            (beside / RESULT).write_text(json.dumps({**result, "files": listed}, indent=1))
        with locked(out / LOCK, always=True):
            if start is not None and state(out, *start) != dict(start):
                raise FolderChanged(f"{out}: its edits or its results were changed while this run worked; run it again")
            ours, earlier = written(out), _result(out)
            new = [name for name, sha256 in made.items() if not _holds(out, name, {sha256})]
            _list(out, ours, made)
            if result is not None or any(name in _files(earlier) for name in new):
                _make_way(out, RESULT, () if earlier is None else None)
                (out / RESULT).unlink(missing_ok=True)  # from here on the folder is not complete
            for name in dropped:
                if name not in made or name in new:
                    _make_way(out, name)
            for number, name in enumerate(made):
                if name in new:
                    _put(beside / str(number), out, name, None if name in replaced else ours.get(name, set()))
            if result is not None:
                _remove_dancers(out, ours, made, earlier or {})
                (beside / RESULT).replace(out / RESULT)
                _list(out, {n: hashes for n, hashes in ours.items() if n not in made and _holds(out, n, hashes)})
    return listed


def add(out: Path, files: Mapping[str, Source]) -> None:
    """Put files into the folder of a finished run, beside those that it has or in their place.

    Args:
        out: the folder.
        files: as in ``deliver``.
    """
    with _beside(out) as beside, locked(out / LOCK, always=True):
        made = {name: _copy(source, beside / str(number)) for number, (name, source) in enumerate(files.items())}
        ours, earlier = written(out), _result(out)
        if ours:  # a folder that keeps no list is not given one
            _list(out, ours, made)
        for number, (name, sha256) in enumerate(made.items()):
            if not _holds(out, name, {sha256}):
                _put(beside / str(number), out, name, ours.get(name, set()))
        if earlier is not None:
            listed = {**_files(earlier), **made}
            (beside / RESULT).write_text(json.dumps({**earlier, "files": listed}, indent=1))
            (beside / RESULT).replace(out / RESULT)
            _list(out, {n: hashes for n, hashes in ours.items() if n not in listed and _holds(out, n, hashes)})


def written(out: Path) -> Hashes:
    """The sha256 of the files that runs have written into a folder, by name."""
    found: Hashes = {}
    for content in (_result(out), _read(out / LISTED)):
        for name, sha256 in _files(content).items():
            if not leads_out(name):
                found.setdefault(name, set()).update([sha256] if isinstance(sha256, str) else map(str, sha256))
    return found


def _files(content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The list of files in a file of JSON that has one."""
    found = (content or {}).get("files")
    return found if isinstance(found, dict) else {}


# ---- what lies there ------------------------------------------------------------------------------------------------


def _holds(out: Path, name: str, hashes: Collection[str] | None) -> bool:
    """Whether one of these contents lies under a name, or if ``None`` any file."""
    path = out / name
    if not all(is_folder(out / place) for place in Path(name).parents[:-1]) or not is_file(path):
        return False
    return hashes is None or hash_file(path) in hashes


def _make_way(out: Path, name: str, ours: Collection[str] | None = ()) -> None:
    """Keep what lies under a name, or where a folder above it belongs, under another; not what is ours.

    Args:
        out: the folder.
        name: below it.
        ours: sha256 of contents that are ours; ``None`` for whatever a file holds.
    """
    for place in [*reversed(Path(name).parents[:-1])]:
        if os.path.lexists(out / place) and not is_folder(out / place):
            _keep(out / place)
    if os.path.lexists(out / name) and not _holds(out, name, ours):
        _keep(out / name)


def _put(file: Path, out: Path, name: str, ours: Collection[str] | None) -> None:
    """Move a file to its place; what lies there is kept, see ``_make_way``."""
    _make_way(out, name, ours)
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    file.replace(out / name)


def _keep(path: Path) -> None:
    log.warning("%s is not what an earlier run wrote for this one; kept as %s", path, renamed_old(path).name)


def _remove_dancers(out: Path, ours: Hashes, made: Collection[str], earlier: Mapping[str, Any]) -> None:
    """Remove what earlier runs wrote for dancers who are gone, and an overlay or report that is no more."""
    kept = {name.partition("/")[0] for name in made}
    able = [
        name for name in ours if name in (OVERLAY, OVERLAY_NOTE, REPORT) or _DANCER.fullmatch(name.partition("/")[0])
    ]
    for name in sorted(name for name in able if name.partition("/")[0] not in kept):
        if _holds(out, name, ours[name]):
            (out / name).unlink()
        for place in Path(name).parents[:-1]:
            if is_folder(out / place):
                with suppress(OSError):  # something else lies in it
                    (out / place).rmdir()
    if "files" in earlier or not isinstance(earlier.get("dancers"), list):
        return
    for dancer in earlier["dancers"]:  # of a version that listed no files: no way to see what is ours
        name = f"person-{dancer.get('person')}" if isinstance(dancer, dict) else ""
        if _DANCER.fullmatch(name) and name not in kept:
            _make_way(out, name)


def _result(out: Path) -> dict[str, Any] | None:
    """What a ``result.json`` of any version of ours says."""
    found = _read(out / RESULT)
    return found if found and str(found.get("schema")).startswith(SCHEMA.partition("/")[0]) else None


def _read(path: Path) -> dict[str, Any] | None:
    """A small file of JSON, none where there is no such thing."""
    try:
        if not is_file(path) or path.stat().st_size > _LARGEST:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


# ---- writing --------------------------------------------------------------------------------------------------------


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder for files that wait; those of processes that ended are removed."""
    out.mkdir(parents=True, exist_ok=True)  # another run may have removed it when it failed
    for path in leftovers(out, _BESIDE):
        remove(path)
    folder = Path(tempfile.mkdtemp(prefix=f"{_BESIDE}{owner_mark()}-", dir=out))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Source, target: Path) -> str:
    """Write contents, or those of a file, and give their sha256."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        if isinstance(source, bytes):
            digest.update(source)
            file.write(source)
            return digest.hexdigest()
        with source.open("rb") as given:
            while chunk := given.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
    return digest.hexdigest()


def _list(out: Path, ours: Hashes, made: Mapping[str, str] | None = None) -> None:
    """Note what is ours, or what is about to be, in case this process ends before ``result.json`` says it."""
    names = {**ours, **{name: {*ours.get(name, ()), sha256} for name, sha256 in (made or {}).items()}}
    path = out / LISTED
    if os.path.lexists(path) and not is_file(path):
        _keep(path)
    if not names:
        path.unlink(missing_ok=True)
        return
    part = path.with_name(f"{_BESIDE}{owner_mark()}")
    part.write_text(json.dumps({"files": {name: sorted(hashes) for name, hashes in sorted(names.items())}}))
    part.replace(path)
