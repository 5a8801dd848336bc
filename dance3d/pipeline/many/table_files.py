"""Tables in the folder of all results: each in one step, and one of the user's of that name is kept."""

from __future__ import annotations

import csv
import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dance3d.io.safe_names import renamed_old
from dance3d.pipeline.file_lock import locked
from dance3d.pipeline.owner import owner_mark

log = logging.getLogger(__name__)
LOCK = ".dance3d-tables-lock"


@contextmanager
def tables_of(out: Path) -> Iterator[None]:
    """Hold the tables of a folder, inside a ``with`` block: several runs and shards may write there."""
    out.mkdir(parents=True, exist_ok=True)
    with locked(out / LOCK, always=True):
        yield


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table that was written here; none where there is no such table.

    Args:
        path: of the CSV file.
        columns: by which it is known.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            return list(rows) if _ours(rows.fieldnames or (), columns) else []
    except (OSError, ValueError, csv.Error):
        return []


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a CSV file; what lies there and is no such table is kept under another name.

    Args:
        path: of the file.
        columns: in order.
        rows: by column; what is none is an empty cell.
    """
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, columns, restval="")
    table.writeheader()
    table.writerows(rows)
    keep_others(path, columns)
    replace_file(path, text.getvalue().encode())


def keep_others(path: Path, columns: Sequence[str]) -> None:
    """Give what lies at a table's place another name, unless it is such a table.

    Args:
        path: of the CSV file.
        columns: by which it is known.
    """
    if not os.path.lexists(path):
        return
    with suppress(OSError, ValueError, csv.Error), path.open(newline="", encoding="utf-8") as file:
        if _ours(next(csv.reader(file), ()), columns) and not path.is_symlink():
            return
    move_aside(path)


def move_aside(path: Path) -> None:
    """Give what lies there another name, and say so."""
    log.warning("%s was not written by dance3d; kept as %s", path, renamed_old(path).name)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    part = path.with_name(f".dance3d-{owner_mark()}-{path.name}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _ours(found: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a table begins as those do that are written here: later versions may add columns."""
    return list(found[:3]) == list(columns[:3])
