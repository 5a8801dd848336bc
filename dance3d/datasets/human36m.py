"""Human3.6M in its published layout as moments: videos, masks, poses, and the cameras of ``metadata.xml``.

The data set requires registration with its authors; nothing of it is in this package. Files of a subject:

    S1/Videos/Directions 1.54138969.mp4                           one for each of four cameras
    S1/MySegmentsMat/ground_truth_bs/Directions 1.54138969.mp4    masks; or MATLAB's .mat, read with h5py
    S1/MyPoseFeatures/D3_Positions/Directions 1.cdf               poses, only for scores, read with cdflib; or .npy,
                                                                  or .cdf.mat

Masks may also lie in ``S1/ground_truth_bs`` or ``S1/Segments_mat_gt_bs``, poses in ``S1/Poses_D3_Positions``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.spatial.transform import Rotation

from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment
from dance3d.io.calibration_xml import read_xml
from dance3d.io.images import Masker, VideoPictures, with_masks
from dance3d.io.video.reader import VideoError, probe
from dance3d.skeleton import H36M32, to_h36m17

log = logging.getLogger(__name__)

TRAIN, TEST = ("S1", "S5", "S6", "S7", "S8"), ("S9", "S11")
ACTIONS = ("Directions", "Discussion", "Posing", "Waiting", "Greeting", "Walking")
"""The six of Mask as Supervision (METHODS 4.1)."""
CAMERAS = ("54138969", "55011271", "58860488", "60457274")
_SUBJECTS = 11  # in the metadata
_MASKS = ("MySegmentsMat/ground_truth_bs", "ground_truth_bs", "Segments_mat_gt_bs", "Segments_gt_bs")
_FAULTS = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, NotImplementedError, MemoryError)
"""What the libraries raise of files that are none."""
_POSES = ("MyPoseFeatures/D3_Positions", "Poses_D3_Positions", "D3_Positions")
_READERS = {".npy": "", ".cdf.mat": "", ".cdf": "cdflib"}  # suffixes of files of poses, and the package that reads them


class NotInstalled(ValueError):
    """A file whose reader is not installed; the message names both."""


def human36m_moments(
    folder: Path,
    masker: Masker | None = None,
    every: int = 1,
    split: str | None = None,
    actions: Sequence[str] = ACTIONS,
) -> Iterator[Moment]:
    """Every take of the chosen actions, subject by subject, in all cameras with a video (and mask).

    Args:
        folder: with a folder for every subject, and ``metadata.xml`` in it or in a folder of it.
        masker: finds the person, and replaces the masks of the data set.
        every: uses every n-th frame of the 50 per second.
        split: S9 and S11 are ``test``, the others ``train``, if none is given.
        actions: first words of the takes' names.

    Raises:
        ValueError: no cameras, no such take, or a take without masks and no ``masker``.
    """
    lenses = read_cameras(_metadata(folder))
    found = False
    for subject in TRAIN + TEST:
        take_split = split or ("test" if subject in TEST else "train")
        for take, videos in _takes(folder / subject, actions).items():
            streams = [_stream(folder / subject, videos[camera], masker, every) for camera in videos]
            poses = _poses(folder / subject, take)
            views = tuple(lenses[subject, camera] for camera in videos)
            for number, seen in enumerate(zip(*streams, strict=False)):  # streams may differ in length by a frame
                found = True
                frame = number * every
                truth = poses[frame] if poses is not None and frame < len(poses) else None
                pictures, masks = zip(*seen, strict=True)
                yield Moment(f"{subject}-{take}", subject, take_split, frame, pictures, masks, views, truth)
    if not found:
        raise ValueError(f"{folder} holds no videos of {', '.join(actions)}, such as S1/Videos/Walking.54138969.mp4")


def _takes(subject: Path, actions: Sequence[str]) -> dict[str, dict[str, Path]]:
    """The videos of every take of a subject by camera; unreadable ones are left out and logged."""
    takes: dict[str, dict[str, Path]] = {}
    for video in sorted(subject.glob("Videos/*.mp4")):
        take, _, camera = video.stem.rpartition(".")
        if take.split(" ")[0] not in actions or camera not in CAMERAS:
            continue
        try:
            probe(video)
        except VideoError as error:  # the published data set has one: S11, Directions, 54138969
            log.warning("left out: %s", error)
            continue
        takes.setdefault(take, {})[camera] = video
    return takes


def _stream(subject: Path, video: Path, masker: Masker | None, every: int) -> Iterator[tuple[Image, Mask]]:
    """Pictures and masks of one camera's video."""
    pictures = VideoPictures(video, every)
    if masker is not None:
        return with_masks(pictures, masker)
    for folder in _MASKS:
        if (path := subject / folder / video.name).is_file():
            return zip(pictures, (mask[..., 0] >= 128 for mask in VideoPictures(path, every)), strict=False)
        if (path := path.with_suffix(".mat")).is_file():
            return zip(pictures, _matlab_masks(path, every), strict=False)
    raise ValueError(
        f"{video} has no mask: expected {subject / _MASKS[0] / video.name}, or say how to find the person, "
        "such as --foreground auto"
    )


