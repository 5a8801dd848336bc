"""Cameras: a pinhole of one clip, and a calibrated one with its distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        focal: pixels, the same along both axes.
        centre: principal point (x, y), pixels.
        size: (width, height) of the picture, pixels.
        assumed: true where the focal length is a guess from a field of view.
    """

    focal: float
    centre: tuple[float, float]
    size: tuple[int, int]
    assumed: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", (float(self.centre[0]), float(self.centre[1])))
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        if not (np.isfinite(self.focal) and self.focal > 0):
            raise ValueError(f"Camera.focal is {self.focal}, expected a positive number of pixels")
        if min(self.size) < 1:
            raise ValueError(f"Camera.size is {self.size}, expected positive (width, height)")

    @classmethod
    def from_field_of_view(cls, degrees: float, size: tuple[int, int]) -> Self:
        """Camera that sees ``degrees`` along the longer side of a picture, principal point in its middle."""
        if not 0 < degrees < 180:
            raise ValueError(f"field of view is {degrees} degrees, expected more than 0 and less than 180")
        focal = max(size) / 2 / np.tan(np.deg2rad(degrees) / 2)
        return cls(float(focal), (size[0] / 2, size[1] / 2), size)

    @property
    def field_of_view(self) -> float:
        """Degrees seen along the longer side of the picture."""
        return float(np.rad2deg(2 * np.arctan(max(self.size) / 2 / self.focal)))


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera as calibration gives it.

    Attributes:
        matrix: (3, 3) intrinsics, pixels.
        extrinsics: (3, 4) world to camera, metres; without a translation where only one view is known.
        distortion: k1, k2, p1, p2, k3 and so on, in OpenCV's order; none if empty.
    """

    matrix: NDArray[np.float64]
    extrinsics: NDArray[np.float64]
    distortion: NDArray[np.float64]
