"""Which way up a stored picture is shown: the eight orientations that a display matrix can give."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
TOLERANCE = 0.02  # chosen: a degree, or two hundredths of the picture's side
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Orientation:
    """What is done to a stored picture to show it.

    Attributes:
        rotation: degrees clockwise, 0, 90, 180 or 270, after mirroring.
        mirrored: whether left and right are exchanged first.
        exact: whether the file's display matrix asks for just this; otherwise it is the nearest of the eight.
    """

    rotation: int = 0
    mirrored: bool = False
    exact: bool = True

    @property
    def upright(self) -> bool:
        """Whether rows stay rows."""
        return self.rotation in (0, 180)

    def shown(self, image: Image) -> Image:
        """(H, W, 3) or (W, H, 3): a stored picture (H, W, 3) as displayed."""
        if self.mirrored:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
        return np.asarray(cv2.rotate(image, TURNS[self.rotation]), np.uint8) if self.rotation else image

    def stored(self, size: tuple[int, int]) -> NDArray[np.float64]:
        """(2, 3) affine map from places of the displayed picture to those of the stored one.

        Args:
            size: (width, height) of the stored picture.
        """
        width, height = size
        matrix = {
            0: np.array([[1.0, 0, 0], [0, 1, 0]]),
            90: np.array([[0.0, 1, 0], [-1, 0, height]]),
            180: np.array([[-1.0, 0, width], [0, -1, height]]),
            270: np.array([[0.0, -1, width], [1, 0, 0]]),
        }[self.rotation]
        if self.mirrored:
            matrix[0] = [0, 0, width] - matrix[0]
        return matrix

    def __str__(self) -> str:
        return f"{'mirrored and ' * self.mirrored}rotated by {self.rotation} degrees"


def read_matrix(data: bytes | None) -> Orientation:
    """The orientation that a display matrix stands for.

    Args:
        data: nine 32-bit integers as FFmpeg has them, of which the first two of the first two rows count: a point
            (x, y) of the stored picture, y down, is shown at x (a, b) + y (c, d). None where the file has none.
    """
    if data is None or len(data) < 20:
        return Orientation()
    a, b, _, c, d = struct.unpack_from("=5i", data)
    matrix = np.array([[a, b], [c, d]], np.float64)
    scale = abs(np.linalg.det(matrix)) ** 0.5
    if scale == 0:
        return Orientation(exact=False)
    mirrored = bool(np.linalg.det(matrix) < 0)
    # mirroring changes the first row alone; of the second the angle can be read in either case
    rotation = round(np.degrees(np.arctan2(-c, d)) / 90) * 90 % 360
    cos, sin = np.rint([np.cos(np.radians(rotation)), np.sin(np.radians(rotation))])
    sign = -1 if mirrored else 1
    wanted = np.array([[sign * cos, sign * sin], [-sin, cos]])
    return Orientation(rotation, mirrored, bool(np.abs(matrix / scale - wanted).max() <= TOLERANCE))
