"""A background learned from a standing camera: what does not fit it is a person (OpenCV's MOG2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.segmentation.instances import enlarge, shrink, tidy

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Pictures = Iterable[Image] | Callable[[], Iterable[Image]]
_PERSON = 255  # MOG2's mark; shadows carry 127


@dataclass(frozen=True)
class Mog2:
    """A mixture of colours for every pixel; for cameras that stand still and dancers who do not.

    Pictures that can be read twice (a list, anything that gives a fresh iterator each time, or a function that gives
    one) are: first to learn the background from up to ``learn`` of them, spread evenly over the clip. A bare iterator
    is read once, and its first ``learn`` pictures wait in memory meanwhile, as large as they are.

    Attributes:
        learn: pictures the background is learned from.
        threshold: squared distance from the background's colours, in their variances, from which a pixel is not of it.
        size: longer side of the pictures inside, pixels.
        least: smallest person as a share of the picture.
        most: largest; a mask that covers more is a change of light or of camera, and counts as nobody.
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
        again = pictures if callable(pictures) else lambda: pictures
        stream = iter(again())
        if stream is pictures:  # an iterator: no second reading
            first = list(islice(stream, self.learn))
            model = self._learned(shrink(p, self.size) for p in first)
            stream = chain(first, stream)
        else:
            model = self._learned(shrink(p, self.size) for p in _spread(again, self.learn))
        for picture in stream:
            marks = model.apply(shrink(picture, self.size), learningRate=0)
            yield picture, enlarge(tidy(marks == _PERSON, self.least, self.most), picture.shape)

    def _learned(self, pictures: Iterable[Image]) -> Any:
        """A model that knows the background; every picture weighs the same."""
        model = cv2.createBackgroundSubtractorMOG2(self.learn, self.threshold, detectShadows=True)
        model.setBackgroundRatio(0.5)  # background is what a pixel shows half of the time, not whoever passed it
        for number, picture in enumerate(pictures):
            model.apply(picture, learningRate=1 / (number + 1))
        return model


def _spread(again: Callable[[], Iterable[Image]], count: int) -> Iterator[Image]:
    """Up to ``count`` pictures, even over the clip; its length is asked, or counted in a reading of its own."""
    source = again()
    total = len(source) if isinstance(source, Sized) else sum(1 for _ in source)
    wanted = set(np.linspace(0, total - 1, min(count, total)).astype(int).tolist()) if total else set()
    return (picture for number, picture in enumerate(again()) if number in wanted)
