"""Rerun writer: video, keypoints, body and movements on one timeline, for Rerun's viewer (extra ``rerun``).

The files of a run's dancers belong to one recording: opened together, they share the timeline and the room.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io.export_files.marker_paths import world_points
from dance3d.skeleton import SKELETONS
from dance3d.timeseries.segments import lasting

CLOCK = "time"
_SIDES = {"left": (237, 140, 51), "right": (64, 140, 230)}  # as the overlay: left orange, right blue
_MIDDLE = (150, 150, 150)


def write_rerun(
    track: Keypoints2D,
    path: Path,
    pose: Pose3D,
    movements: Movements,
    origin: NDArray[np.float64] | None = None,
    overlay: Path | None = None,
) -> None:
    """Write one dancer's recording.

    Args:
        track: keypoints.
        path: of the ``.rrd`` file.
        pose: the dancer's body.
        movements: what the dancer does.
        origin: as for ``world_frame.to_world``; also names the recording that dancers share.
        overlay: the run's video, or none: it is part of the file.

    Raises:
        ValueError: the package rerun-sdk is not installed.
    """
    try:
        import rerun as rr
    except ImportError as error:
        raise ValueError("Rerun files are written by the package rerun-sdk: pip install 'dance3d[rerun]'") from error
    shared = uuid.uuid5(uuid.NAMESPACE_OID, np.asarray(origin if origin is not None else 0.0).tobytes().hex())
    who = f"person-{track.person}"
    with rr.RecordingStream("dance3d", recording_id=shared, send_properties=False) as log:
        log.save(path, default_blueprint=_layout(overlay is not None))
        log.log("world", rr.ViewCoordinates.RIGHT_HAND_Y_UP, static=True)
        shrink = _video(rr, log, overlay) / track.size[0] if overlay is not None else 1.0
        names = SKELETONS[track.skeleton].joints
        _points(rr, log, f"video/{who}", rr.Points2D, track.time, shrink * track.xy, names)
        points, places = world_points(pose, origin)
        _points(rr, log, f"world/{who}/joints", rr.Points3D, pose.time, places, points)
        _bones(rr, log, f"world/{who}/bones", pose, places)
        _movements(rr, log, who, movements)


def _layout(video: bool) -> Any:
    """Video and room side by side, probabilities and words below."""
    import rerun.blueprint as rrb

    room = rrb.Spatial3DView(origin="world", name="Room")
    above = rrb.Horizontal(rrb.Spatial2DView(origin="video", name="Video"), room) if video else room
    below = rrb.Horizontal(
        rrb.TimeSeriesView(origin="probability", name="Probabilities"),
        rrb.TextLogView(origin="movements", name="Movements"),
    )
    return rrb.Blueprint(rrb.Vertical(above, below, row_shares=[2, 1]))


def _video(rr: Any, log: Any, overlay: Path) -> int:
    """Log the video; its width in pixels."""
    asset = rr.AssetVideo(path=overlay)
    log.log("video", asset, static=True)
    times = asset.read_frame_timestamps_nanos()
    frames = rr.VideoFrameReference.columns_nanos(times)
    log.send_columns("video", [rr.TimeColumn(CLOCK, duration=1e-9 * np.asarray(times))], frames)
    with av.open(str(overlay)) as file:
        return int(file.streams.video[0].width)


def _points(
    rr: Any, log: Any, entity: str, kind: Any, time: NDArray[Any], places: NDArray[Any], names: tuple[str, ...]
) -> None:
    """Log points over time, those that are known.

    Args:
        rr: the library.
        log: the recording.
        entity: the points' name.
        kind: ``Points2D`` or ``Points3D``.
        time: (T,) seconds.
        places: (T, P, D).
        names: of the P points.
    """
    known = np.asarray(np.isfinite(places).all(-1))
    many = known.sum(1)
    tint = np.array([_SIDES.get(name.partition("_")[0], _MIDDLE) for name in names], np.uint8)
    which = np.nonzero(known)[1]
    radius = 0.02 if places.shape[-1] == 3 else 4.0
    columns = kind.columns(positions=places[known], colors=tint[which], radii=np.full(len(which), radius)).partition(
        many
    )
    log.send_columns(entity, [rr.TimeColumn(CLOCK, duration=time)], columns)


def _bones(rr: Any, log: Any, entity: str, pose: Pose3D, places: NDArray[np.float64]) -> None:
    """Log lines between joints, those that are known.

    Args:
        rr: the library.
        log: the recording.
        entity: the lines' name.
        pose: whose times and skeleton.
        places: (T, P, 3) metres in the world; the joints come first.
    """
    skeleton = SKELETONS[pose.skeleton]
    pairs = [(child, parent) for child, parent in enumerate(skeleton.parent_indices) if parent >= 0]
    lines = places[:, pairs]
    known = np.asarray(np.isfinite(lines).all((-1, -2)))
    columns = rr.LineStrips3D.columns(strips=list(lines[known])).partition(known.sum(1))
    log.send_columns(entity, [rr.TimeColumn(CLOCK, duration=pose.time)], columns)


def _movements(rr: Any, log: Any, who: str, movements: Movements) -> None:
    """Log probabilities by body part, and a line of text at the start of every movement that is shown."""
    clock = [rr.TimeColumn(CLOCK, duration=movements.time)]
    parts = [name.partition(".")[0] for name in movements.names]
    for part in dict.fromkeys(parts):
        rows = [i for i, name in enumerate(parts) if name == part]
        labels = [movements.names[i].partition(".")[2] for i in rows]
        log.log(f"probability/{who}/{part}", rr.SeriesLines(names=labels), static=True)
        values = np.nan_to_num(movements.every[:, rows]).astype(np.float64)
        log.send_columns(f"probability/{who}/{part}", clock, rr.Scalars.columns(scalars=values))
    said = lasting(movements.made & movements.shown, movements.fps)
    order = np.argsort(movements.time[said.start], kind="stable")
    if len(order):
        text = [f"{movements.names[said.column[i]]}, {_seconds(movements, said.start[i], said.stop[i])}" for i in order]
        when = movements.time[said.start[order]]
        log.send_columns(f"movements/{who}", [rr.TimeColumn(CLOCK, duration=when)], rr.TextLog.columns(text=text))


def _seconds(movements: Movements, start: int, stop: int) -> str:
    return f"{movements.time[stop - 1] - movements.time[start] + 1 / movements.fps:.2f} s"
