"""Masks taken apart into bodies, and one body kept through time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import boxes

Mask = NDArray[np.bool_]
NEAR_AREA, NEAR_HEIGHT = 0.25, 0.4
"""Of a mask's largest piece: pieces of at least this area and height are counted as bodies too."""
COMPARABLE = 1 / 3
"""Of a mask's largest body: bodies of at least this area may be the person who is followed, smaller ones are limbs and
specks. More than ``NEAR_AREA``, since who follows a limb has lost the person."""
_LOOK = 320  # pixels, the longer side of the picture in which bodies are told apart
_PATIENCE = 30  # frames without the followed body after which the largest one is followed


def shrink(picture: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """The picture, made smaller where its longer side exceeds ``longest`` pixels."""
    high, wide = picture.shape[:2]
    scale = longest / max(high, wide)
    if scale >= 1:
        return picture
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def enlarge(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask at the (H, W) of ``shape``, its edge smooth."""
    if mask.shape == tuple(shape[:2]):
        return mask
    grey = cv2.resize(mask.astype(np.uint8) * 255, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grey > 127)


def tidy(mask: Mask, least: float, most: float = 1.0) -> Mask:
    """Speckle removed, gaps closed, bodies that are no person's size dropped, small holes in the rest filled.

    Args:
        mask: (H, W).
        least: smallest body as a share of the picture.
        most: largest body as a share of the picture: above it the mask is no person.
    """
    grain = max(1, round(max(mask.shape) / 150))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grain + 1, 2 * grain + 1))
    grey = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    grey = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc)
    out = np.zeros(mask.shape, np.uint8)
    for body in people(grey.astype(bool), least):
        if body.mean() <= most:
            out |= body.astype(np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(1 - out, connectivity=4)
    for hole in range(1, count):
        if stats[hole, cv2.CC_STAT_AREA] < least * mask.size / 4:
            out[label == hole] = 1
    return out.astype(bool)


def people(mask: Mask, least: float = 0.001) -> list[Mask]:
    """The connected bodies of a mask, largest first.

    Pieces nearer to each other than a hundredth of the picture belong to one body. Dancers who touch are one body.

    Args:
        mask: (H, W), true on everybody.
        least: smallest body as a share of the picture; nor may it be smaller than a twentieth of the largest.

    Returns:
        (H, W) masks; none for an empty mask.
    """
    mask = _checked(mask)
    small = shrink(mask.astype(np.uint8) * 255, _LOOK)
    reach = max(1, round(max(small.shape) / 200))
    joined = cv2.dilate((small > 63).astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, label = cv2.connectedComponents(joined)
    area = np.bincount(label.ravel(), weights=small.ravel() / 255.0, minlength=count) / small.size
    order = [int(i) for i in np.argsort(-area) if i > 0 and area[i] >= max(least, area[1:].max() / 20)]
    if count == 2 and order:
        return [mask]
    label = cv2.resize(label.astype(np.uint16), mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return [mask & (label == i) for i in order]


def count_bodies(mask: Mask) -> int:
    """How many bodies a mask (H, W) shows: its largest piece, and all that come near it in area and height."""
    number, _, pieces, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if number < 2:
        return 0
    area, height = pieces[1:, cv2.CC_STAT_AREA], pieces[1:, cv2.CC_STAT_HEIGHT]
    first = int(area.argmax())
    return int(((area >= NEAR_AREA * area[first]) & (height >= NEAR_HEIGHT * height[first])).sum())


def one_of(mask: Mask, before: Mask | None = None) -> tuple[Mask, bool]:
    """One person of a mask (H, W), and whether there were others.

    Args:
        mask: not empty.
        before: (H, W) of the person a moment earlier.
    """
    bodies = people(mask)
    bodies = [body for body in bodies if body.sum() >= COMPARABLE * bodies[0].sum()]
    if len(bodies) < 2:
        return mask, False
    shared = [0 if before is None else int((body & before).sum()) for body in bodies]
    return bodies[int(np.argmax(shared))], True  # the largest comes first, and is taken where none overlaps


def follow(masks: Iterable[Mask], least: float = 0.001) -> Iterator[Mask]:
    """Keep one person through time: at first the largest, then who overlaps the last one most, or lies nearest.

    While the person is gone, masks are all false; after a second or so the largest body takes over.

    Args:
        masks: (H, W) each, everybody in the picture; all of one size.
        least: as in ``people``.

    Raises:
        ValueError: a mask has not two axes, or another size than the first.
    """
    last: Mask | None = None
    gone, shape = 0, None
    for mask in masks:
        mask = _checked(mask)
        shape = shape or mask.shape
        if mask.shape != shape:
            raise ValueError(f"a mask has shape {mask.shape}, expected {shape} as the first")
        body = _same(last, people(mask, least)) if last is not None else None
        gone = 0 if body is not None else gone + 1
        if body is None and (last is None or gone > _PATIENCE):
            body = next(iter(people(mask, least)), None)
            gone = 0
        last = last if body is None else body
        yield np.zeros(shape, bool) if body is None else body


def _same(last: Mask, bodies: list[Mask]) -> Mask | None:
    """The body that was ``last``: overlap decides, else the nearest within half the last one's longer side."""
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
