"""Photometric continuity: the colours of a dancer's trunk as a histogram (HDVR 2.1; METHODS of Hu & Ahuja 2021)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import COLOURS
from dance3d.io.video.pictures import Picture, picture_of
from dance3d.skeleton import H36M17

TRUNK = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
BINS = round(COLOURS ** (1 / 3))  # of each channel
LEAST_PIXELS = 16  # chosen: pixels of the trunk's box below which there is no histogram


def colour_histogram(
    picture: NDArray[np.uint8] | Picture, xy: NDArray[np.floating], score: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Histogram of hue, saturation and value over the trunk.

    Args:
        picture: (H, W, 3) RGB, or one that gives its parts.
        xy: (17, 2) pixels of the picture.
        score: (17,) 0..1.

    Returns:
        (COLOURS,) sums to 1; NaN where the trunk is not in the picture.
    """
    unknown = np.full(COLOURS, np.nan, np.float32)
    corners = xy[H36M17.indices(*TRUNK)]
    if not np.isfinite(corners).all():
        return unknown
    low = np.maximum(np.floor(corners.min(0)), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(0)) + 1, picture.shape[1::-1]).astype(int)
    if (high <= low).any() or np.prod(high - low) < LEAST_PIXELS:
        return unknown
    patch = np.ascontiguousarray(picture_of(picture).part((*low.tolist(), *high.tolist())))
    hsv = cv2.cvtColor(patch, cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, [BINS] * 3, [0, 180, 0, 256, 0, 256]).ravel()
    return np.asarray(counts / counts.sum(), np.float32)
