"""Pictures of a video that become RGB only where they are read: a region is a small part of a picture.

Coordinates are pixels of the picture as displayed, from the corner of its first pixel.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.video.orientation import Orientation
from dance3d.io.video.planes import BT601, BT709, Planes, limited, planes_of, to_rgb

Image = NDArray[np.uint8]
Float = NDArray[np.float64]
SAMPLED = 4  # pixels across that are looked at for one of ``glance``, chosen
FULL_RANGE = 2  # FFmpeg's number
PLANAR = {"yuv420p": False, "yuvj420p": True}  # formats whose planes are read as they are: whether in full range
AS_BT601 = (0, 2, 5, BT601)  # FFmpeg's numbers: where nothing is said, it takes BT.601


class Picture(Protocol):
    """A picture whose parts can be asked for.

    Attributes:
        shape: (H, W, 3).
    """

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in pixels, and 3."""
        ...

    def rgb(self) -> Image:
        """All of it, (H, W, 3) RGB."""
        ...

    def crop(self, matrix: Float, size: tuple[int, int]) -> Image:
        """A part that may be turned, smaller or larger.

        Args:
            matrix: (2, 3) affine map from the part to this picture.
            size: (width, height) of the part, pixels.

        Returns:
            (height, width, 3) RGB, black beyond this picture's edges.
        """
        ...

    def part(self, box: tuple[int, int, int, int]) -> Image:
        """The pixels of a box inside this picture, RGB; of the box are given left, top, right and bottom."""
        ...

    def grey(self, size: tuple[int, int]) -> Image:
        """All of it in grey of its own range, in another (width, height)."""
        ...

    def prepare(self) -> None:
        """What all parts need is done now, lest two threads that ask for parts do it twice."""
        ...

    @property
    def colorspace(self) -> int:
        """That of ``planes`` in which they cost least: BT.709 or BT.601, by FFmpeg's number."""
        ...

    def planes(self, size: tuple[int, int], colorspace: int) -> Planes:
        """All of it as luma and chroma of limited range.

        Args:
            size: (width, height), both even.
            colorspace: as of this class.
        """
        ...

    def glance(self, size: tuple[int, int]) -> Planes:
        """All of it as luma and chroma of its own kind, very small, in far less time: pixels are left out.

        Args:
            size: (width, height), both even.
        """
        ...


class ArrayPicture:
    """A picture that is RGB already.

    Args:
        image: (H, W, 3).
    """

    def __init__(self, image: Image) -> None:
        self._image = image

    @property
    def shape(self) -> tuple[int, int, int]:
        """As of ``Picture``."""
        height, width, _ = self._image.shape
        return height, width, 3

    def rgb(self) -> Image:
        """As of ``Picture``."""
        return self._image

    def crop(self, matrix: Float, size: tuple[int, int]) -> Image:
        """As of ``Picture``."""
        return _sampled(self._image, matrix, size, 0)

    def part(self, box: tuple[int, int, int, int]) -> Image:
        """As of ``Picture``."""
        left, top, right, bottom = box
        return self._image[top:bottom, left:right]

    def grey(self, size: tuple[int, int]) -> Image:
        """As of ``Picture``."""
        return _grey(self._image, size)

    def prepare(self) -> None:
        """As of ``Picture``."""

    @property
    def colorspace(self) -> int:
        """As of ``Picture``."""
        return BT601

    def planes(self, size: tuple[int, int], colorspace: int) -> Planes:
        """As of ``Picture``."""
        return planes_of(_resized(self._image, size), colorspace)

    def glance(self, size: tuple[int, int]) -> Planes:
        """As of ``Picture``."""
        return planes_of(_sparse(self._image, size), BT601)


