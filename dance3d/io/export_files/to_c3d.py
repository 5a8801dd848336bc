"""C3D writer: markers over time as motion laboratories have them, by the library ezc3d (extra ``c3d``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.io.export_files.marker_paths import marker_paths


def write_c3d(pose: Pose3D, path: Path, origin: NDArray[np.float64] | None = None) -> None:
    """Write one dancer's joints and extremities as markers: metres, y up.

    The format has one frame rate and counts frames from 1: rows are as of the TRC file.
    A missing point has a negative residual.

    Args:
        pose: of one dancer.
        path: of the file.
        origin: as for ``world_frame.to_world``.

    Raises:
        ValueError: the package ezc3d is not installed.
    """
    try:
        import ezc3d
    except ImportError as error:
        raise ValueError("C3D files are written by the package ezc3d: pip install 'dance3d[c3d]'") from error
    found = marker_paths(pose, origin)
    known = np.asarray(np.isfinite(found.xyz).all(-1))
    file = ezc3d.c3d()
    said = file["parameters"]["POINT"]
    said["UNITS"]["value"], said["RATE"]["value"], said["LABELS"]["value"] = ["m"], [1 / found.step], list(found.names)
    file.add_parameter("POINT", "X_SCREEN", "+X")
    file.add_parameter("POINT", "Y_SCREEN", "+Y")
    places = np.where(known[..., None], found.xyz, 0.0).transpose(2, 1, 0)
    file["data"]["points"] = np.concatenate([places, np.ones((1, *places.shape[1:]))])
    file["data"]["meta_points"]["residuals"] = np.where(known.T, 0.0, -1.0)[None]
    file.write(str(path))
