"""Single pictures of Human3.6M with true joints, as mmpose's tests hold four: a sanity row beside the protocol.

Nothing of the data set is in this package; its licence allows research only. Files of the folder:

    test_h36m_body3d.npz    imgname; part (N, 17, 3) pixels and whether seen; S (N, 17, 4) metres, camera frame
    cameras.pkl             by subject and camera: f, c, k (three radial), p (two tangential), w, h
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.geometry.camera_settings import CameraSettings
from dance3d.io.safe_npz import read_npz
from dance3d.io.safe_pickle import unpickled
from dance3d.metrics import PMPJPE
from dance3d.skeleton import H36M17

PICTURES = Path("benchmarks") / "h36m"
"""Below the folder of the real data."""
Floats = NDArray[np.float64]
_NAME = re.compile(r"(S\d+)_.+\.(\d{8})_\d+\.jpg$")


class PosedPicture(NamedTuple):
    """One person in one picture.

    Attributes:
        keypoints: true ones, of one frame, as a lens without distortion had seen them.
        truth: (17, 3) metres around the pelvis, camera frame.
        camera: of that lens.
    """

    keypoints: Keypoints2D
    truth: Floats
    camera: CameraSettings


def read_pictures(folder: Path) -> list[PosedPicture]:
    """The people of ``test_h36m_body3d.npz``.

    Raises:
        ValueError: a file that is missing, is another, or has a picture of a camera that the other file lacks.
    """
    arrays, path = read_npz(folder / "test_h36m_body3d.npz"), folder / "cameras.pkl"
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    cameras = unpickled(path.read_bytes(), path)
    found = []
    try:
        for name, part, space in zip(arrays["imgname"], arrays["part"], arrays["S"], strict=True):
            said = _NAME.search(str(name))
            if said is None or said.groups() not in cameras:
                raise ValueError(f"{name!r} names no camera of {path.name}")
            found.append(_picture(part[:, :2], space[:, :3], cameras[said.groups()]))
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{folder} does not hold pictures of Human3.6M as mmpose's tests do: {error!r}") from error
    return found


def _picture(
    xy: NDArray[np.float64], space: NDArray[np.float64], given: dict[str, NDArray[np.float64]]
) -> PosedPicture:
    """One person.

    Args:
        xy: (17, 2) pixels.
        space: (17, 3) metres, camera frame.
        given: the camera's entry of ``cameras.pkl``.
    """
    focal, centre = (np.asarray(given[key], np.float64).ravel() for key in "fc")
    radial, tangential = (np.asarray(given[key], np.float64).ravel() for key in "kp")
    matrix = np.array([[focal[0], 0, centre[0]], [0, focal[1], centre[1]], [0, 0, 1]])
    lens = np.array([*radial[:2], *tangential, radial[2]])  # OpenCV's order
    mean = float(focal.mean())  # the lifter's cameras have one focal length
    plain = np.array([[mean, 0, centre[0]], [0, mean, centre[1]], [0, 0, 1]])
    points = cv2.undistortPoints(xy[:, None], matrix, lens, P=plain)[:, 0]
    shape = (1, len(H36M17.joints))
    keypoints = Keypoints2D(
        xy=points[None].astype(np.float32),
        score=np.ones(shape, np.float32),
        measured=np.ones(shape, bool),
        time=np.zeros(1),
        size=(int(given["w"]), int(given["h"])),
    )
    truth = space - space[H36M17.index("pelvis")]
    return PosedPicture(keypoints, truth, CameraSettings(mean, (float(centre[0]), float(centre[1]))))


def score_pictures(pictures: Sequence[PosedPicture], lifted: Callable[[Keypoints2D, CameraSettings], Pose3D]) -> float:
    """Mean P-MPJPE of a lifter over the pictures, millimetres.

    Args:
        pictures: of ``read_pictures``.
        lifted: lifts keypoints of one frame, given the camera.
    """
    metric = PMPJPE()
    for picture in pictures:
        pose = lifted(picture.keypoints, picture.camera)
        metric.update(
            torch.from_numpy(pose.xyz.copy())[None], torch.from_numpy(picture.truth.astype(np.float32))[None, None]
        )
    return round(float(metric.compute()), 2)
