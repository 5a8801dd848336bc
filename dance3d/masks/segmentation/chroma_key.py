"""Chroma key: people before a background of one colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.masks.segmentation.instances import clean_mask, enlarge, shrink

_BORDER = 30  # chosen: the border is the picture's shorter side divided by this
_LIGHT = 0.3  # chosen: weight of differences of lightness, since shadows and folds only darken the background


@dataclass(frozen=True)
class Chroma:
    """Pixels whose colour differs from the background's in Lab.

    Attributes:
        key: (red, green, blue) of the background, 0..255; none: the median along each picture's left, top and right
            edge.
        tolerance: distance in Lab above which a pixel is not background.
        size: longer side of the pictures that are processed, pixels.
        least, most: smallest and largest person as a share of the picture.
    """

    key: tuple[int, int, int] | None = None
    tolerance: float = 18.0
    size: int = 640
    least: float = 0.003
    most: float = 0.6

    def __post_init__(self) -> None:
        if self.key is not None and (len(self.key) != 3 or not all(0 <= v <= 255 for v in self.key)):
            raise ValueError(f"key colour is {self.key}, expected (red, green, blue), 0..255 each")
        if not self.tolerance > 0 or self.size < 32 or not 0 <= self.least < self.most <= 1:
            raise ValueError(
                f"tolerance {self.tolerance} must be positive, size {self.size} 32 or more, "
                f"and 0 <= least {self.least} < most {self.most} <= 1"
            )

    def masks(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.bool_]]:
        """One mask (H, W) of all people for each picture (H, W, 3), RGB; one pass."""
        for picture in pictures:
            lab = _lab(shrink(picture, self.size))
            key = _border_colour(lab) if self.key is None else _lab(np.array([[self.key]], np.uint8))[0, 0]
            far = np.linalg.norm((lab - key) * np.array([_LIGHT, 1, 1], np.float32), axis=-1) > self.tolerance
            yield enlarge(clean_mask(far, self.least, self.most), picture.shape)


def _lab(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _border_colour(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Median colour along the left, top and right edges; feet and floor are at the lower one."""
    width = max(1, min(lab.shape[:2]) // _BORDER)
    edges = (lab[:width], lab[:, :width], lab[:, -width:])
    return np.asarray(np.median(np.concatenate([e.reshape(-1, 3) for e in edges]), 0), np.float32)
