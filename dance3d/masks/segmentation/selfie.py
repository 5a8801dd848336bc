"""Google's selfie segmenter on crops around the people found; the net ships with dance3d.

The net was trained on masks of people, without poses. (The masks of MediaPipe's pose solution come from a net trained
on keypoints, and would carry labels into the detector, which must not use any.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import boxes
from dance3d.io.fetch import located
from dance3d.io.onnx_net import OnnxNet
from dance3d.masks.segmentation.instances import people

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Square = tuple[int, int, int]  # left, top, side in pixels; may reach beyond the picture
_LEAST = 8  # chosen, pixels: smallest side of a square


@dataclass(frozen=True)
class Selfie:
    """Segments the whole picture now and then, and a square around each person of the last picture.

    Attributes:
        threshold: confidence from which a pixel belongs to a person, 0..1.
        margin: side of a person's square by the longer side of the box.
        search: pictures between two searches of the whole picture for new people.
        most: people segmented in squares of their own, the largest first.
    """

    threshold: float = 0.4
    margin: float = 1.2
    search: int = 10
    most: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1 or self.margin < 1 or self.search < 1 or self.most < 1:
            raise ValueError(
                f"threshold {self.threshold} must lie in 0..1; margin {self.margin}, search {self.search} "
                f"and most {self.most} be 1 or more"
            )

    def masks(self, pictures: Iterable[Image]) -> Iterator[Mask]:
        """One mask (H, W) of all people for each picture (H, W, 3), RGB; one pass, one picture in memory."""
        net = OnnxNet(located("selfie"), layout="NHWC")
        last: Mask | None = None
        for number, picture in enumerate(pictures):
            if last is None or last.shape != picture.shape[:2]:
                last = np.zeros(picture.shape[:2], bool)
            bodies = people(last)
            if not bodies or number % self.search == 0:
                bodies = people(last | self._search(net, picture))
            last = self._segment(net, picture, [self._square_around(body) for body in bodies[: self.most]])
            yield last

    def _search(self, net: OnnxNet, picture: Image) -> Mask:
        """People in squares that cover the picture, or in smaller squares if there are none."""
        height, width = picture.shape[:2]
        found = np.zeros((height, width), bool)
        for part in (1.0, 0.5):
            side = max(_LEAST, round(min(height, width) * part))
            found |= self._segment(net, picture, _tiles(width, height, side))
            if found.any():
                break
        return found

    def _segment(self, net: OnnxNet, picture: Image, squares: list[Square]) -> Mask:
        found = np.zeros(picture.shape[:2], bool)
        if not squares:
            return found
        crops = np.stack([_crop(picture, square, net.width) for square in squares])
        (confidences,) = net(crops / np.float32(255))
        for (left, top, side), confidence in zip(squares, confidences[..., 0], strict=True):
            soft = np.asarray(cv2.resize(confidence, (side, side), interpolation=cv2.INTER_LINEAR))
            height, width = picture.shape[:2]
            rows, columns = slice(max(top, 0), min(top + side, height)), slice(max(left, 0), min(left + side, width))
            here = soft[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
            found[rows, columns] |= here > self.threshold
        return found

    def _square_around(self, body: Mask) -> Square:
        left, top, right, bottom = boxes.of_mask(body)
        side = max(_LEAST, ceil(self.margin * max(right - left, bottom - top)))
        return (left + right - side) // 2, (top + bottom - side) // 2, side


def _crop(picture: Image, square: Square, size: int) -> Image:
    """(size, size, 3) of a square; edge pixels are repeated beyond the picture."""
    left, top, side = square
    height, width = picture.shape[:2]
    inner = picture[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    padding = (max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0))
    if any(padding):
        inner = np.asarray(cv2.copyMakeBorder(inner, *padding, cv2.BORDER_REPLICATE), np.uint8)
    interpolation = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(inner, (size, size), interpolation=interpolation), np.uint8)


def _tiles(width: int, height: int, side: int) -> list[Square]:
    """Squares that cover the picture and overlap by a third or more."""

    def along(length: int) -> list[int]:
        count = 1 if length <= side else ceil((length - side) / (side / 1.5)) + 1
        return [round(at) for at in np.linspace(0, max(length - side, 0), count)]

    return [(left, top, side) for top in along(height) for left in along(width)]
