"""A picture of a person before a camera with distortion."""

import cv2
import numpy as np

from dance3d.contracts.camera import Lens
from dance3d.geometry.projection import look_at

DISTORTION = np.array([-0.25, 0.08, 0.002, -0.001, 0.01])
EXTRINSICS = look_at(np.array([1.0, 1.4, 4.0]), np.array([0.4, 1.0, 0.0]))
POINTS = np.array([[0.0, 1.0, 0.0], [0.5, 1.6, 0.2], [-0.3, 0.4, -0.3]])


def scene(width=640, height=480, distortion=DISTORTION, points=POINTS):
    """A picture with a white disc at every point of the world, and the mask of a person around them all."""
    matrix = np.array([[520.0, 0, width / 2 + 7], [0, 530.0, height / 2 - 5], [0, 0, 1]])
    turn, _ = cv2.Rodrigues(EXTRINSICS[:, :3])
    at = cv2.projectPoints(points, turn, EXTRINSICS[:, 3], matrix, distortion)[0][:, 0]
    y, x = np.mgrid[:height, :width] + 0.5
    discs = ((x[..., None] - at[:, 0]) ** 2 + (y[..., None] - at[:, 1]) ** 2 < 16).any(-1)
    mask = np.zeros((height, width), bool)
    (left, top), (right, bottom) = at.min(0).astype(int) - 8, at.max(0).astype(int) + 8
    mask[max(top, 0) : bottom, max(left, 0) : right] = True
    picture = np.repeat(discs[..., None].astype(np.uint8) * 255, 3, -1)
    return picture, mask, Lens(matrix, EXTRINSICS, distortion)
