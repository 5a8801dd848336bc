"""GrabCut: segmentation by colours and edges from a seed, which is motion or a box, never keypoints.

Masks from keypoint prompts contain the pose; a detector trained on them would have used labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import boxes
from dance3d.masks.segmentation import mog2
from dance3d.masks.segmentation.instances import clean_mask, enlarge, shrink

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
_LEAST = 8  # chosen: pixels from which colours can be learned
_MARGIN = 10  # chosen: the undecided border is the box's longer side divided by this


@dataclass(frozen=True)
class GrabCut:
    """Graph cut by colours and edges, with a seed in every picture.

    Attributes:
        box: (left, top, right, bottom) of the person in the first picture, pixels; later pictures start from the
            previous mask. None: the seed is what moves before a fixed camera (``mog2``).
        size: longer side of the pictures that are processed, pixels.
        rounds: iterations of the cut per picture.
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
                yield self._cut(small, _seed_marks(enlarge(seed, small.shape)), picture.shape)
            return
        seed_marks: Image | None = None
        for picture in pictures() if callable(pictures) else pictures:
            small = shrink(picture, self.size)
            marks = _box_marks(small, self.box, picture.shape) if seed_marks is None else seed_marks
            mask = self._cut(small, marks, picture.shape)
            # An empty mask is followed by the seed before it.
            seed_marks = _seed_marks(enlarge(mask, small.shape)) if mask.any() else marks
            yield mask

    def _cut(self, small: Image, marks: Image, shape: tuple[int, ...]) -> Mask:
        inside = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
        if inside.sum() < _LEAST or (~inside).sum() < _LEAST:  # too few pixels to learn colours from
            return np.zeros(shape[:2], bool)
        cv2.setRNGSeed(0)
        no_model = np.zeros((1, 65))
        mode, marks = cv2.GC_INIT_WITH_MASK, marks.copy()  # cut in place
        cv2.grabCut(small, marks, (0, 0, 1, 1), no_model, no_model.copy(), self.rounds, mode)
        found = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
        return enlarge(clean_mask(np.asarray(found), self.least, self.most), shape)


def _seed_marks(seed: Mask) -> Image:
    """Marks for a cut: certain person deep inside the seed, certain background far from it, undecided between."""
    marks = np.full(seed.shape, cv2.GC_BGD, np.uint8)
    if not seed.any():
        return marks
    left, top, right, bottom = boxes.of_mask(seed)
    reach = max(2, round(max(right - left, bottom - top) / _MARGIN))
    grey = seed.astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    marks[cv2.dilate(grey, disc) > 0] = cv2.GC_PR_BGD
    marks[seed] = cv2.GC_PR_FGD
    marks[cv2.distanceTransform(grey, cv2.DIST_L2, 3) > reach / 2] = cv2.GC_FGD
    return marks


def _box_marks(small: Image, given: tuple[float, float, float, float], shape: tuple[int, ...]) -> Image:
    """Marks for a cut: undecided inside the box, certain background outside."""
    scale = small.shape[0] / shape[0]
    left, top, right, bottom = (round(max(v, 0) * scale) for v in given)
    marks = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    marks[top:bottom, left:right] = cv2.GC_PR_FGD
    return marks
