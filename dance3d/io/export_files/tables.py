"""CSV tables as the stages write them: a line of column names, then one row per decoded frame; units are in the names.

Any reader takes them as they are, such as ``pandas.read_csv(path)``; a missing value is an empty cell. Columns and axes
are described in ``docs/outputs.md``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Movements, Pose3D, Rhythm
from dance3d.movement_types import NAMES
from dance3d.skeleton import EXTREMITIES, SKELETONS
from dance3d.timeseries.movement_events import movement_events, word_events
from dance3d.timeseries.on_beat import on_beat

if TYPE_CHECKING:
    from pandas import DataFrame

BLOCK = 4096  # rows that are Python's numbers at once: these take ten times what they take in an array


class Table(NamedTuple):
    """The columns of an artefact's table beside frame, time and person.

    Attributes:
        columns: names of the C columns, with their units.
        values: (T, C).
        formats: of each column, as ``%`` takes them.
    """

    columns: list[str]
    values: NDArray[np.floating]
    formats: list[str]


def table_of(track: Keypoints2D | Pose3D | Movements) -> Table:
    """The table of an artefact; ``write_keypoints``, ``write_pose`` and ``write_movements`` say what is in it."""
    if isinstance(track, Keypoints2D):
        return _of_keypoints(track)
    return _of_pose(track) if isinstance(track, Pose3D) else _of_movements(track)


def _of_keypoints(track: Keypoints2D) -> Table:
    joints = SKELETONS[track.skeleton].joints
    columns = [f"{joint}_{value}" for joint in joints for value in ("x_px", "y_px", "score", "measured")]
    flags = np.stack([track.score, track.measured], -1)
    values = np.concatenate([track.xy, flags], -1).reshape(track.frames, -1)
    table = Table(columns, values, ["%.2f", "%.2f", "%.3f", "%d"] * len(joints))
    return _and_extremities(table, track.extremities, ("x_px", "y_px"), "%.2f")


def _of_pose(pose: Pose3D) -> Table:
    joints = SKELETONS[pose.skeleton].joints
    axes = ("x_m", "y_m", "z_m")
    columns = [f"root_{axis}" for axis in axes] + [f"{joint}_{axis}" for joint in joints for axis in axes]
    formats = ["%.5f"] * len(columns) + ["%.2f", "%d", "%d"]
    columns += ["reprojection_error_px", "measured", "scale_is_metric"]
    root = np.full((pose.frames, 3), np.nan) if pose.root is None else pose.root
    metric = np.full(pose.frames, pose.scale == "metric")
    values = [root, pose.xyz.reshape(pose.frames, -1), np.stack([pose.error, pose.measured, metric], 1)]
    return _and_extremities(Table(columns, np.concatenate(values, 1), formats), pose.extremities, axes, "%.5f")


def _and_extremities(table: Table, extremities: NDArray[np.floating] | None, axes: tuple[str, ...], form: str) -> Table:
    """A table with the columns of extremities at its end, where somebody looked for them.

    Args:
        table: of a track.
        extremities: (T, 7, A).
        axes: what the A columns of each are called.
        form: of a value.
    """
    if extremities is None:
        return table
    columns = [f"{name}_{axis}" for name in EXTREMITIES for axis in axes]
    values = np.concatenate([table.values, extremities.reshape(len(table.values), -1)], 1)
    return Table(table.columns + columns, values, table.formats + [form] * len(columns))


def _of_movements(track: Movements) -> Table:
    return Table(list(track.names), track.every, ["%.3f"] * len(track.names))


def to_frame(track: Keypoints2D | Pose3D | Movements) -> DataFrame:
    """The table of an artefact as pandas has it: the columns of the CSV file, unrounded, a row per decoded frame.

    Raises:
        ValueError: the package pandas is not installed.
    """
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise ValueError("tables in Python are pandas': pip install pandas") from error
    table = table_of(track)
    frames = range(track.start, track.start + track.frames)
    first = DataFrame({"frame": frames, "time_s": track.time, "person": track.person})
    return first.join(DataFrame(table.values, columns=table.columns))


def write_keypoints(track: Keypoints2D, path: Path) -> None:
    """Write joints on the picture: ``<joint>_x_px``, ``_y_px``, ``_score``, ``_measured`` for every joint.

    Where somebody looked for extremities, ``<extremity>_x_px`` and ``_y_px`` follow.
    """
    _write(track, path)


def write_pose(pose: Pose3D, path: Path) -> None:
    """Write the body in space: ``<joint>_x_m`` (y, z) relative to the root joint, and ``root_x_m`` (y, z).

    Where somebody looked for extremities, ``<extremity>_x_m`` (y, z) follow at the end, relative to the root joint.
    """
    _write(pose, path)


def write_pose_json(pose: Pose3D, path: Path, name: str = "") -> None:
    """Write the body in space for programs that want it in one piece: named joints, units and axes in the file.

    Args:
        pose: of one dancer.
        path: of the new file.
        name: what the dancer is called, if anything.
    """

    def plain(values: NDArray[np.floating]) -> object:
        rounded = np.round(values.astype(float), 5)
        return np.where(np.isfinite(rounded), rounded, None).tolist()  # type: ignore[call-overload]

    content = {
        "joints": SKELETONS[pose.skeleton].joints,
        "units": {"xyz": "m, relative to the root joint", "root": "m", "time": "s", "scale": pose.scale},
        "axes": "camera: x to the picture's right, y down, z away from the camera",
        "person": pose.person,
        "name": name,
        "start": pose.start,
        "time": pose.time.tolist(),
        "measured": pose.measured.tolist(),
        "root": None if pose.root is None else plain(pose.root),
        "xyz": plain(pose.xyz),
        "extremities": None
        if pose.extremities is None
        else {name: plain(pose.extremities[:, at]) for at, name in enumerate(EXTREMITIES)},
    }
    path.write_text(json.dumps(content), encoding="utf-8")


def write_movements(track: Movements, path: Path) -> None:
    """Write the probability of every movement type, one column each, such as ``l_arm.raise_side``; own ones last."""
    _write(track, path)


def write_parquet(track: Keypoints2D | Pose3D | Movements, path: Path) -> None:
    """Write the table of an artefact as Apache Parquet: the columns of the CSV file, unrounded.

    Raises:
        ValueError: the package pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ValueError("Parquet is written by the package pyarrow: pip install 'dance3d[parquet]'") from error
    table = table_of(track)
    columns: dict[str, object] = {
        "frame": pyarrow.array(range(track.start, track.start + track.frames)),
        "time_s": track.time,
        "person": np.full(track.frames, track.person),
    }
    values = np.ascontiguousarray(table.values.T)
    columns |= dict(zip(table.columns, values, strict=True))
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def write_words(track: Movements, path: Path) -> None:
    """Write when each word happens, one row each: ``word``, ``start_s``, ``stop_s``, ``prob`` and ``types``.

    ``types`` are the movement types, of those that may be shown, that merge into the word and happen meanwhile.
    """
    detail = [one for one in movement_events(track, shown=True) if one.movement < len(NAMES)]
    rows = []
    for one in word_events(track):
        inside = {NAMES[d.movement] for d in detail if d.start < one.stop and one.start < d.stop}
        start, stop = track.time[one.start], track.time[min(one.stop, track.frames - 1)]
        word = track.every_word[one.movement]
        types = " ".join(name for name in word.types if name in inside)
        rows.append(f"{track.person},{word.name},{start:.3f},{stop:.3f},{one.prob:.3f},{types}\n")
    path.write_text("person,word,start_s,stop_s,prob,types\n" + "".join(rows), encoding="utf-8", newline="\n")