class DecodedPicture:
    """A picture as the decoder gives it; its parts are sampled at the stored size.

    Args:
        frame: of PyAV.
        size: (width, height) before it is turned, with square pixels, perhaps smaller than it is stored.
        orientation: how it is turned for display.
        smaller: whether that size was chosen to be smaller than the stored one.
    """

    def __init__(self, frame: Any, size: tuple[int, int], orientation: Orientation, smaller: bool) -> None:
        self._frame, self._size, self._orientation = frame, size, orientation
        self._how = {"interpolation": "AREA"} if smaller else {}

    @property
    def shape(self) -> tuple[int, int, int]:
        """As of ``Picture``."""
        width, height = self._size if self._orientation.upright else self._size[::-1]
        return height, width, 3

    @cached_property
    def _rgb(self) -> Image:
        width, height = self._size
        image = self._frame.to_ndarray(format="rgb24", width=width, height=height, **self._how)
        return self._orientation.shown(np.asarray(image, np.uint8))

    def rgb(self) -> Image:
        """As of ``Picture``; kept, since parts can be taken of it then."""
        return self._rgb

    @cached_property
    def _planes(self) -> Planes | None:
        """As stored, views on the decoder's memory; none of a format that has no such planes."""
        if self._frame.format.name not in PLANAR:
            return None
        luma, first, second = (
            np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            for plane in self._frame.planes
        )
        return luma, first, second

    @property
    def _full(self) -> bool:
        """Whether the planes are of full range."""
        return PLANAR.get(self._frame.format.name, False) or int(self._frame.color_range) == FULL_RANGE

    @property
    def colorspace(self) -> int:
        """As of ``Picture``."""
        return BT709 if self._planes and int(self._frame.colorspace) == BT709 else BT601

    def planes(self, size: tuple[int, int], colorspace: int) -> Planes:
        """As of ``Picture``."""
        own = int(self._frame.colorspace)
        if self._planes is None or (BT601 if own in AS_BT601 else own) != colorspace:
            return planes_of(_resized(self._rgb, size), colorspace)
        width, height = size if self._orientation.upright else size[::-1]
        luma, first, second = self._planes
        half = (width // 2, height // 2)
        parts = _resized(luma, (width, height)), _resized(first, half), _resized(second, half)
        luma, first, second = limited(parts) if self._full else parts
        shown = self._orientation.shown
        return shown(luma), shown(first), shown(second)

    def glance(self, size: tuple[int, int]) -> Planes:
        """As of ``Picture``."""
        if self._planes is None:
            return planes_of(_sparse(self._rgb, size), BT601)
        width, height = size if self._orientation.upright else size[::-1]
        luma, first, second = self._planes
        half, shown = (width // 2, height // 2), self._orientation.shown
        return shown(_sparse(luma, (width, height))), shown(_sparse(first, half)), shown(_sparse(second, half))

    @cached_property
    def _stored(self) -> Float:
        """(2, 3) affine map to the stored picture."""
        shares = np.divide((self._frame.width, self._frame.height), self._size)[:, None]
        return np.asarray(shares * self._orientation.stored(self._size))

    def crop(self, matrix: Float, size: tuple[int, int]) -> Image:
        """As of ``Picture``."""
        if self._planes is None:
            return _sampled(self._rgb, matrix, size, 0)
        stored = combined(self._stored, matrix)
        luma, *chroma = self._planes
        parts = [_sampled(luma, stored, size, 0 if self._full else 16)]
        halved = stored * (1, 1, 0.5)  # of both the part and the plane
        for plane in chroma:  # sampled at half the part's size too: they have no more to tell
            part = _sampled(plane, halved, (-(-size[0] // 2), -(-size[1] // 2)), 128)
            twice = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
            parts.append(np.asarray(twice[: size[1], : size[0]], np.uint8))
        return np.asarray(cv2.transform(cv2.merge(parts), to_rgb(int(self._frame.colorspace), self._full)), np.uint8)

    def part(self, box: tuple[int, int, int, int]) -> Image:
        """As of ``Picture``."""
        left, top, right, bottom = box
        if "_rgb" in self.__dict__ or self._planes is None:
            return self._rgb[top:bottom, left:right]
        return self.crop(np.array([[1.0, 0, left], [0, 1, top]]), (right - left, bottom - top))

    def grey(self, size: tuple[int, int]) -> Image:
        """As of ``Picture``; luma is grey already."""
        if self._planes is None:
            return _grey(self._rgb, size)
        stored = size if self._orientation.upright else size[::-1]
        return self._orientation.shown(_resized(self._planes[0], stored))

    def prepare(self) -> None:
        """As of ``Picture``."""
        if self._planes is None:
            _ = self._rgb


def _grey(image: Image, size: tuple[int, int]) -> Image:
    return np.asarray(cv2.cvtColor(_resized(image, size), cv2.COLOR_RGB2GRAY), np.uint8)


def _resized(plane: Image, size: tuple[int, int]) -> Image:
    """An array in another (width, height)."""
    if plane.shape[1::-1] == size:
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _sparse(plane: Image, size: tuple[int, int]) -> Image:
    """An array in a (width, height) that is far smaller, from some of its pixels."""
    step = max(min(plane.shape[0] // size[1], plane.shape[1] // size[0]) // SAMPLED, 1)
    return _resized(plane[::step, ::step], size)


def picture_of(image: Image | Picture) -> Picture:
    """An array as a picture; a picture as it is."""
    return ArrayPicture(image) if isinstance(image, np.ndarray) else image


def combined(outer: Float, inner: Float) -> Float:
    """(2, 3) affine map that is ``outer`` after ``inner``."""
    return np.asarray(np.hstack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2:] + outer[:, 2:]]))


def _sampled(image: Image, matrix: Float, size: tuple[int, int], border: int) -> Image:
    """A part of an array, halved until no pixel of it is left out between two samples.

    Args:
        image: (H, W) or (H, W, C).
        matrix: as of ``Picture.crop``.
        size: likewise.
        border: value beyond the edges.
    """
    (a, b, x), (c, d, y) = matrix.tolist()  # NumPy would take longer for six numbers than OpenCV for the pixels
    halvings = max(math.frexp(math.sqrt(abs(a * d - b * c)))[1] - 1, 0)
    if halvings:
        step = 1 << halvings
        left, right = _span(a * size[0], b * size[1], x, step, image.shape[1])
        top, bottom = _span(c * size[0], d * size[1], y, step, image.shape[0])
        if right <= left or bottom <= top:
            return np.full((size[1], size[0], *image.shape[2:]), border, np.uint8)
        image = image[top:bottom, left:right]
        for _ in range(halvings):
            half = (image.shape[1] // 2, image.shape[0] // 2)
            image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
        a, b, x, c, d, y = (value / step for value in (a, b, x - left, c, d, y - top))
    # OpenCV's origin is the centre of the first pixel, ours its corner
    shifted = np.array([[a, b, x + (a + b - 1) / 2], [c, d, y + (c + d - 1) / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    value = (border,) * 4
    return np.asarray(
        cv2.warpAffine(image, shifted, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=value), np.uint8
    )


def _span(across: float, down: float, start: float, step: int, most: int) -> tuple[int, int]:
    """First pixel and the one behind the last that a part needs in one direction, both multiples of a step.

    Args:
        across: pixels from the part's left to its right.
        down: pixels from its top to its bottom.
        start: its first corner.
        step: the pixels that become one.
        most: pixels that there are.
    """
    low, high = start + min(across, 0) + min(down, 0), start + max(across, 0) + max(down, 0)
    return max(math.floor(low) // step - 1, 0) * step, min(math.ceil(high) // step + 2, most // step) * step
