"""DeepLabCut's CSV (rows ``scorer``, ``individuals`` if there are several, ``bodyparts``, ``coords``) and SLEAP's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dance3d.io.keypoint_files.bodies import FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source, number_of

_HEAD = ("scorer", "individuals", "bodyparts", "coords")
_COORDS = ("x", "y", "likelihood")
_SLEAP = re.compile(r"(.+)\.(x|y|score)")
_MOST_COLUMNS = 10_000  # more than any skeleton needs; chosen


def fits_deeplabcut(source: Source) -> bool:
    """A table that begins with its scorer."""
    return source.head.lstrip(b"\xef\xbb\xbf").startswith(b"scorer,")


def deeplabcut(source: Source, said: FileHints) -> FileBodies:
    """Individuals are people; without that row there is one.

    Raises:
        ValueError: the header or a row is not as DeepLabCut writes them.
    """
    head = {row[0]: row for row in source.rows[:4] if row[0] in _HEAD}
    if not {"scorer", "bodyparts", "coords"} <= set(head):
        raise ValueError(f"{source.path}: expected rows scorer, bodyparts and coords at its head")
    coords, parts = head["coords"], head["bodyparts"]
    persons = head.get("individuals", ["1"] * len(coords))
    first = next((i for i, word in enumerate(coords) if word in _COORDS), len(coords))
    if not len(coords) == len(parts) == len(persons) or first == len(coords) or len(coords) > _MOST_COLUMNS:
        raise ValueError(f"{source.path}: the rows at its head have {len(parts)} and {len(coords)} columns")
    columns: dict[str, dict[tuple[str, str], int]] = {}
    for column in range(first, len(coords)):
        key = (parts[column], coords[column])
        if columns.setdefault(persons[column], {}).setdefault(key, column) != column:
            raise ValueError(f"{source.path}: has {key[0][:40]!r} of {persons[column][:40]!r} twice")
    names = list(dict.fromkeys(parts[first:]))
    if len(columns) * len(names) > _MOST_COLUMNS:
        raise ValueError(
            f"{source.path}: has {len(columns)} individuals and {len(names)} parts, too many to be dancers"
        )
    found, several = FileBodies(source.path), "individuals" in head
    for row in source.rows[len(head) :]:
        if len(row) != len(coords):
            raise ValueError(f"{source.path}: a row has {len(row)} columns, its head has {len(coords)}")
        frame = _frame(row[first - 1], source)
        for person, own in columns.items():
            found.add(frame, list(_points(row, own, names, "likelihood", source)), person if several else 1)
    return found.named(names, said)


def fits_sleap(source: Source) -> bool:
    """A table with tracks, frames and nodes."""
    return source.head.lstrip(b"\xef\xbb\xbf").startswith(b"track,frame_idx,")


def sleap(source: Source, said: FileHints) -> FileBodies:
    """The analysis as CSV: ``track,frame_idx,instance.score``, and of every node ``.x``, ``.y`` and ``.score``.

    Raises:
        ValueError: not such a table.
    """
    head = source.rows[0] if source.rows else []
    if head[:2] != ["track", "frame_idx"] or len(head) > _MOST_COLUMNS:
        raise ValueError(f"{source.path}: expected columns track, frame_idx, and of every node .x, .y and .score")
    matches = {column: _SLEAP.fullmatch(word) for column, word in enumerate(head[2:], 2) if word != "instance.score"}
    own = {(match[1], match[2]): column for column, match in matches.items() if match is not None}
    names = list(dict.fromkeys(name for name, _ in own))
    found = FileBodies(source.path)
    for row in source.rows[1:]:
        if len(row) != len(head):
            raise ValueError(f"{source.path}: a row has {len(row)} columns, its head has {len(head)}")
        points = list(_points(row, own, names, "score", source))
        found.add(_frame(row[1], source), points, row[0])
    return found.named(names, said)


def _points(
    row: Sequence[str], columns: dict[tuple[str, str], int], names: list[str], score: str, source: Source
) -> Iterator[tuple[float, float, float]]:
    """x, y and score of every name; NaN where there is nothing, score 1 where there is none."""
    for name in names:
        x, y = (_number(row, columns.get((name, axis)), source) for axis in ("x", "y"))
        yield x, y, _number(row, columns[name, score], source) if (name, score) in columns else 1.0


def _number(row: Sequence[str], column: int | None, source: Source) -> float:
    if column is None or not row[column].strip():
        return float("nan")
    try:
        return float(row[column])
    except ValueError as error:
        raise ValueError(f"{source.path}: {row[column][:40]!r} is no number") from error


def _frame(word: str, source: Source) -> int:
    """The number itself, or the last in an image's name."""
    return int(word) if re.fullmatch(r"-?\d{1,18}", word) else number_of(word, source.path)
