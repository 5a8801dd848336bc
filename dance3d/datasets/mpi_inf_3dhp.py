"""MPI-INF-3DHP in its published layout as moments: videos, green-screen masks, calibration and poses.

The data set is for research only; nothing of it is in this package. Files of a sequence:

    S1/Seq1/imageSequence/video_0.avi    one for each camera
    S1/Seq1/FGmasks/video_0.avi          red: bright on the person and the chair, dark on the green screen
    S1/Seq1/ChairMasks/video_0.avi       red: dark on the chair; if there is one
    S1/Seq1/camera.calibration
    S1/Seq1/annot.mat                    poses, only for scores
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment
from dance3d.io.images import Masker, VideoPictures, with_masks
from dance3d.skeleton import MPI28, to_h36m17

TEST = ("S7", "S8")
CAMERAS = (0, 2, 4, 7, 8)
"""The five at the height of the chest (METHODS 4.2: five views)."""
_MOST_BYTES = 2**20  # chosen: bytes of a calibration; real ones have a hundredth of that


def mpi3dhp_moments(
    folder: Path,
    masker: Masker | None = None,
    every: int = 1,
    split: str | None = None,
    cameras: Sequence[int] = CAMERAS,
) -> Iterator[Moment]:
    """Every sequence of every subject, in those of the cameras that have a video.

    Args:
        folder: with ``S1/Seq1`` and so on.
        masker: finds the person, and replaces the masks of the data set.
        every: uses every n-th frame of the 25 or 50 per second.
        split: S7 and S8 are ``test``, the others ``train``, if none is given.
        cameras: numbers of the cameras.

    Raises:
        ValueError: no sequence, no video of the cameras, or a video without mask and no ``masker``.
    """
    sequences = [path for path in sorted(folder.glob("S[1-8]/Seq[12]")) if (path / "imageSequence").is_dir()]
    if not sequences:
        raise ValueError(f"{folder} holds no sequence, such as S1/Seq1/imageSequence/video_0.avi")
    for sequence in sequences:
        subject = sequence.parent.name
        take_split = split or ("test" if subject in TEST else "train")
        lenses = read_calibration(sequence / "camera.calibration")
        used = [n for n in cameras if n in lenses and (sequence / "imageSequence" / f"video_{n}.avi").is_file()]
        if not used:
            raise ValueError(f"{sequence} holds no calibrated video of the cameras {', '.join(map(str, cameras))}")
        poses = _poses(sequence / "annot.mat", used[0], lenses[used[0]])
        streams = [_stream(sequence, number, masker, every) for number in used]
        views = tuple(lenses[number] for number in used)
        for number, seen in enumerate(zip(*streams, strict=False)):  # some videos lack their last frames
            frame = number * every
            truth = poses[frame] if poses is not None and frame < len(poses) else None
            pictures, masks = zip(*seen, strict=True)
            yield Moment(f"{subject}-{sequence.name}", subject, take_split, frame, pictures, masks, views, truth)


def _stream(sequence: Path, camera: int, masker: Masker | None, every: int) -> Iterator[tuple[Image, Mask]]:
    """Pictures and masks of one camera's video."""
    name = f"video_{camera}.avi"
    pictures = VideoPictures(sequence / "imageSequence" / name, every)
    if masker is not None:
        return with_masks(pictures, masker)
    screen, chair = sequence / "FGmasks" / name, sequence / "ChairMasks" / name
    if not screen.is_file():
        raise ValueError(
            f"{screen} is not there: download the masks, or say how to find the person, such as --foreground auto"
        )
    people = (mask[..., 0] >= 128 for mask in VideoPictures(screen, every))
    if not chair.is_file():
        return zip(pictures, people, strict=False)
    seats = (mask[..., 0] < 128 for mask in VideoPictures(chair, every))
    return zip(pictures, (person & ~seat for person, seat in zip(people, seats, strict=False)), strict=False)


def read_calibration(path: Path) -> dict[int, Lens]:
    """Cameras by number of a ``camera.calibration``.

    It is text, with lines for every camera that begin with name, size, intrinsic and extrinsic (both 4 x 4, row by row,
    the latter from world to camera in millimetres) and radial, which is 0 throughout the set.

    Raises:
        ValueError: not such a file.
    """
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path} is no file of at most {_MOST_BYTES} bytes, expected the calibration of the cameras")
    cameras: dict[int, dict[str, list[float]]] = {}
    number = -1
    try:
        for line in path.read_text().splitlines()[1:]:
            key, *values = line.split() or [""]
            if key == "name":
                number = int(values[0])
                cameras[number] = {}
            elif key in ("intrinsic", "extrinsic"):
                cameras[number][key] = [float(value) for value in values]
        lenses = {number: _lens(camera["intrinsic"], camera["extrinsic"]) for number, camera in cameras.items()}
    except (KeyError, ValueError, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: camera {number} cannot be read: {error}") from error
    if not lenses:
        raise ValueError(f"{path} names no camera")
    return lenses


def _lens(inner: list[float], outer: list[float]) -> Lens:
    matrix, extrinsics = np.array(inner).reshape(4, 4)[:3, :3], np.array(outer).reshape(4, 4)[:3].copy()
    rotation = extrinsics[:, :3]
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-3 or np.linalg.det(rotation) < 0:
        raise ValueError("its extrinsic is no rotation and translation")
    extrinsics[:, 3] /= 1000
    return Lens(matrix, extrinsics, np.zeros(0))


def _poses(path: Path, camera: int, lens: Lens) -> NDArray[np.float64] | None:
    """(T, 17, 3) metres, world, of ``annot3`` in one camera's frame; none without the file.

    ``univ_annot3``, with bodies scaled to one size, does not project onto the pictures, so it is not used.
    """
    if not path.is_file():
        return None
    try:
        stored = loadmat(path, variable_names=["annot3", "cameras"])
        numbers = [int(number) for number in stored["cameras"].ravel()]
        points = np.asarray(stored["annot3"].ravel()[numbers.index(camera)], np.float64)
        points = points.reshape(-1, len(MPI28.joints), 3) / 1000
    except NotImplementedError as error:
        raise ValueError(f"{path} is in MATLAB's format 7.3: save it with -v7, or move it away") from error
    except (MatReadError, KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{path} cannot be read as annotations of camera {camera}: {error}") from error
    joints = to_h36m17(points, np.ones(points.shape[:2]), MPI28.name)[0].astype(np.float64)
    return np.asarray((joints - lens.extrinsics[:, 3]) @ lens.extrinsics[:, :3])


def is_mpi3dhp(folder: Path) -> bool:
    """Whether a folder has the layout of MPI-INF-3DHP."""
    return any(True for _ in folder.glob("S[1-8]/Seq[12]/imageSequence"))
