"""NWB writer: keypoints and body as neuroscience archives store poses, by pynwb and ndx-pose (extra ``nwb``)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io.export_files.marker_paths import world_points
from dance3d.skeleton import EXTREMITIES, SKELETONS

UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
"""The format wants the instant at which a session started; a video's clock starts at zero."""


def write_nwb(track: Keypoints2D, path: Path, pose: Pose3D, origin: NDArray[np.float64] | None = None) -> None:
    """Write one dancer's keypoints in pixels and body in metres, y up, each joint a series.

    Args:
        track: keypoints.
        path: of the ``.nwb`` file.
        pose: the dancer's body.
        origin: as for ``world_frame.to_world``.

    Raises:
        ValueError: the packages pynwb and ndx-pose are not installed.
    """
    try:
        from ndx_pose import PoseEstimation, PoseEstimationSeries, Skeleton, Skeletons
        from pynwb import NWBHDF5IO, NWBFile
    except ImportError as error:
        raise ValueError("NWB files are written by pynwb and ndx-pose: pip install 'dance3d[nwb]'") from error
    file = NWBFile(
        session_description="a dancer, estimated from video by dance3d; the start of the session is not known",
        identifier=str(uuid.uuid5(uuid.NAMESPACE_OID, pose.xyz.tobytes().hex())),
        session_start_time=UNKNOWN_START,
    )
    behaviour = file.create_processing_module("behavior", "estimated pose")
    flat, flat_places, score = _keypoints(track)
    names, places = world_points(pose, origin)
    sure = np.broadcast_to(pose.measured[:, None], places.shape[:2]).astype(np.float32)
    skeletons, estimates = [], []
    for name, points, at, how_sure, unit, frame, time in (
        ("keypoints", flat, flat_places, score, "pixels", "top left of the picture, x right, y down", track.time),
        ("pose3d", names, places, sure, "meters", "floor amid the dance, x right, y up, z to the camera", pose.time),
    ):
        skeleton = Skeleton(name=f"{name}_skeleton", nodes=list(points), edges=_edges(track.skeleton))
        skeletons.append(skeleton)
        series = [
            PoseEstimationSeries(
                name=point,
                description=f"{point} of person {track.person}",
                data=at[:, i],
                unit=unit,
                reference_frame=frame,
                timestamps=time.astype(np.float64),
                confidence=how_sure[:, i],
                confidence_definition="0..1; of pose3d 1 where the row was measured, 0 where it was filled in",
            )
            for i, point in enumerate(points)
        ]
        estimates.append(
            PoseEstimation(
                name=name,
                pose_estimation_series=series,
                description=f"{name} of person {track.person}",
                source_software="dance3d",
                skeleton=skeleton,
            )
        )
    behaviour.add(Skeletons(skeletons=skeletons))
    for estimate in estimates:
        behaviour.add(estimate)
    with NWBHDF5IO(str(path), "w") as out:
        out.write(file)


def _keypoints(track: Keypoints2D) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.float32]]:
    """Names, places (T, P, 2) in pixels and scores (T, P); extremities have no score of their own."""
    names, places = SKELETONS[track.skeleton].joints, track.xy
    if track.extremities is not None:
        names, places = names + EXTREMITIES, np.concatenate([places, track.extremities], 1)
    score = np.full(places.shape[:2], np.nan, np.float32)
    score[:, : track.score.shape[1]] = track.score
    return names, places, score


def _edges(skeleton: str) -> NDArray[np.uint8]:
    """(E, 2) rows of the joints that bones join."""
    parents = SKELETONS[skeleton].parent_indices
    return np.array([(parent, child) for child, parent in enumerate(parents) if parent >= 0], np.uint8)
