"""Files of a finished run again, in formats that it may not have yet."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.io.export_files.formats import OVERLAY, chosen
from dance3d.io.world_frame import scene_origin
from dance3d.pipeline.delivery import Source, add
from dance3d.pipeline.exporters import write_formats
from dance3d.pipeline.result_json import dancer_folders


def export_again(results: Path, formats: Sequence[str], names: str | None = None) -> list[Path]:
    """Write files of a finished run again, from its artefacts.

    Args:
        results: folder of the run.
        formats: names of ``io.export_files.formats.FORMATS``.
        names: of joints, a key of ``io.export_files.animation_joints.NAMES``; each format's own if none are given.

    Returns:
        The files written.

    Raises:
        ValueError: no results there, or a format or names that do not exist.
    """
    files = chosen(formats)
    folders = [folder for folder in dancer_folders(results).values() if (folder / "pose3d.npz").is_file()]
    if not folders:
        raise ValueError(f"{results} holds no results of a run (no person-*/pose3d.npz)")
    poses = [artefacts.load(folder / "pose3d.npz", Pose3D) for folder in folders]
    origin = scene_origin(poses)
    with tempfile.TemporaryDirectory() as beside:
        written: dict[str, Source] = {}
        for folder, pose in zip(folders, poses, strict=True):
            track = artefacts.load(folder / "keypoints.npz", Keypoints2D)
            movements = artefacts.load(folder / "movements.npz", Movements)
            place = Path(beside, folder.name)
            place.mkdir()
            overlay = results / OVERLAY if folder == folders[0] and (results / OVERLAY).is_file() else None
            made = write_formats(files, place, track, pose, movements, origin, names, overlay)
            written |= {f"{folder.name}/{path.name}": path for path in made}
        add(results, written)
    return [results / name for name in written]
