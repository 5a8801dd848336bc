"""The camera of a clip: its lens, and perhaps which way is up and how high it stands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera
from dance3d.geometry.camera_settings import CameraSettings


class ClipCamera(NamedTuple):
    """The camera of a clip.

    Attributes:
        camera: lens and picture.
        up: (3,) unit vector against gravity in the camera frame, where it is known.
        height: metres of the lens above the floor, where they are known.
    """

    camera: Camera
    up: NDArray[np.float64] | None
    height: float | None


def view(calibrated: CameraSettings | None, field_of_view: float, size: tuple[int, int]) -> ClipCamera:
    """The camera of pictures.

    Args:
        calibrated: what a calibration found; none for a lens guessed from the field of view.
        field_of_view: degrees along the longer side of the picture, used where nothing is calibrated.
        size: (width, height) of the pictures, pixels.
    """
    if calibrated is None:
        return ClipCamera(Camera.from_field_of_view(field_of_view, size), None, None)
    centre = calibrated.centre or (size[0] / 2, size[1] / 2)
    up = None
    if calibrated.up is not None:
        up = np.array(calibrated.up, np.float64)
        up = up / np.linalg.norm(up)
    return ClipCamera(Camera(calibrated.focal, centre, size, assumed=False), up, calibrated.height)
