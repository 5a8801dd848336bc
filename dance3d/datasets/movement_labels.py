"""Movement labels as CSV, to read and correct by hand: ``clip,start,stop,movement``, in seconds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Movements
from dance3d.contracts.times import median_step
from dance3d.io.csv_text import number, numbered_rows, text_of
from dance3d.movement_types import NAMES
from dance3d.timeseries.segments import lasting

COLUMNS = ("clip", "start", "stop", "movement")
Labels = NDArray[np.float64]


class Label(NamedTuple):
    """One movement of one clip from ``start`` to ``stop`` seconds; both are none if it does not happen at all."""

    clip: str
    start: float | None
    stop: float | None
    movement: str


def read(path: Path | str, own: Sequence[str] = ()) -> tuple[Label, ...]:
    """Read labels from a CSV file.

    A clip has the name of its file, without folder and suffix. A row without start and stop means that the movement
    does not happen in the clip.

    Args:
        path: of the file, with commas or as Excel saves it; further columns are ignored.
        own: names of movement types that a user added.

    Raises:
        ValueError: it cannot be read, lacks a column or has no row; or a row has no clip, an unknown movement, or
            invalid times.
    """
    path, known = Path(path), (*NAMES, *own)
    try:
        table = numbered_rows(text_of(path.read_bytes()))
        columns = [name.strip().lower() for name in next(table, (0, []))[1]]
        if missing := [name for name in COLUMNS if name not in columns]:
            raise ValueError(f"{path} has no column {missing[0]}; its first line must have {','.join(COLUMNS)}")
        rows = [_label(dict(zip(columns, row, strict=False)), known, f"{path}, line {line}") for line, row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise ValueError(f"{path} has no labels under its first line")
    return tuple(rows)


def _label(row: dict[str, str], known: Sequence[str], place: str) -> Label:
    clip, start, stop, movement = (row.get(name, "").strip() for name in COLUMNS)
    if not clip:
        raise ValueError(f"{place}: no clip")
    if movement not in known:
        near = get_close_matches(movement, known, 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`dance3d movements list` shows all"
        raise ValueError(f"{place}: movement {movement!r} is not known; {hint}")
    if not start and not stop:
        return Label(clip, None, None, movement)
    times = []
    for name, text in (("start", start), ("stop", stop)):
        try:
            times.append(number(text))
        except ValueError:
            times.append(float("nan"))
        if not isfinite(times[-1]) or times[-1] < 0:
            raise ValueError(f"{place}: {name} is {text!r}, expected seconds from the clip's beginning")
    if times[1] <= times[0]:
        raise ValueError(f"{place}: stop {stop} is not after start {start}")
    return Label(clip, times[0], times[1], movement)


def by_clip(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """Labels by clip, in the order given."""
    out: dict[str, list[Label]] = {}
    for one in labels:
        out.setdefault(one.clip, []).append(one)
    return out


def write(labels: Iterable[Label], path: Path) -> None:
    """Write labels, in the order given, so that ``read`` finds the same."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for one in labels:
            times = ("" if time is None else f"{time:.3f}" for time in (one.start, one.stop))
            table.writerow([one.clip, *times, one.movement])


def from_movements(clip: str, movements: Movements) -> list[Label]:
    """Labels of a clip's computed movements, in order of time, by the rule of ``dance3d.timeseries.segments``."""
    step = 1 / movements.fps
    ends = np.append(movements.time, movements.time[-1] + step)
    runs = lasting(movements.made, movements.fps)
    labels = [
        Label(clip, float(movements.time[start]), float(ends[stop]), movements.names[column])
        for column, start, stop in zip(*runs, strict=True)
    ]
    return sorted(labels, key=lambda one: (one.start, one.movement))


def frame_labels(rows: Iterable[Label], names: Sequence[str], time: NDArray[np.float64]) -> Labels:
    """Labels of one clip, frame by frame.

    Args:
        rows: of that clip.
        names: of the columns; rows of other movements are ignored.
        time: (T,) seconds of the frames; a frame extends half a step to either side.

    Returns:
        (T, len(names)) of 0 and 1.

    Raises:
        ValueError: a row starts after the last frame: it is of another clip.
    """
    out = np.zeros((len(time), len(names)))
    half = median_step(time, 1 / 30) / 2
    column = {name: i for i, name in enumerate(names)}
    for row in rows:
        if row.start is None or row.stop is None:
            continue
        if row.start > time[-1] + half:
            raise ValueError(f"{row.clip}: {row.movement} starts at {row.start:g} s, the clip ends at {time[-1]:.2f} s")
        if row.movement in column:
            inside = (time >= row.start - half) & (time < row.stop - half)
            inside[np.argmin(np.abs(time - row.start))] |= row.stop - row.start < 2 * half  # shorter than a frame
            out[inside, column[row.movement]] = 1
    return out


def corrected(labels: Labels, rows: Iterable[Label], names: Sequence[str], time: NDArray[np.float64]) -> Labels:
    """Computed labels of one clip, with every type that its rows mention replaced by the rows.

    Frames without any label stay NaN. A column that is NaN throughout, of a type that only rows have, is filled where
    another column is known.

    Args:
        labels: (T, len(names)) 0 and 1, NaN where not known.
        rows: of that clip.
        names: of the columns.
        time: (T,) seconds of the frames.
    """
    listed = list(rows)
    given, out = frame_labels(listed, names, time), np.array(labels, float)
    seen = np.isfinite(out).any(1)
    for column, name in enumerate(names):
        if any(row.movement == name for row in listed):
            out[:, column] = np.where(seen, given[:, column], np.nan)
    return out
