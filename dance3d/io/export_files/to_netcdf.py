"""netCDF writer: keypoints and poses as labelled arrays, in the layout of the package ``movement`` (neuroinformatics).

Layout: movement's documentation, "The movement datasets": dimensions time, space, keypoints and individuals; variables
position and confidence. By xarray (extra ``xarray``), as netCDF 3, which needs no further library.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io.export_files.marker_paths import world_points
from dance3d.skeleton import EXTREMITIES, SKELETONS

if TYPE_CHECKING:
    from xarray import Dataset


def dataset_of_keypoints(track: Keypoints2D) -> Dataset:
    """A dancer's joints on the picture, pixels, y down; extremities follow where somebody looked for them."""
    names, places = SKELETONS[track.skeleton].joints, track.xy
    if track.extremities is not None:
        names, places = names + EXTREMITIES, np.concatenate([places, track.extremities], 1)
    sure = np.full(places.shape[:2], np.nan, np.float32)
    sure[:, : track.score.shape[1]] = track.score
    return _dataset(track, names, places, sure, {"space_unit": "pixels"})


def dataset_of_pose(pose: Pose3D, origin: NDArray[np.float64] | None = None) -> Dataset:
    """A dancer's body in the world, metres, y up; confidence is 1 where a row was measured, 0 where it was filled in.

    Args:
        pose: of one dancer.
        origin: as for ``world_frame.to_world``.
    """
    names, places = world_points(pose, origin)
    sure = np.broadcast_to(pose.measured[:, None], places.shape[:2]).astype(np.float32)
    return _dataset(pose, names, places, sure, {"space_unit": "metres", "axes": "y up, z towards the camera"})


def to_xarray(track: Keypoints2D | Pose3D, origin: NDArray[np.float64] | None = None) -> Dataset:
    """A dancer's keypoints or pose as labelled arrays; see ``dataset_of_keypoints`` and ``dataset_of_pose``.

    Args:
        track: of one dancer.
        origin: of a pose, as for ``world_frame.to_world``.
    """
    return dataset_of_keypoints(track) if isinstance(track, Keypoints2D) else dataset_of_pose(track, origin)


def write_keypoints(track: Keypoints2D, path: Path) -> None:
    """Write ``dataset_of_keypoints``."""
    dataset_of_keypoints(track).to_netcdf(path, engine="scipy")


def write_pose(pose: Pose3D, path: Path, origin: NDArray[np.float64] | None = None) -> None:
    """Write ``dataset_of_pose``.

    Args:
        pose: of one dancer.
        path: of the file.
        origin: as for ``world_frame.to_world``.
    """
    dataset_of_pose(pose, origin).to_netcdf(path, engine="scipy")


def _dataset(
    track: Keypoints2D | Pose3D,
    names: tuple[str, ...],
    places: NDArray[np.floating],
    sure: NDArray[np.floating],
    said: dict[str, str],
) -> Dataset:
    """The arrays of one individual, labelled.

    Args:
        track: whose times, and whose number.
        names: of the P points.
        places: (T, P, D).
        sure: (T, P).
        said: of units and axes.

    Raises:
        ValueError: the package xarray is not installed.
    """
    try:
        from xarray import Dataset
    except ImportError as error:
        raise ValueError("netCDF files are written by the package xarray: pip install 'dance3d[xarray]'") from error
    position = places.astype(np.float32).transpose(0, 2, 1)[..., None]
    return Dataset(
        {
            "position": (("time", "space", "keypoints", "individuals"), position),
            "confidence": (("time", "keypoints", "individuals"), sure.astype(np.float32)[..., None]),
        },
        {
            "time": track.time,
            "space": ["x", "y", "z"][: position.shape[1]],
            "keypoints": list(names),
            "individuals": [f"person-{track.person}"],
        },
        {"ds_type": "poses", "source_software": "dance3d", "time_unit": "seconds", "fps": track.fps} | said,
    )
