"""A calibrated set of cameras written as Qualisys writes it, and a body that they see; several tests share it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

import cv2
import numpy as np

from dance3d.geometry.projection import look_at
from dance3d.io.video.writer import VideoWriter

SIZE, FOCAL, CENTRE = (1088, 1920), (1681.5, 1680.5), (540.0, 955.0)
DISTORTION = (-0.05, 0.14, 0.0006, -0.0005, 0.01)  # k1, k2, p1, p2, k3
NAMES = ("cam01", "cam02", "cam03", "cam04")
_EYES = np.array([[4.0, 1.5, 0.0], [0.0, 1.2, 4.0], [-4.0, 1.8, 0.5], [0.3, 1.0, -4.0]])
EXTRINSICS = np.stack([look_at(eye, np.array([0.0, 1.0, 0.0])) for eye in _EYES])
MATRIX = np.array([[FOCAL[0], 0, CENTRE[0]], [0, FOCAL[1], CENTRE[1]], [0, 0, 1]])


def pixels(points, camera):
    """(..., 3) metres, world, to (..., 2) pixels of camera number ``camera``, distorted, by OpenCV."""
    rotation, shift = EXTRINSICS[camera, :, :3], EXTRINSICS[camera, :, 3]
    flat, _ = cv2.projectPoints(
        points.reshape(-1, 3).astype(float), cv2.Rodrigues(rotation)[0], shift, MATRIX, np.array(DISTORTION)
    )
    return flat.reshape(*points.shape[:-1], 2)


@cache
def video(size=SIZE):
    """A video of one black picture."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "black.mp4"
        with VideoWriter(path, size, 30, preset="ultrafast") as out:
            out.write(np.zeros((*size[::-1], 3), np.uint8), 0.0)
        return path.read_bytes()


def write_set(folder, head="", names=NAMES, videos=NAMES, spoil=None, size=SIZE):
    """A folder as ``datasets.calibrated_multiview`` reads it; ``spoil`` changes the text of the calibration."""
    cameras = "".join(_camera(name, extrinsics) for name, extrinsics in zip(names, EXTRINSICS, strict=False))
    text = f'<?xml version="1.0"?>{head}<calibration type="regular"><cameras>{cameras}</cameras></calibration>'
    for part in ("calibration", "videos"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "calibration" / "Calib.qca.txt").write_text(spoil(text) if spoil else text)
    for name in videos:
        (folder / "videos" / f"{name}.mp4").write_bytes(video(size))
    return folder


def _camera(name, extrinsics):
    turned = np.diag([1.0, -1.0, -1.0]) @ extrinsics[:, :3]
    eye = -extrinsics[:, :3].T @ extrinsics[:, 3] * 1000
    place = {f"r{i + 1}{j + 1}": turned[i, j] for i in range(3) for j in range(3)} | dict(zip("xyz", eye, strict=True))
    inner = {"focalLengthU": FOCAL[0] * 64, "focalLengthV": FOCAL[1] * 64}
    inner |= {"centerPointU": CENTRE[0] * 64, "centerPointV": CENTRE[1] * 64}
    names = ("radialDistortion1", "radialDistortion2", "tangentalDistortion1", "tangentalDistortion2")
    inner |= dict(zip((*names, "radialDistortion3"), DISTORTION, strict=True))
    field = {"left": 0, "top": 0, "right": SIZE[0] - 1, "bottom": SIZE[1] - 1}

    def tag(kind, values):
        return f"<{kind} " + " ".join(f"{key}={quoteattr(str(value))}" for key, value in values.items()) + "/>"

    inside = tag("fov_video", field) + tag("transform", place) + tag("intrinsic", inner)
    return f"<camera serial={quoteattr(name)}>{inside}</camera>"
