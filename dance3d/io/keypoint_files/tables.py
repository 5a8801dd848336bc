"""DeepLabCut's CSV (rows ``scorer``, ``individuals`` if there are several, ``bodyparts``, ``coords``) and SLEAP's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dance3d.io.csv_text import number
from dance3d.io.keypoint_files.bodies import FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source, number_of

_HEAD = ("scorer", "individuals", "bodyparts", "coords")
_COORDS = ("x", "y", "likelihood")
_SLEAP = re.compile(r"(.+)\.(x|y|score)")
_MOST_COLUMNS = 10_000  # more than any skeleton needs; chosen
_Cells = tuple[Sequence[str], dict[tuple[str, str], int], list[str], str]


def fits_deeplabcut(source: Source) -> bool:
    """A table that begins with its scorer."""
    return source.first_cells[:1] == ["scorer"]


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
        if (frame := _frame(row, first - 1, coords, found)) is None:
            continue
        for person, own in columns.items():
            _add(found, frame, (row, own, names, "likelihood"), person if several else 1)
    return found.named(names, said)


def fits_sleap(source: Source) -> bool:
    """A table with tracks, frames and nodes."""
    return source.first_cells[:2] == ["track", "frame_idx"]


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
        if (frame := _frame(row, 1, head, found)) is not None:
            _add(found, frame, (row, own, names, "score"), row[0])
    return found.named(names, said)


def _add(found: FileBodies, frame: int, cells: _Cells, person: str | int) -> None:
    """Add the body in the cells of a row, or lose it."""
    try:
        points = list(_points(*cells))
    except ValueError as error:
        return found.lose(f"frame {frame}: {str(error)[:100]}")
    found.add(frame, points, person)


def _points(
    row: Sequence[str], columns: dict[tuple[str, str], int], names: list[str], score: str
) -> Iterator[tuple[float, float, float]]:
    """x, y and score of every name; NaN where there is nothing, score 1 where there is none."""
    for name in names:
        x, y = (number(row[columns[name, axis]]) if (name, axis) in columns else float("nan") for axis in ("x", "y"))
        yield x, y, number(row[columns[name, score]]) if (name, score) in columns else 1.0


def _frame(row: Sequence[str], column: int, head: Sequence[str], found: FileBodies) -> int | None:
    """A row's frame, the number itself or the last in an image's name; none, and the row is lost, if it is cut."""
    if len(row) != len(head):
        where = row[column][:40] if column < len(row) else "?"
        found.lose(f"frame {where}: a row has {len(row)} columns, its head has {len(head)}")
        return None
    word = row[column].strip()
    try:
        return int(word) if re.fullmatch(r"-?\d{1,18}", word) else number_of(word)
    except ValueError as error:
        found.lose(str(error))
        return None
