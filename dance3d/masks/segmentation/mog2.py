"""Background subtraction for a fixed camera: pixels that differ from the background are people (OpenCV's MOG2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.masks.segmentation.instances import clean_mask, enlarge, shrink

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Pictures = Iterable[Image] | Callable[[], Iterable[Image]]
_FOREGROUND = 255  # MOG2's value for foreground; shadows are 127


@dataclass(frozen=True)
class Mog2:
    """A mixture of Gaussians for the colours of every pixel; for fixed cameras and moving dancers.

    Pictures that can be iterated twice (a list, an iterable, or a function that returns one) are read twice: first to
    learn the background from up to ``learn`` of them, evenly spaced over the clip. An iterator is read once, and its
    first ``learn`` pictures stay in memory for that, in full size.

    Attributes:
        learn: pictures from which the background is learned.
        threshold: squared distance from the background's colours, in variances, above which a pixel is foreground.
        size: longer side of the pictures that are processed, pixels.
        least: smallest person as a share of the picture.
        most: largest; a larger mask is a change of light or a moved camera, and becomes empty.
    """

    learn: int = 120
    threshold: float = 16.0
    size: int = 480
    least: float = 0.003
    most: float = 0.6

    def __post_init__(self) -> None:
        if self.learn < 1 or not self.threshold > 0 or self.size < 32 or not 0 <= self.least < self.most <= 1:
            raise ValueError(
                f"learn {self.learn} must be 1 or more, threshold {self.threshold} positive, size {self.size} 32 or "
                f"more, and 0 <= least {self.least} < most {self.most} <= 1"
            )

    def masks(self, pictures: Pictures) -> Iterator[Mask]:
        """One mask (H, W) of all people for each picture (H, W, 3), RGB."""
        return (mask for _, mask in self.pairs(pictures))

    def pairs(self, pictures: Pictures) -> Iterator[tuple[Image, Mask]]:
        """Each picture with its mask."""
        reread = pictures if callable(pictures) else lambda: pictures
        stream = iter(reread())
        if stream is pictures:  # an iterator cannot be read twice
            first = list(islice(stream, self.learn))
            model = self._background_model(shrink(p, self.size) for p in first)
            stream = chain(first, stream)
        else:
            model = self._background_model(shrink(p, self.size) for p in _evenly_spaced(reread, self.learn))
        for picture in stream:
            marks = model.apply(shrink(picture, self.size), learningRate=0)
            yield picture, enlarge(clean_mask(marks == _FOREGROUND, self.least, self.most), picture.shape)

    def _background_model(self, pictures: Iterable[Image]) -> Any:
        """A model of the background; every picture has the same weight."""
        model = cv2.createBackgroundSubtractorMOG2(self.learn, self.threshold, detectShadows=True)
        model.setBackgroundRatio(0.5)  # background is what a pixel shows at least half of the time
        for number, picture in enumerate(pictures):
            model.apply(picture, learningRate=1 / (number + 1))
        return model


def _evenly_spaced(reread: Callable[[], Iterable[Image]], count: int) -> Iterator[Image]:
    """Up to ``count`` pictures, evenly spaced over the clip, whose length may need a pass of its own."""
    source = reread()
    total = len(source) if isinstance(source, Sized) else sum(1 for _ in source)
    wanted = set(np.linspace(0, total - 1, min(count, total)).astype(int).tolist()) if total else set()
    return (picture for number, picture in enumerate(reread()) if number in wanted)
