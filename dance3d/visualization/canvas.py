"""A picture in luma and chroma that is drawn on as RGB, box by box: all the rest is never converted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from dance3d.io.video.planes import Image, Planes, planes_of, rgb_of


class Canvas:
    """A picture for the encoder.

    Args:
        size: (width, height), pixels, both even.
        colorspace: of the planes, FFmpeg's number.

    Attributes:
        planes: luma and both chroma, of limited range.
        stacked: (height * 3 / 2, width) the same memory, one plane below the other as in the format I420.
    """

    def __init__(self, size: tuple[int, int], colorspace: int) -> None:
        (width, height), self._colorspace = size, colorspace
        self.stacked: Image = np.zeros((height * 3 // 2, width), np.uint8)
        chroma = self.stacked[height:].reshape(2, height // 2, width // 2)
        self.planes: Planes = (self.stacked[:height], chroma[0], chroma[1])

    def put(self, planes: Planes, top: int = 0) -> None:
        """Copy a picture of the same width to the left edge.

        Args:
            planes: of the picture.
            top: row of this one where it begins, even.
        """
        for own, plane, start in zip(self.planes, planes, (top, top // 2, top // 2), strict=True):
            own[start : start + len(plane)] = plane

    @contextmanager
    def opened(self, box: tuple[float, float, float, float], height: int) -> Iterator[tuple[Image, tuple[int, int]]]:
        """A box as RGB to draw on; what is drawn is in the picture afterwards.

        Args:
            box: left, top, right, bottom; what lies outside of the picture is left out.
            height: rows of the picture that may be drawn on.

        Yields:
            The box (H, W, 3); and the (x, y) at which it begins in the picture. Of a box outside of the picture a few
            pixels that are shown nowhere, since OpenCV draws on no picture without one.
        """
        width = self.stacked.shape[1]
        left, top = (max(int(side) // 2 * 2, 0) for side in box[:2])
        right, bottom = (min(int(side) // 2 * 2 + 2, most) for side, most in zip(box[2:], (width, height), strict=True))
        rows, columns = slice(top, max(bottom, top)), slice(left, max(right, left))
        halves = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
        luma, first, second = self.planes
        parts = luma[rows, columns], first[halves], second[halves]
        if not parts[0].size:
            yield np.zeros((2, 2, 3), np.uint8), (left, top)
            return
        image = rgb_of(parts, self._colorspace)
        yield image, (left, top)
        for part, drawn in zip(parts, planes_of(image, self._colorspace), strict=True):
            part[:] = drawn
