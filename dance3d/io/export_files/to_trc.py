"""TRC writer: markers over time as tab-separated text, which OpenSim and Pose2Sim read.

Format: OpenSim documentation, "Marker (.trc) Files". Five lines of heading, then a row per frame; gaps are empty cells.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.io.export_files.marker_paths import marker_paths


def write_trc(pose: Pose3D, path: Path, origin: NDArray[np.float64] | None = None) -> None:
    """Write one dancer's joints and extremities as markers: metres, y up, the video's times.

    Args:
        pose: of one dancer.
        path: of the file.
        origin: as for ``world_frame.to_world``.
    """
    found = marker_paths(pose, origin)
    rate, rows, points = f"{1 / found.step:.6f}", len(found.time), len(found.names)
    axes = "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, points + 1))
    heading = (
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{rows}\t{points}\tm\t{rate}\t1\t{rows}",
        "Frame#\tTime\t" + "\t".join(f"{name}\t\t" for name in found.names),
        f"\t\t{axes}",
        "",
    )
    line = "%d\t%.6f" + "\t%.6f" * 3 * points + "\n"
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(heading) + "\n")
        for frame, (time, row) in enumerate(zip(found.time, found.xyz, strict=True), start=1):
            file.write((line % (frame, time, *row.ravel())).replace("nan", ""))
