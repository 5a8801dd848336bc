"""Marks of a scene that stand still: they tell how far a calibration is off the videos that come with it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from dance3d.geometry.triangulation import triangulate

Array = NDArray[np.float64]
_HIDDEN = (np.nan, np.nan)
MARKS: dict[str, Mapping[str, tuple[tuple[float, float], ...]]] = {
    "fd90e4bbae3278ef1dc0cdd42a34ee06bf88286f628a02c00a29407aa39e34c5": {
        "cam01": ((317.2, 1334.9), (108.8, 1060.2), (767.0, 1290.2), (518.9, 1063.1),
                  (279.0, 1360.0), (67.0, 1056.0), (787.0, 1276.0), (511.0, 1033.0)),
        "cam02": ((325.4, 1207.4), (437.2, 1039.1), (757.8, 1269.2), (788.9, 1084.1),
                  (283.0, 1212.0), (416.0, 1036.0), (802.0, 1266.0), (823.0, 1064.0)),
        "cam03": (_HIDDEN, (873.9, 1234.1), (164.5, 1240.4), (485.2, 1431.7),
                  _HIDDEN, (911.0, 1226.0), (141.0, 1266.0), (519.0, 1498.0)),
        "cam04": ((889.5, 1069.7), (837.1, 1411.1), (516.0, 1115.0), (384.8, 1395.9),
                  (932.0, 1056.0), (884.0, 1427.0), (487.0, 1134.0), (324.0, 1463.0)),
    },
}  # fmt: skip
"""By the SHA-256 of a calibration file: pixels of the same points in each camera's video.

Pose2Sim's demonstration of one person: the four white squares on the treadmill's belt (centroids in the median
picture) and the four bolts beside it (by eye, within 2 px). With the calibration as it is, they lie 10.5 px (root mean
square) from where they are triangulated, each camera's all in one direction, and 0.9 px with shifted principal points:
that of cam01 by 23 px. The calibration does not fit these videos.
"""
_REGULARISATION = 0.01
"""Pixels of error per pixel of shift: a common shift that moves the whole scene is left at its smallest."""


def centre_shifts(rays: Array, extrinsics: Array, focal: Array) -> Array:
    """How far each camera's principal point has to move so that the marks' rays meet; the smallest such shifts.

    Args:
        rays: (V, P, 2) tangents of the marks, undistorted; NaN where hidden.
        extrinsics: (V, 3, 4) world to camera, metres.
        focal: (V,) pixels.

    Returns:
        (V, 2) pixels.
    """
    per_pixel = 1 / focal[:, None, None]

    def misses(shifts: Array) -> Array:
        moved = rays - shifts.reshape(-1, 1, 2) * per_pixel
        points = triangulate(moved, extrinsics)
        local = points @ extrinsics[:, :, :3].transpose(0, 2, 1) + extrinsics[:, None, :, 3]
        off = (moved - local[..., :2] / local[..., 2:]) / per_pixel
        return np.concatenate([np.nan_to_num(off).ravel(), _REGULARISATION * shifts])

    return np.asarray(least_squares(misses, np.zeros(2 * len(rays))).x.reshape(-1, 2))