def write_rhythm(track: Movements, path: Path) -> None:
    """Write beats and phrases danced again, one row each: ``what`` is ``beat``, ``repeat``, ``music`` or ``on_beat``.

    A beat, of the body or of the music, has ``start_s`` only; a repeat lasts to ``stop_s`` and comes again ``later_s``
    after, as like as ``alike``. On the beat, the body rests at ``start_s``, ``later_s`` after the music's beat at
    ``stop_s``; these rows are there only where both have a steady beat.
    """
    found = track.rhythm or Rhythm()
    rows = [f"{track.person},beat,{beat:.3f},,,\n" for beat in found.beats]
    rows += [
        f"{track.person},repeat,{one.start:.3f},{one.stop:.3f},{one.later:.3f},{one.alike:.3f}\n"
        for one in found.repeats
    ]
    if found.music is not None:
        rows += [f"{track.person},music,{beat:.3f},,,\n" for beat in found.music.beats]
    if (kept := on_beat(found)) is not None and kept.steady:
        pairs = zip(kept.beats, kept.nearest, strict=True)
        rows += [f"{track.person},on_beat,{beat:.3f},{near:.3f},{beat - near:.3f},\n" for beat, near in pairs]
    path.write_text("person,what,start_s,stop_s,later_s,alike\n" + "".join(rows), encoding="utf-8", newline="\n")


def _write(track: Keypoints2D | Pose3D | Movements, path: Path) -> None:
    """Write the column names and the rows; one format call per row keeps long clips quick."""
    columns, values, formats = table_of(track)
    line = ",".join(["%d", "%.6f", "%d", *formats])
    frames = range(track.start, track.start + track.frames)
    # %d refuses NaN and only whole-number columns, which are never NaN, have it
    plain = (row for first in range(0, len(values), BLOCK) for row in values[first : first + BLOCK].tolist())
    rows = (
        line % (frame, time, track.person, *row)
        for frame, time, row in zip(frames, track.time.tolist(), plain, strict=True)
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(["frame", "time_s", "person", *columns]) + "\n")
        file.writelines(row.replace("nan", "") + "\n" for row in rows)