def _matlab_masks(path: Path, every: int) -> Iterable[Mask]:
    """Masks of a MATLAB file: one cell per frame, stored by columns."""
    h5py = _module("h5py", path, "download the masks as video")
    with h5py.File(path, "r") as file:
        cells: NDArray[Any] = file["Masks"][()].ravel()
        for cell in cells[::every]:
            stored: NDArray[Any] = np.asarray(file[cell][()])
            yield np.asarray(stored.T.reshape((*stored.T.shape[:2], -1))[..., 0] > 0)


def _poses(subject: Path, take: str) -> NDArray[np.float64] | None:
    """(T, 17, 3) metres, world, or none if the take's poses are missing, or cannot be read, which is logged."""
    for folder in _POSES:
        for suffix, reader in _READERS.items():
            path = subject / folder / f"{take}{suffix}"
            if not path.is_file():
                continue
            try:
                return _joints(path, suffix, reader)
            except NotInstalled as error:
                log.warning("no true poses, so no scores: %s", error)
                return None
    return None


def _joints(path: Path, suffix: str, reader: str) -> NDArray[np.float64]:
    try:
        points = np.asarray(_stored(path, suffix, reader), np.float64)
    except NotInstalled:
        raise
    except _FAULTS as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    size = len(H36M32.joints) * 3
    if points.ndim < 2 or points.size % size or (points.shape[-1] != size and points.shape[-2:] != (size // 3, 3)):
        raise ValueError(f"{path} holds poses of shape {points.shape}, expected (frames, {size}), millimetres")
    points = points.reshape(-1, size // 3, 3) / 1000
    return to_h36m17(points, np.ones(points.shape[:2]), H36M32.name)[0].astype(np.float64)


def _stored(path: Path, suffix: str, reader: str) -> Any:
    """The array in a file of poses."""
    if suffix == ".npy":
        return np.load(path, allow_pickle=False)
    if suffix == ".cdf.mat":
        stored = loadmat(path, variable_names=["data"])["data"]
        while stored.dtype == object:  # nested cells
            stored = stored.flat[0]
        return stored
    return _module(reader, path, "convert it to .npy, shape (frames, 96)").CDF(str(path)).varget("Pose")


def _module(name: str, path: Path, otherwise: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise NotInstalled(f"{path} is read with {name}: pip install {name}, or {otherwise}") from error


def _metadata(folder: Path) -> Path:
    found = [path for pattern in ("metadata.xml", "*/metadata.xml") for path in sorted(folder.glob(pattern))]
    if not found:
        raise ValueError(f"{folder} holds no metadata.xml, which has the cameras; it comes with Human3.6M's own code")
    return found[0]


def read_cameras(path: Path) -> dict[tuple[str, str], Lens]:
    """Cameras by subject and name, of ``metadata.xml``.

    Its element ``w0`` holds 300 numbers: for every camera and subject three angles (the rotation from world to camera
    is Rx Ry Rz) and the camera's position in millimetres; then for every camera focal lengths, principal point, k1, k2,
    k3, p1, p2. The data set's lens model has part of the tangential terms once where OpenCV, which is used here,
    has them twice: a fraction of a pixel.

    Raises:
        ValueError: no XML, or another count of numbers.
    """
    text: list[str] = []
    inside = False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal inside
        inside = name == "w0"

    def end(_: str) -> None:
        nonlocal inside
        inside = False

    read_xml(path, start, end, lambda part: text.append(part) if inside else None)
    try:
        numbers = np.array("".join(text).strip().strip("[]").split(), np.float64)
    except ValueError as error:
        raise ValueError(f"{path}: w0 holds something else than numbers: {error}") from error
    outer = len(CAMERAS) * _SUBJECTS * 6
    if len(numbers) != outer + len(CAMERAS) * 9:
        raise ValueError(f"{path}: w0 holds {len(numbers)} numbers, expected {outer + len(CAMERAS) * 9}")
    places, lenses = numbers[:outer].reshape(len(CAMERAS), _SUBJECTS, 6), numbers[outer:].reshape(len(CAMERAS), 9)
    return {
        (subject, camera): _lens(places[row, int(subject[1:]) - 1], lenses[row])
        for subject in TRAIN + TEST
        for row, camera in enumerate(CAMERAS)
    }


def _lens(place: NDArray[np.float64], inner: NDArray[np.float64]) -> Lens:
    rotation = Rotation.from_euler("XYZ", place[:3]).as_matrix()
    extrinsics = np.column_stack([rotation, -rotation @ place[3:] / 1000])
    across, down, x, y, k1, k2, k3, p1, p2 = inner
    return Lens(np.array([[across, 0, x], [0, down, y], [0, 0, 1]]), extrinsics, np.array([k1, k2, p1, p2, k3]))


def is_human36m(folder: Path) -> bool:
    """Whether a folder has the layout of Human3.6M."""
    return any(True for _ in folder.glob("S*/Videos/*.mp4"))
