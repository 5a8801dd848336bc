"""Very small pictures of a video as they come, from which its shots are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.video.pictures import Picture

Small = NDArray[np.uint8]
LONGER = 32  # pixels of the longer side of a small picture, chosen: hours of video fit into memory
BLOCK = 4  # pixels: both sides are a multiple
_NAME = "small"  # of the array in a piece


def small_picture(picture: Picture) -> Small:
    """(3 h / 2, w) a very small picture: luma, and below it both planes of chroma side by side."""
    height, width, _ = picture.shape
    scale = LONGER / max(height, width) / BLOCK
    size = max(round(width * scale), 2) * BLOCK, max(round(height * scale), 2) * BLOCK
    luma, *chroma = picture.glance(size)
    return np.concatenate([luma, np.concatenate(chroma, 1)])


class SmallPictures:
    """The small pictures of a video, all of one size."""

    def __init__(self) -> None:
        self._pictures: list[Small] = []
        self._handed = 0  # pictures that ``new`` or ``take`` had

    def add(self, picture: Picture) -> None:
        """The next picture."""
        self._pictures.append(small_picture(picture))

    def all(self) -> Small:
        """(T, 3 h / 2, w) all of them."""
        return np.array(self._pictures, np.uint8)

    def new(self) -> dict[str, NDArray[Any]]:
        """Those added since the last call."""
        start, self._handed = self._handed, len(self._pictures)
        return {_NAME: np.array(self._pictures[start:], np.uint8)}

    @staticmethod
    def checked(piece: Mapping[str, NDArray[Any]], frames: int) -> Small:
        """The small pictures of a piece, for ``take``.

        Args:
            piece: what ``new`` gave; other arrays may lie beside.
            frames: that it has to be of.

        Raises:
            ValueError: they are missing, or of another number, shape or type.
        """
        found = piece.get(_NAME, np.empty(0))
        if found.dtype != np.uint8 or found.ndim != 3 or len(found) != frames:
            raise ValueError(f"it has no small pictures of {frames} frames")
        return found

    def take(self, found: Small) -> None:
        """Go on behind a piece, as ``checked`` gave it."""
        self._pictures.extend(found)
        self._handed = len(self._pictures)
