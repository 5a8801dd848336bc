"""Clips filmed by several calibrated cameras at once: Qualisys' camera calibration beside one video per camera.

A video of another size than the calibrated picture is taken to be scaled to fit and centred, as re-encoding does. Where
marks of the scene are known (``scene_marks``), the principal points are moved so that the marks' rays meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera
from dance3d.datasets.scene_marks import MARKS, centre_shifts
from dance3d.io.calibration_xml import read_xml
from dance3d.io.images import VIDEOS
from dance3d.io.video.reader import VideoReader

_PER_PIXEL = 64.0  # units of the file's image coordinates per pixel
_AXES = np.diag([1.0, -1.0, -1.0])  # Qualisys' cameras look along -z with y up; ours look along z with y down
_DISTORTION = (
    "radialDistortion1",
    "radialDistortion2",
    "tangentalDistortion1",
    "tangentalDistortion2",
    "radialDistortion3",
)


@dataclass(frozen=True, eq=False)
class CalibratedView:
    """One camera of a calibrated set.

    Attributes:
        name: the camera's, as in the calibration.
        video: its file.
        camera: pinhole of the undistorted picture; the mean of both focal lengths, which differ by 0.01 %.
        matrix: (3, 3) intrinsics, pixels of the video.
        distortion: (5,) k1, k2, p1, p2, k3, in OpenCV's order.
        extrinsics: (3, 4) world to camera, metres.
    """

    name: str
    video: Path
    camera: Camera
    matrix: NDArray[np.float64]
    distortion: NDArray[np.float64]
    extrinsics: NDArray[np.float64]

    def rays(self, xy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Undistorted tangents (x/z, y/z) of (..., 2) pixels of the video; NaN stays NaN."""
        flat = np.asarray(xy, np.float64).reshape(-1, 1, 2)
        seen = np.isfinite(flat).all(-1, keepdims=True)
        out = cv2.undistortPoints(np.where(seen, flat, 0.0), self.matrix, self.distortion)
        return np.where(seen, out, np.nan).reshape(xy.shape)


def read_views(folder: Path) -> list[CalibratedView]:
    """The cameras of a folder with ``calibration/*.qca.txt`` and ``videos/<camera>.mp4``, in the calibration's order.

    Raises:
        ValueError: not one calibration, or one that cannot be read, or a camera without a video that can.
    """
    found = sorted((folder / "calibration").glob("*.qca.txt"))
    if len(found) != 1:
        raise ValueError(f"{folder}/calibration holds {len(found)} files *.qca.txt, expected one")
    videos = {p.stem: p for p in sorted((folder / "videos").glob("*")) if p.suffix.lower() in VIDEOS}
    views = []
    for parts in _cameras(found[0]):
        name = parts["camera"].get("serial", "")
        if name not in videos:
            raise ValueError(
                f"{folder}/videos holds no video of camera {name!r}; it holds {', '.join(videos) or 'none'}"
            )
        try:
            views.append(_view(name, videos[name], parts))
        except (KeyError, ValueError) as error:
            raise ValueError(f"{found[0]}: camera {name!r} cannot be read: {error}") from error
    if len(views) < 2:
        raise ValueError(f"{found[0]} names {len(views)} cameras, expected two or more")
    marks = MARKS.get(sha256(found[0].read_bytes()).hexdigest())
    return views if marks is None else _aligned(views, np.array([marks[view.name] for view in views]))


def _aligned(views: list[CalibratedView], marks: NDArray[np.float64]) -> list[CalibratedView]:
    """Views with principal points that fit the marks' pixels (V, P, 2)."""
    rays = np.stack([view.rays(seen) for view, seen in zip(views, marks, strict=True)])
    focal = np.array([view.camera.focal for view in views])
    moved = []
    for view, shift in zip(views, centre_shifts(rays, np.stack([v.extrinsics for v in views]), focal), strict=True):
        matrix = view.matrix.copy()
        matrix[:2, 2] += shift
        moved.append(replace(view, matrix=matrix, camera=replace(view.camera, centre=(matrix[0, 2], matrix[1, 2]))))
    return moved


def _view(name: str, video: Path, parts: dict[str, dict[str, str]]) -> CalibratedView:
    """One camera from its elements' attributes.

    The rotation is diag(1, -1, -1) times r as written, row by row: with r transposed no two cameras of the real clip
    agree on any joint, with r as written three or more agree on 92 % of the joints. x, y, z is the camera's position in
    millimetres, so the translation is minus the rotation times it.
    """
    transform, intrinsics, frame_size = parts["transform"], parts["intrinsic"], parts["fov_video"]
    rotation = _AXES @ np.array([[float(transform[f"r{row}{column}"]) for column in "123"] for row in "123"])
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-3 or np.linalg.det(rotation) < 0:
        raise ValueError("r11 to r33 are no rotation")
    position = np.array([float(transform[axis]) for axis in "xyz"]) / 1000
    calibrated = np.array(
        [int(frame_size[end]) - int(frame_size[start]) + 1 for start, end in (("left", "right"), ("top", "bottom"))]
    )
    with VideoReader(video) as reader:
        size = reader.info.size
    scale = float((size / calibrated).min())
    focal = [scale * float(intrinsics[f"focalLength{axis}"]) / _PER_PIXEL for axis in "UV"]
    padding = (size - scale * calibrated) / 2
    centre = [
        scale * float(intrinsics[f"centerPoint{axis}"]) / _PER_PIXEL + float(beside)
        for axis, beside in zip("UV", padding, strict=True)
    ]
    return CalibratedView(
        name=name,
        video=video,
        camera=Camera(float(np.mean(focal)), (centre[0], centre[1]), size, assumed=False),
        matrix=np.array([[focal[0], 0, centre[0]], [0, focal[1], centre[1]], [0, 0, 1]]),
        distortion=np.array([float(intrinsics[key]) for key in _DISTORTION]),
        extrinsics=np.concatenate([rotation, (-rotation @ position)[:, None]], 1),
    )


def _cameras(path: Path) -> list[dict[str, dict[str, str]]]:
    """Attributes of every camera's elements by name; document types, and so entities, are refused."""
    cameras: list[dict[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "camera":
            cameras.append({})
        if cameras:
            cameras[-1][name] = attributes

    read_xml(path, start)
    return cameras
