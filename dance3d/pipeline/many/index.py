"""``index.csv`` and ``index.parquet``: a row per dancer of all results in a folder, from their ``result.json``."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from dance3d.io.safe_names import printable
from dance3d.movement_types import PARTS
from dance3d.pipeline.delivery import REPORT, RESULT
from dance3d.pipeline.exit_codes import one_line
from dance3d.pipeline.many.failures import FAILURES
from dance3d.pipeline.many.table_files import LOCK, move_aside, replace_file, tables_of, write_table
from dance3d.pipeline.result_json import read_result

log = logging.getLogger(__name__)
INDEX, PARQUET = "index.csv", "index.parquet"
OWN_NAMES = (INDEX, PARQUET, FAILURES, LOCK)
"""Names in the folder of all results that no video's results may get."""
TRUST = {
    "sight": "In sight",
    "joints": "Joints",
    "fit": "Fit",
    "certainty": "Certainty",
    "motion": "Motion",
    "floor": "Floor",
    "level": "Level",
}
"""Columns of judgements, each with the title of its line in the report."""
TYPES: dict[str, type] = {
    "file": str,
    "folder": str,
    "sha256": str,
    "person": int,
    "name": str,
    "frames": int,
    "seconds": float,
    "fps": float,
    "start": int,
    "seen": float,
    "genre": str,
    "answer": str,
    "grade": str,
    "sure": float,
    "tempo": float,
    **dict.fromkeys((f"trust_{name}" for name in TRUST), str),
    **dict.fromkeys((f"most_{part}" for part in PARTS), str),
    "words": str,
    "movements": int,
    "warnings": str,
    "report": str,
    "pose": str,
    "motion": str,
}
"""Columns of the index, in order."""


def write_index(out: Path) -> int:
    """Write the index of a folder anew, and say how many rows it has; without results there is none.

    Args:
        out: folder of all results, whoever made them: several runs and shards may write there.
    """
    with tables_of(out):
        rows = [row for folder in result_folders(out) for row in _rows_of(out, folder)]
        if rows:
            write_table(out / INDEX, tuple(TYPES), rows)
            _write_parquet(out / PARQUET, rows)
    return len(rows)


def result_folders(out: Path) -> Iterator[Path]:
    """The folders below a folder that hold a finished run, sorted."""
    with suppress(OSError):
        for entry in sorted(os.scandir(out), key=lambda entry: entry.name):
            if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                continue
            place = Path(entry.path)
            if (place / RESULT).is_file():
                yield place
            else:
                yield from result_folders(place)


def rows(result: Mapping[str, Any], folder: str) -> list[dict[str, Any]]:
    """The rows of a run: one per dancer, and one without a dancer where there is none.

    Args:
        result: the contents of its ``result.json``.
        folder: of its files, seen from the folder of all results.
    """
    video, place = result["video"], PurePosixPath(folder)
    common: dict[str, Any] = {
        "file": os.path.normpath(place / video["path"]) if video.get("path") else "",
        "folder": folder,
        "sha256": video["sha256"],
        "fps": video["fps"],
        "warnings": " | ".join(result["warnings"]),
        "report": str(place / REPORT),
    }
    dancers = [common | _of_dancer(dancer, video["fps"], place) for dancer in result["dancers"]]
    nobody = {"frames": video["frames"], "seconds": _seconds(video["frames"], video["fps"])}
    return dancers or [common | nobody]


def _of_dancer(dancer: Mapping[str, Any], fps: float, place: PurePosixPath) -> dict[str, Any]:
    answer, trust, counts = dancer.get("answer", {}), dancer.get("trust", {}), dancer.get("movements", {})
    folder = place / f"person-{dancer['person']}"
    most = {part: next((name for name in counts if name.startswith(f"{part}.")), "") for part in PARTS}
    return {
        **{name: dancer.get(name) for name in ("person", "name", "start", "frames", "seen", "genre")},
        "seconds": _seconds(dancer["frames"], fps),
        **{"answer": answer.get("text"), "grade": answer.get("grade"), "sure": answer.get("sure")},
        "tempo": (dancer.get("rhythm") or {}).get("tempo"),
        **{f"trust_{name}": trust.get(title, "") for name, title in TRUST.items()},
        **{f"most_{part}": name.partition(".")[2] for part, name in most.items()},
        "words": " ".join(dancer.get("words", {})),
        "movements": sum(counts.values()),
        "pose": str(folder / "pose3d.csv"),
        "motion": str(folder / "pose3d.bvh"),
    }


def _seconds(frames: int, fps: float) -> float | None:
    return round(frames / fps, 3) if fps > 0 else None


def _rows_of(out: Path, folder: Path) -> list[dict[str, Any]]:
    """As ``rows``; none where the result cannot be read, as that of another version."""
    try:
        return rows(read_result(folder), printable(folder.relative_to(out).as_posix()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("index: %s is left out (%s)", folder, one_line(error))
        return []


def _write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the same rows with types, where pyarrow is there."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return
    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in TYPES.items()])
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows], schema), file)
    if os.path.lexists(path) and not _is_index(path):
        move_aside(path)
    replace_file(path, file.getvalue())


def _is_index(path: Path) -> bool:
    """Whether such a table lies there."""
    import pyarrow
    import pyarrow.parquet

    with suppress(OSError, pyarrow.ArrowException):
        return list(pyarrow.parquet.read_schema(path).names[:3]) == list(TYPES)[:3] and not path.is_symlink()
    return False
