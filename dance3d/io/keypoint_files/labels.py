"""SLEAP's own files (``.slp``, analysis ``.h5``) by the library sleap-io, and ``movement``'s netCDF by xarray."""

from __future__ import annotations

from typing import Any

import numpy as np

from dance3d.io.keypoint_files.bodies import FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source

_HDF5 = b"\x89HDF\r\n\x1a\n"
_NETCDF = (b"CDF\x01", b"CDF\x02", b"CDF\x05")
_DIMENSIONS = ("time", "individuals", "keypoints", "space")


def fits_sleap_io(source: Source) -> bool:
    """An HDF5 file with an ending of SLEAP's."""
    return source.head.startswith(_HDF5) and source.path.suffix in (".slp", ".h5", ".hdf5")


def sleap_io(source: Source, said: FileHints) -> FileBodies:
    """Tracks are people.

    Raises:
        ValueError: the package sleap-io is not installed, or it cannot read the file as one of one video and skeleton.
    """
    try:
        import sleap_io
    except ImportError as error:
        raise ValueError(
            f"{source.path}: HDF5 is read by the package sleap-io: pip install 'dance3d[sleap]'; or let DeepLabCut or "
            "SLEAP write CSV"
        ) from error
    slp = source.path.suffix == ".slp"
    try:
        where = str(source.path)
        labels = sleap_io.load_slp(where, open_videos=False) if slp else sleap_io.load_analysis_h5(where)
    except Exception as error:  # whatever a damaged file makes a reader of HDF5 raise
        raise ValueError(f"{source.path}: sleap-io cannot read it: {' '.join(str(error).split())[:200]}") from error
    if len(labels.videos) > 1 or len(labels.skeletons) != 1:
        raise ValueError(
            f"{source.path}: holds {len(labels.videos)} videos and {len(labels.skeletons)} skeletons, expected one each"
        )
    found = FileBodies(source.path)
    shape = labels.videos[0].shape if labels.videos else None
    found.size = (int(shape[2]), int(shape[1])) if shape is not None else None
    for frame in labels.labeled_frames:
        found.frame(int(frame.frame_idx))
        for one in frame.instances:
            found.add(int(frame.frame_idx), _points(one), one.track.name if one.track is not None else None)
    return found.named(labels.skeletons[0].node_names, said)


def _points(instance: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(J, 3) of x, y and score, 1 where there is none, as of a body that somebody marked."""
    if hasattr(instance, "score"):
        return np.asarray(instance.numpy(scores=True), float)
    xy = np.asarray(instance.numpy(), float)
    return np.concatenate([xy, np.ones((len(xy), 1))], 1)


def fits_movement(source: Source) -> bool:
    """A netCDF file."""
    return source.head.startswith(_NETCDF) or (source.head.startswith(_HDF5) and source.path.suffix == ".nc")


def movement(source: Source, said: FileHints) -> FileBodies:
    """Individuals are people.

    Raises:
        ValueError: the package xarray is not installed, or the file holds no poses in the plane as movement has them.
    """
    try:
        import xarray
    except ImportError as error:
        raise ValueError(f"{source.path}: netCDF is read by xarray: pip install 'dance3d[xarray]'") from error
    try:
        with xarray.open_dataset(source.path) as opened:
            data = opened.load()
    except Exception as error:  # whatever a damaged file, or a missing reader of HDF5, makes xarray raise
        raise ValueError(f"{source.path}: xarray cannot read it: {' '.join(str(error).split())[:200]}") from error
    if "position" not in data or set(data.position.dims) != set(_DIMENSIONS) or data.sizes["space"] != 2:
        raise ValueError(f"{source.path}: expected position over {', '.join(_DIMENSIONS)}, in the plane")
    found = FileBodies(source.path)
    time = np.asarray(data.time.values, float)
    rate = data.attrs.get("fps")
    seconds = data.attrs.get("time_unit") == "seconds"
    if seconds and rate is None and len(time) > 1:
        rate = 1 / float(np.median(np.diff(time)))
    found.fps = float(rate) if rate else None
    numbers = np.round(time * (found.fps or 1.0)).astype(int) if seconds else time.astype(int)
    places = data.position.transpose(*_DIMENSIONS).values
    sure = np.ones(places.shape[:3])
    if "confidence" in data:
        sure = np.nan_to_num(data.confidence.transpose(*_DIMENSIONS[:3]).values, nan=1.0)
    people = [str(name) for name in data.individuals.values]
    for row, number in enumerate(numbers):
        found.frame(int(number))
        for i, person in enumerate(people):
            if np.isfinite(places[row, i]).any():
                found.add(int(number), np.concatenate([places[row, i], sure[row, i, :, None]], -1), person)
    return found.named([str(name) for name in data.keypoints.values], said)
