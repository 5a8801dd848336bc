"""GrabCut: colours of person and background told apart around a seed, which is motion or a box, never keypoints.

A segmenter prompted with keypoints writes the pose into its masks; a detector that learns from them has seen labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import boxes
from dance3d.segmentation import mog2
from dance3d.segmentation.instances import enlarge, shrink, tidy

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GrabCut:
    """Graph cut by colour and edge, seeded in every picture.

    Attributes:
        box: (left, top, right, bottom) of the person in the first picture, pixels; later pictures start from the mask
            before. None: what moves before a standing camera (``mog2``) is the seed.
        size: longer side of the pictures inside, pixels.
        rounds: of the cut, for each picture.
        least, most: smallest and largest person as a share of the picture.
    """

    box: tuple[float, float, float, float] | None = None
    size: int = 256
    rounds: int = 2
    least: float = 0.003
    most: float = 0.6
    _motion: mog2.Mog2 = field(default=mog2.Mog2(), init=False, repr=False)

    def __post_init__(self) -> None:
        if self.box is not None and (len(self.box) != 4 or self.box[0] >= self.box[2] or self.box[1] >= self.box[3]):
            raise ValueError(f"box is {self.box}, expected (left, top, right, bottom) in pixels")
        if self.size < 32 or self.rounds < 1 or not 0 <= self.least < self.most <= 1:
            raise ValueError(
                f"size {self.size} must be 32 or more, rounds {self.rounds} 1 or more, "
                f"and 0 <= least {self.least} < most {self.most} <= 1"
            )

    def masks(self, pictures: mog2.Pictures) -> Iterator[Mask]:
        """One mask (H, W) for each picture (H, W, 3), RGB; a box needs one pass, motion as ``Mog2`` does."""
        if self.box is None:
            for picture, seed in self._motion.pairs(pictures):
                small = shrink(picture, self.size)
                yield self._cut(small, _round(enlarge(seed, small.shape)), picture.shape)
            return
        seed_marks: Image | None = None
        for picture in pictures() if callable(pictures) else pictures:
            small = shrink(picture, self.size)
            marks = _boxed(small, self.box, picture.shape) if seed_marks is None else seed_marks
            mask = self._cut(small, marks, picture.shape)
            # Who is gone for a picture is looked for where he was.
            seed_marks = _round(enlarge(mask, small.shape)) if mask.any() else marks
            yield mask

    def _cut(self, small: Image, marks: Image, shape: tuple[int, ...]) -> Mask:
        inside = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
        if inside.sum() < 8 or (~inside).sum() < 8:  # too few pixels to learn colours from
            return np.zeros(shape[:2], bool)
        cv2.setRNGSeed(0)
        none = np.zeros((1, 65))
        how, marks = cv2.GC_INIT_WITH_MASK, marks.copy()  # cut in place
        cv2.grabCut(small, marks, (0, 0, 1, 1), none, none.copy(), self.rounds, how)
        found = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
        return enlarge(tidy(np.asarray(found), self.least, self.most), shape)


def _round(seed: Mask) -> Image:
    """Marks for a cut: surely the person deep in the seed, surely not far from it, open between."""
    marks = np.full(seed.shape, cv2.GC_BGD, np.uint8)
    if not seed.any():
        return marks
    left, top, right, bottom = boxes.of_mask(seed)
    reach = max(2, round(max(right - left, bottom - top) / 10))
    grey = seed.astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    marks[cv2.dilate(grey, disc) > 0] = cv2.GC_PR_BGD
    marks[seed] = cv2.GC_PR_FGD
    marks[cv2.distanceTransform(grey, cv2.DIST_L2, 3) > reach / 2] = cv2.GC_FGD
    return marks


def _boxed(small: Image, given: tuple[float, float, float, float], shape: tuple[int, ...]) -> Image:
    """Marks for a cut: open inside the box, surely not the person outside."""
    scale = small.shape[0] / shape[0]
    left, top, right, bottom = (round(max(v, 0) * scale) for v in given)
    marks = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    marks[top:bottom, left:right] = cv2.GC_PR_FGD
    return marks
