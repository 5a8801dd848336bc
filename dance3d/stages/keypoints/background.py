"""Corners of the background, and how they move from one small grey picture to another. The constants are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Small = NDArray[np.uint8]
Points = NDArray[np.float32]
CORNERS, APART, BLOCK = 120, 5.0, 5  # most corners of a key picture; pixels between two; pixels that make one
LEAST_CORNER = 2e-4  # of the smaller eigenvalue of ``cv2.cornerMinEigenVal``: below it, noise of a plain wall
LEAST_SHARE = 0.01  # the same as a share of the picture's strongest corner
WINDOW, LEVELS = (15, 15), 3  # of Lucas-Kanade
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)
LEVEL = (3.0, (4, 4))  # most contrast, and tiles, of OpenCV's CLAHE
UNLIKE = 20.0  # mean difference in grey levels from which a corner was not found again
MARGIN = 0.1  # of the longer side of the joints' box, on every side: hands, feet, hair
CLOSE = 1.0  # pixels within which a corner agrees with a motion
STANDS = 0.5  # pixels: a corner that moved less lies where it lay
LEAST_CORNERS = 8  # that must agree, for a motion to be known
AGREE = 0.4  # share of the corners that must agree
STILL_AGREE = 0.3  # share that must lie where they lay, for a camera that stands before moving crowds or leaves
AS_MANY = 0.8  # of those that agree with the best motion, for a camera that stands
TREMBLES = 0.25  # pixels of the mean of those: a slow pan moves all of them one way
SPREAD = 0.03  # least standard deviation of the agreeing corners, as a share of the picture's longer side
SIMPLER, SURE = 1.1, 0.05  # a shift counts that leaves as much as a similarity times the one, and the other, pixels
FEW = 4  # corners that agree on a motion although it is not known
NO_EVIDENCE, KNOWN, LOST = 0, 1, 2
"""What is known of a picture: nothing, too few corners; its motion; or only that there is one."""
_IDENTITY = np.eye(2, 3)


class Followed(NamedTuple):
    """How a picture lies to a key picture.

    Attributes:
        state: what is known of it.
        matrix: (2, 3) from the key picture to this one, pixels of the small pictures.
        followed: corners that were found again.
    """

    state: int
    matrix: Float
    followed: int


def boxes(bodies: Sequence[Float], scale: float) -> Float:
    """(N, 4) left, top, right and bottom of people in a small picture.

    Args:
        bodies: (J, 2 or more) each, x and y in pixels of the picture; NaN where missing.
        scale: pixels of the small picture per pixel.
    """
    out = []
    for points in bodies:
        seen = points[np.isfinite(points[:, :2]).all(1), :2] * scale
        if len(seen):
            low, high = seen.min(0), seen.max(0)
            reach = MARGIN * (high - low).max()
            out.append([*(low - reach), *(high + reach)])
    return np.array(out, np.float64).reshape(-1, 4)


def levelled(small: Small) -> Small:
    """A picture whose contrast is alike everywhere: folds of a dark curtain show, and so does the noise of a wall."""
    return np.asarray(cv2.createCLAHE(*LEVEL).apply(small), np.uint8)


def corners(small: Small, hidden: Float) -> Points:
    """(N, 2) corners of a picture, x and y, outside the boxes of people (M, 4)."""
    strongest = float(cv2.cornerMinEigenVal(small, BLOCK).max())
    if strongest < LEAST_CORNER:
        return np.zeros((0, 2), np.float32)
    free = np.full(small.shape, 255, np.uint8)
    for left, top, right, bottom in np.clip(hidden, 0, max(small.shape)).astype(int):
        free[top : bottom + 1, left : right + 1] = 0
    least = min(max(LEAST_SHARE, LEAST_CORNER / strongest), 1.0)
    found = cv2.goodFeaturesToTrack(small, CORNERS, least, APART, mask=free, blockSize=BLOCK)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found[:, 0], np.float32)


def follow(key: Small, small: Small, at: Points, hidden: Float, guess: Float) -> Followed:
    """How a picture lies to a key picture.

    Args:
        key: the key picture.
        small: the picture.
        at: (N, 2) corners of the key picture.
        hidden: (M, 4) boxes of people in the picture.
        guess: (2, 3) from the key picture to about this one.
    """
    if len(at) < FEW or key.shape != small.shape:
        return Followed(NO_EVIDENCE, guess, 0)
    return _agreed(*_found_again(key, small, at, hidden, guess), max(small.shape))


def lies(key: Small, small: Small, at: Points, hidden: Float) -> bool:
    """Whether so many corners (N, 2) of a key picture lie where they lay that the camera stands, whatever else moves.

    Args:
        key: the key picture.
        small: the picture.
        at: (N, 2) corners of the key picture.
        hidden: (M, 4) boxes of people in the picture.
    """
    if len(at) < FEW or key.shape != small.shape:
        return False
    before, after = _found_again(key, small, at, hidden, _IDENTITY)
    return bool(_lying(after - before).sum() >= max(LEAST_CORNERS, STILL_AGREE * len(before)))


def _lying(shifts: Points) -> NDArray[np.bool_]:
    """(N,) which corners lie where they lay, by their shifts (N, 2); none where all of them tremble one way."""
    lying = np.asarray(np.linalg.norm(shifts, axis=1) < STANDS)
    if lying.any() and np.linalg.norm(shifts[lying].mean(0)) >= TREMBLES:
        return np.zeros(len(shifts), bool)
    return lying


def _found_again(key: Small, small: Small, at: Points, hidden: Float, guess: Float) -> tuple[Points, Points]:
    """The corners of a key picture that are found again, and where; see ``follow``."""
    start = (at @ guess[:, :2].T + guess[:, 2]).astype(np.float32)
    flags = cv2.OPTFLOW_USE_INITIAL_FLOW
    to, found, unlike = cv2.calcOpticalFlowPyrLK(key, small, at, start, None, None, WINDOW, LEVELS, STEPS, flags)
    inside = ((to > 0) & (to < small.shape[::-1])).all(1)
    on_people = np.all((to[:, None] > hidden[None, :, :2]) & (to[:, None] < hidden[None, :, 2:]), -1)
    good = (found[:, 0] > 0) & (unlike[:, 0] < UNLIKE) & inside & ~on_people.any(1)
    return at[good], np.asarray(to[good], np.float32)


def _agreed(before: Points, after: Points, side: int) -> Followed:
    """The motion that most corners agree on: none, a shift, or a similarity, the simplest that is as good.

    Args:
        before: (N, 2) in the key picture.
        after: (N, 2) in this one.
        side: pixels of the longer side of the pictures.
    """
    number, shifts = len(before), after - before
    if number < FEW:
        return Followed(NO_EVIDENCE, _IDENTITY, number)
    matrix, inliers = cv2.estimateAffinePartial2D(before, after, method=cv2.RANSAC, ransacReprojThreshold=CLOSE)
    agree = np.zeros(number, bool) if matrix is None else inliers[:, 0] > 0
    if _lying(shifts).sum() >= max(FEW, STILL_AGREE * number, AS_MANY * agree.sum()):
        return Followed(KNOWN, _IDENTITY, number)
    if agree.sum() < max(LEAST_CORNERS, AGREE * number) or before[agree].std(0).max() < SPREAD * side:
        return Followed(LOST, _IDENTITY, number)
    similar = np.asarray(matrix, np.float64)
    shift = np.hstack([np.eye(2), np.median(shifts[agree], 0)[:, None]])
    rest, simple = (_rest(before[agree], after[agree], one) for one in (similar, shift))
    return Followed(KNOWN, shift if simple < SIMPLER * rest + SURE else similar, number)


def _rest(before: Points, after: Points, matrix: Float) -> float:
    """Root mean square of what a motion leaves between corners (N, 2), pixels."""
    return float(np.sqrt(((before @ matrix[:, :2].T + matrix[:, 2] - after) ** 2).sum(1).mean()))


def moved(maps: Float, size: tuple[float, float]) -> Float:
    """(T,) pixels by which maps (T, 2, 3) move a corner of a picture of (width, height) at most."""
    width, height = size
    at = np.array([[0.0, 0.0], [width, 0.0], [0.0, height], [width, height]])
    to = np.einsum("tij,kj->tki", maps[:, :, :2], at) + maps[:, None, :, 2]
    return np.asarray(np.linalg.norm(to - at, axis=-1).max(1))
