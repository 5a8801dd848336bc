"""OptiTrack Motive's CSV of a take: bones, else markers, by their names.

Motive's manual, "Data Export: CSV": a line of facts in pairs, then lines of every column's type, name, id (and parent),
rotation or position, and axis; then a row for every frame, which begins with its number and its time. Cells are empty
where nothing was seen.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.io import flaws
from dance3d.io.csv_text import number, numbered_rows, text_of
from dance3d.io.gzip_files import unpacked
from dance3d.io.motion_files import from_c3d
from dance3d.io.motion_files.catalogue import group
from dance3d.io.motion_files.names import match_map, match_names
from dance3d.io.motion_files.take import UNITS, ReadOptions, Take, complete

Array = NDArray[np.float64]

_UNITS = {"meters": "m", "centimeters": "cm", "millimeters": "mm", "inches": "inch"}
_BONE, _MARKER = "Bone", "Marker"  # "Bone Marker" and others are markers too
_MOST_HEAD = 12  # lines, chosen: a head has eight at most
_MOST_COLUMNS = 20_000  # chosen
_BROKEN = 0.1  # chosen: with a larger share of broken rows a file is damaged
_Rows = Iterator[tuple[int, list[str]]]


class _Head(NamedTuple):
    """What stands above the rows: facts of the take, and of every column in them its type, name, kind and axis."""

    facts: dict[str, str]
    types: list[str]
    names: list[str]
    kinds: list[str]
    axes: list[str]


def begins(head: bytes) -> bool:
    """Whether a file's first bytes are those of such a table."""
    try:
        text = text_of(head[: len(head) // 2 * 2])
    except UnicodeDecodeError:
        return False
    return text.lstrip('"').startswith("Format Version") and "Take Name" in text


def read(path: Path, ask: ReadOptions) -> list[Take]:
    """One take for everybody whose bones, or markers, are known by name; a name and a colon stand before them.

    Raises:
        ValueError: no such table, bones in other places than the room's, or names that do not fit.
    """
    try:
        rows = numbered_rows(text_of(unpacked(path)))
        head = _head(rows, path)
        points, times = _points(rows, head, path, ask.strict)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a table: {error}") from error
    rate, unit = ask.rate or _rate(head.facts, times, path), _unit(head.facts, ask)
    found = _joints(points, head.facts, unit or 1.0, ask, rate, path)
    name, step = path.name.split(".")[0], ask.step(rate)
    return [
        Take(
            f"{name}_{who}" if len(found) > 1 else name,
            complete(joints)[ask.skip :: step] / (unit or 1.0),
            round(rate / step, 2),
            naming,
            unit,
            group=group(name) if len(found) > 1 else "",
        )
        for who, (joints, naming) in found.items()
    ]


def _head(rows: _Rows, path: Path) -> _Head:
    _, first = next(rows, (0, [""]))
    lines: list[list[str]] = []
    for _, row in rows:
        cells = [cell.strip() for cell in row]
        lines.append(cells)
        if {"X", "Y", "Z"} <= set(cells[2:]) or len(lines) > _MOST_HEAD or len(cells) > _MOST_COLUMNS:
            break
    types = next((at for at, cells in enumerate(lines) if any(_BONE in c or _MARKER in c for c in cells[2:])), None)
    kinds = next((cells for cells in lines if "Position" in cells[2:]), None)
    if types is None or kinds is None or "X" not in lines[-1]:
        raise ValueError(f"{path} has no places of bones or markers in the head of its table")
    words = [cell.strip() for cell in first]
    return _Head(dict(zip(words[::2], words[1::2], strict=False)), lines[types], lines[types + 1], kinds, lines[-1])


def _points(rows: _Rows, head: _Head, path: Path, strict: bool) -> tuple[dict[str, dict[str, Array]], Sequence[float]]:
    """(T, 3) by type (bone or marker) and name, NaN where not seen; and every row's time."""
    columns: dict[tuple[str, str], dict[str, int]] = {}
    for column, (type_, name, kind, axis) in enumerate(zip(*head[1:], strict=False)):
        if kind == "Position" and axis in ("X", "Y", "Z") and (_BONE in type_ or _MARKER in type_):
            columns.setdefault((_BONE if type_ == _BONE else _MARKER, name), {}).setdefault(axis, column)
    known = {key: axes for key, axes in columns.items() if len(axes) == 3}
    wanted = [axes[axis] for axes in known.values() for axis in "XYZ"]
    times, places, broken = [], [], []
    for line, row in rows:
        try:
            time, place = number(row[1]), np.array([number(row[column]) for column in wanted])
        except (ValueError, IndexError):
            time, place = float("nan"), np.full(len(wanted), np.nan)
            broken.append(line)
        times.append(time)
        places.append(place)
    if len(broken) > max(1, _BROKEN * len(places)) or not places or not wanted:
        raise ValueError(f"{path}, line {broken[0] if broken else 1}: its rows do not fit the head of its table")
    if broken:
        words = f"{path}, line {broken[0]}: does not fit the head of the table, one of {len(broken)} lines"
        flaws.tell(words, "nobody is seen there", strict)
    values = np.stack(places).reshape(len(places), -1, 3)
    found: dict[str, dict[str, Array]] = {_BONE: {}, _MARKER: {}}
    for at, (type_, name) in enumerate(known):
        found[type_][name] = values[:, at]
    return found, times


def _joints(
    points: dict[str, dict[str, Array]], facts: dict[str, str], unit: float, ask: ReadOptions, rate: float, path: Path
) -> dict[str, tuple[dict[str, Array], str]]:
    """Joints, metres, of everybody, and what they were read as."""
    bones, markers = points[_BONE], points[_MARKER]
    if ask.map is not None:
        both = markers | bones
        match = match_map(ask.map, both, path)
        return {"": (from_c3d.mapped(both, unit, match, rate, path, ask.strict), "your map")}
    people: dict[str, list[str]] = {}
    for name in bones:
        people.setdefault(name.rpartition(":")[0], []).append(name)
    if people and (space := facts.get("Coordinate Space", "Global")) != "Global":
        raise ValueError(f"{path} has its bones in {space} coordinates; export them in Global ones")
    found: dict[str, tuple[dict[str, Array], str]] = {}
    errors = []
    for who, names in people.items():
        try:
            match = match_names(names, path)
        except ValueError as error:
            errors.append(error)
            continue
        joints = from_c3d.mapped(bones, unit, match, rate, path, ask.strict)
        found[who] = joints, f"bones named as by {match.naming}"
    if not found and markers:
        try:
            seen = from_c3d.people(markers, unit, rate, path, ask.strict)
            return {who: (joints, "joint centres from markers") for who, joints in seen.items()}
        except ValueError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _rate(facts: dict[str, str], times: Sequence[float], path: Path) -> float:
    try:
        said = number(facts.get("Export Frame Rate") or facts.get("Capture Frame Rate") or "")
    except ValueError:
        said = float("nan")
    steps = np.diff(times)
    step = float(np.median(steps[np.isfinite(steps)])) if np.isfinite(steps).any() else 0.0
    rate = said if said > 0 else 1 / step if step else 0.0
    if not 0 < rate < 1e5:
        raise ValueError(f"{path} does not say its frames per second; give the rate")
    return rate


def _unit(facts: dict[str, str], ask: ReadOptions) -> float | None:
    """Metres per unit, or none where nobody says it."""
    name = _UNITS.get(facts.get("Length Units", "").lower())
    return ask.metres if ask.metres is not None else UNITS[name] if name else None
