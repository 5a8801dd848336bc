"""Luma and chroma, as videos keep pictures: (H, W), and twice half the height and width; to RGB and back."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Float = NDArray[np.float64]
Planes = tuple[Image, Image, Image]

BT709, BT601 = 1, 6  # FFmpeg's numbers of the matrix between RGB and these
RED_BLUE = {BT709: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}  # shares of luma
RED_BLUE_BT601 = (0.299, 0.114)  # taken for every other, as FFmpeg does
LUMA, CHROMA = 219 / 255, 224 / 255  # of limited range: luma from 16 to 235, chroma from 16 to 240


@lru_cache
def to_rgb(colorspace: int, full: bool = False) -> Float:
    """(3, 4) affine map from luma and chroma, 0..255, to red, green and blue.

    Args:
        colorspace: FFmpeg's number.
        full: whether luma goes from 0 to 255, not from 16 to 235.
    """
    red, blue = RED_BLUE.get(colorspace, RED_BLUE_BT601)
    green = 1 - red - blue
    of_red, of_blue = 2 * (1 - red), 2 * (1 - blue)
    matrix = np.array([[1, 0, of_red], [1, -of_blue * blue / green, -of_red * red / green], [1, of_blue, 0]])
    if not full:
        matrix /= (LUMA, CHROMA, CHROMA)
    return np.hstack([matrix, -matrix @ np.array([[0 if full else 16], [128], [128]])])


@lru_cache
def from_rgb(colorspace: int) -> Float:
    """(3, 4) affine map from red, green and blue to luma and chroma of limited range; see ``to_rgb``."""
    matrix = to_rgb(colorspace)
    inverse = np.linalg.inv(matrix[:, :3])
    return np.hstack([inverse, -inverse @ matrix[:, 3:]])


def planes_of(image: Image, colorspace: int) -> Planes:
    """Planes of a picture, of limited range.

    Args:
        image: (H, W, 3) RGB, its sides even.
        colorspace: of the planes, FFmpeg's number.
    """
    luma, *chroma = cv2.split(cv2.transform(image, from_rgb(colorspace)))
    half = (luma.shape[1] // 2, luma.shape[0] // 2)
    first, second = (np.asarray(cv2.resize(one, half, interpolation=cv2.INTER_AREA), np.uint8) for one in chroma)
    return np.asarray(luma, np.uint8), first, second


def rgb_of(planes: Planes, colorspace: int) -> Image:
    """(H, W, 3) RGB of planes of limited range; their chroma is repeated, so that ``planes_of`` gives it back."""
    luma, *chroma = planes
    size = luma.shape[1::-1]
    whole = [luma, *(cv2.resize(one, size, interpolation=cv2.INTER_NEAREST) for one in chroma)]
    return np.asarray(cv2.transform(cv2.merge(whole), to_rgb(colorspace)), np.uint8)


def limited(planes: Planes) -> Planes:
    """Planes of limited range from those of full range."""
    values = np.arange(256)
    luma = np.rint(16 + values * LUMA).astype(np.uint8)
    chroma = np.rint(128 + (values - 128) * CHROMA).astype(np.uint8)
    first, *rest = planes
    second, third = (np.asarray(cv2.LUT(one, chroma), np.uint8) for one in rest)
    return np.asarray(cv2.LUT(first, luma), np.uint8), second, third
