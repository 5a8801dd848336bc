"""Bodies in masks: split a mask into bodies, and track one body through time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import boxes

Mask = NDArray[np.bool_]
NEAR_AREA, NEAR_HEIGHT = 0.25, 0.4
"""Chosen: parts of at least this area and height, relative to the largest part, count as bodies too."""
COMPARABLE = 1 / 3
"""Chosen: bodies of at least this area, relative to the largest, may be the tracked person; smaller ones are limbs and
noise. More than ``NEAR_AREA``, since tracking a limb would lose the person."""
_MASK_SIZE = 320  # chosen, pixels: longer side of the mask in which bodies are separated
# chosen: gaps are closed, and parts joined, by the picture's longer side divided by these
_CLOSING, _JOINING = 150, 200
_MOST_RATIO = 20  # chosen: bodies smaller than the largest divided by this are dropped
_HOLE = 1 / 4  # chosen: smaller holes are filled, relative to the smallest body
_MOST_GONE = 30  # chosen: frames without the tracked body after which the largest one is tracked


def shrink(picture: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """The picture, scaled down if its longer side exceeds ``longest`` pixels."""
    high, wide = picture.shape[:2]
    scale = longest / max(high, wide)
    if scale >= 1:
        return picture
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def enlarge(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask scaled to the (H, W) of ``shape``, with smooth edges."""
    if mask.shape == tuple(shape[:2]):
        return mask
    grey = cv2.resize(mask.astype(np.uint8) * 255, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grey > 127)


def clean_mask(mask: Mask, least: float, most: float = 1.0) -> Mask:
    """Remove noise and bodies that are not of a person's size, close gaps, fill small holes.

    Args:
        mask: (H, W).
        least: smallest body as a share of the picture.
        most: largest body as a share of the picture: larger ones are no person.
    """
    radius = max(1, round(max(mask.shape) / _CLOSING))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    grey = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    grey = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc)
    out = np.zeros(mask.shape, np.uint8)
    for body in people(grey.astype(bool), least):
        if body.mean() <= most:
            out |= body.astype(np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(1 - out, connectivity=4)
    for hole in range(1, count):
        if stats[hole, cv2.CC_STAT_AREA] < least * mask.size * _HOLE:
            out[label == hole] = 1
    return out.astype(bool)


def people(mask: Mask, least: float = 0.001) -> list[Mask]:
    """The bodies of a mask, largest first.

    Parts closer than a hundredth of the picture are one body. Dancers who touch are one body.

    Args:
        mask: (H, W), true on everybody.
        least: smallest body as a share of the picture; nor may it be smaller than a twentieth of the largest.

    Returns:
        (H, W) masks; none for an empty mask.
    """
    mask = _checked(mask)
    small = shrink(mask.astype(np.uint8) * 255, _MASK_SIZE)
    reach = max(1, round(max(small.shape) / _JOINING))
    joined = cv2.dilate((small > 63).astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, label = cv2.connectedComponents(joined)
    area = np.bincount(label.ravel(), weights=small.ravel() / 255.0, minlength=count) / small.size
    order = [int(i) for i in np.argsort(-area) if i > 0 and area[i] >= max(least, area[1:].max() / _MOST_RATIO)]
    if count == 2 and order:
        return [mask]
    label = cv2.resize(label.astype(np.uint16), mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return [mask & (label == i) for i in order]


def count_bodies(mask: Mask) -> int:
    """Number of bodies in a mask (H, W): the largest part, and all of similar area and height."""
    number, _, pieces, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if number < 2:
        return 0
    area, height = pieces[1:, cv2.CC_STAT_AREA], pieces[1:, cv2.CC_STAT_HEIGHT]
    first = int(area.argmax())
    return int(((area >= NEAR_AREA * area[first]) & (height >= NEAR_HEIGHT * height[first])).sum())


def one_person(mask: Mask, before: Mask | None = None) -> tuple[Mask, bool]:
    """One person of a mask (H, W), and whether there are others.

    Args:
        mask: not empty.
        before: (H, W) mask of the person a moment earlier.
    """
    bodies = people(mask)
    bodies = [body for body in bodies if body.sum() >= COMPARABLE * bodies[0].sum()]
    if len(bodies) < 2:
        return mask, False
    shared = [0 if before is None else int((body & before).sum()) for body in bodies]
    return bodies[int(np.argmax(shared))], True  # the largest is first, and is used if none overlaps


def follow(masks: Iterable[Mask], least: float = 0.001) -> Iterator[Mask]:
    """Track one person through time: first the largest body, then the one that overlaps the last most, or is nearest.

    While the person is missing, masks are all false; after ``_MOST_GONE`` frames the largest body is tracked.

    Args:
        masks: (H, W) each, of all people; all of one size.
        least: as in ``people``.

    Raises:
        ValueError: a mask has not two axes, or another size than the first.
    """
    last: Mask | None = None
    missing, shape = 0, None
    for mask in masks:
        mask = _checked(mask)
        shape = shape or mask.shape
        if mask.shape != shape:
            raise ValueError(f"a mask has shape {mask.shape}, expected {shape} as the first")
        body = _matching_body(last, people(mask, least)) if last is not None else None
        missing = 0 if body is not None else missing + 1
        if body is None and (last is None or missing > _MOST_GONE):
            body = next(iter(people(mask, least)), None)
            missing = 0
        last = last if body is None else body
        yield np.zeros(shape, bool) if body is None else body


def _matching_body(last: Mask, bodies: list[Mask]) -> Mask | None:
    """The body that matches ``last``: by overlap, else the nearest within half the longer side of its box."""
    if not bodies:
        return None
    shared = [int((last & body).sum()) for body in bodies]
    if max(shared):
        return bodies[int(np.argmax(shared))]
    left, top, right, bottom = boxes.of_mask(last)
    gaps = []
    for a, b, c, d in map(boxes.of_mask, bodies):
        gaps.append(float(np.hypot(max(a - right, left - c, 0), max(b - bottom, top - d, 0))))
    return bodies[int(np.argmin(gaps))] if min(gaps) <= max(right - left, bottom - top) / 2 else None


def _checked(mask: Mask) -> Mask:
    mask = np.asarray(mask, bool)
    if mask.ndim != 2 or not mask.size:
        raise ValueError(f"mask has shape {mask.shape}, expected (H, W)")
    return mask
