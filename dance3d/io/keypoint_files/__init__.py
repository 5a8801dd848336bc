"""Keypoints from files of other tools: a table of formats, each found by its content where that is certain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from dance3d.contracts import Keypoints2D
from dance3d.contracts.detections import Detections
from dance3d.io.keypoint_files import coco, labels, mediapipe, mmpose, openpose, pickles, tables
from dance3d.io.keypoint_files.arrays import read_keypoints
from dance3d.io.keypoint_files.bodies import FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source
from dance3d.io.limits import LIMITS, Limits

NPZ = "npz"
FORMATS: dict[str, tuple[Callable[[Source], bool], Callable[[Source, FileHints], FileBodies]]] = {
    "openpose": (openpose.fits, openpose.bodies),
    "alphapose": (coco.fits_results, coco.results),
    "coco-results": (coco.fits_results, coco.results),
    "coco": (coco.fits_data_set, coco.data_set),
    "mediapipe": (mediapipe.fits, mediapipe.bodies),
    "mmpose": (mmpose.fits, mmpose.bodies),
    "videopose3d": (pickles.fits_videopose3d, pickles.videopose3d),
    "aist": (pickles.fits_aist, pickles.aist),
    "deeplabcut": (tables.fits_deeplabcut, tables.deeplabcut),
    "sleap": (tables.fits_sleap, tables.sleap),
    "sleap-io": (labels.fits_sleap_io, labels.sleap_io),
    "movement": (labels.fits_movement, labels.movement),
}
"""name -> (whether a file is certainly of this format, its bodies); beside these ``npz``, plain arrays."""
FOLDERS = ("openpose", "mmpose")
"""Formats that may be a folder with a file for every frame."""


def read(
    path: Path | str,
    format: str | None = None,
    skeleton: str | Mapping[str, str] | None = None,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    take: str | None = None,
    limits: Limits = LIMITS,
    strict: bool = False,
) -> list[Keypoints2D] | Detections:
    """Keypoints of any known format, in the inner skeleton.

    Args:
        path: the file, or the folder of a file for every frame.
        format: a name of ``FORMATS`` or ``npz``; none: found by content.
        skeleton: name of the joints' layout where the file leaves it open; or, for files that name their joints, a map
            from joints of ours to names of theirs.
        size: (width, height) of the frames in pixels, where the file does not say.
        fps: frames per second, likewise.
        take: which one, of a file that holds several: ``S1/Walking/0`` or its beginning, ``c01``.
        limits: what is refused: ``seconds`` and ``frames``.
        strict: refuse a file of which a part would be left out with a warning.

    Returns:
        Tracks, where the file says of every body who it is; else detections, for a tracker. Rows are the frames from
        the first to the last that the file knows of, missing ones without anybody; times are frame numbers by ``fps``.

    Raises:
        ValueError: the format is not known or not certain, or the file cannot be read as it.
    """
    path = Path(path)
    if not (path.is_file() or path.is_dir()):
        raise ValueError(f"{path}: no such file")
    source = Source(path)
    if path.is_file() and not source.head:
        raise ValueError(f"{path}: is empty")
    format = format or _format(source)
    if format == NPZ:
        if skeleton is not None and not isinstance(skeleton, str):
            raise ValueError(f"{path}: does not name its joints, so a map does not help; say the layout's name")
        return read_keypoints(path, skeleton, size, fps, limits)
    if format not in FORMATS:
        raise ValueError(f"format {format!r} is not known; choose from {', '.join((NPZ, *FORMATS))}")
    if path.is_dir() and format not in FOLDERS:
        raise ValueError(f"{path}: is a folder, expected a file")
    return FORMATS[format][1](source, FileHints(skeleton, take, strict)).finish(size, fps, limits, strict)


def _format(source: Source) -> str:
    """The format of a file, by its content.

    Raises:
        ValueError: it is not certain.
    """
    for name, (fits, _) in FORMATS.items():
        if fits(source):
            return name
    if source.arrays:
        return NPZ
    choices = ", ".join((NPZ, *FORMATS))
    if source.path.is_dir():
        inner = sorted(one.name for one in source.path.iterdir() if one.is_dir() and next(one.glob("*.json"), None))
        if inner:
            raise ValueError(f"{source.path}: holds no frames itself; give one of its folders: {', '.join(inner[:20])}")
    raise ValueError(f"{source.path}: its content does not tell its format; say one: {choices}")
