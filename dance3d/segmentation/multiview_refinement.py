"""Masks of one person made better, unlabelled, where three cameras or more stand still: hull and background together.

The cells that all masks but one agree on say where the person roughly is. What a camera shows elsewhere is its
background, pixel by pixel; and what differs from that background near the person is the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment
from dance3d.segmentation.instances import enlarge, shrink, tidy
from dance3d.segmentation.visual_hull import Hull, agreeing

SIDE = 720
"""Pixels of the longer side of the pictures that are kept in memory."""
LIKE, FULL = 0.35, 0.3
"""A mask has at least this IoU with what the others see, and covers at most this share of the picture."""
_LEARN, _SEEN = 60, 4  # moments that the background is learned from; of them must show it
_LIGHT, _DIFFERENT = 0.4, 9.0  # weight of lightness, as shadows have no colour; distance in Lab of another surface
_REACH = (0.12, 0.08, 0.05)  # of the person's height around the hull, where limbs are looked for, round by round
Floats = NDArray[np.float32]


def improved(found: Iterable[Moment]) -> list[Moment]:
    """Moments of one clip with better masks, and without the views whose masks the others contradict.

    Args:
        found: in order of time, all with the same cameras, three or more, that stand still; one person.

    Returns:
        Pictures and masks at ``SIDE`` pixels, cameras to match; moments that no view is left of are left out.

    Raises:
        ValueError: no moment, or moments with different numbers of cameras.
    """
    moments = [_small(moment) for moment in found]
    if len({len(moment.lenses) for moment in moments}) != 1:
        raise ValueError("masks are held against each other in one clip whose moments all have the same cameras")
    hull = Hull(moments[0].lenses, [(m.shape[0], m.shape[1]) for m in moments[0].masks])
    masks = [list(moment.masks) for moment in moments]
    lab = [[_lab(picture) for picture in moment.pictures] for moment in moments]
    for reach in _REACH:
        outlines = [hull.silhouettes(row) for row in masks]
        for view in range(len(masks[0])):
            behind, known = _background([row[view] for row in lab], [_wide(row[view], reach) for row in outlines])
            for row, outline, colours in zip(masks, outlines, lab, strict=True):
                near = _wide(outline[view], reach)
                row[view] = _person(row[view], outline[view], near, colours[view], behind, known)
    outlines = [hull.silhouettes(row) for row in masks]
    return [
        kept
        for moment, row, outline in zip(moments, masks, outlines, strict=True)
        if (kept := _believed(moment, row, outline)).masks
    ]


def _person(mask: Mask, outline: Mask, near: Mask, lab: Floats, behind: Floats, known: Mask) -> Mask:
    """What differs from the background near the outline; the outline and the mask where that is not known."""
    if not outline.any():
        return np.zeros_like(mask)
    differs = np.linalg.norm((lab - behind) * np.array([_LIGHT, 1, 1], np.float32), axis=-1) > _DIFFERENT
    found = np.where(known, differs & near, mask & outline)
    return agreeing(tidy(found, 0.002), outline)


def _background(lab: Sequence[Floats], covered: Sequence[Mask]) -> tuple[Floats, Mask]:
    """Median colours (H, W, 3) where the person is not, and where enough moments show them."""
    which = np.unique(np.linspace(0, len(lab) - 1, min(_LEARN, len(lab))).astype(int))
    hidden = np.stack([covered[n] for n in which])
    stack = np.stack([lab[n] for n in which]).astype(np.float16)
    stack[hidden] = np.inf
    stack.sort(axis=0)
    count = len(which) - hidden.sum(0)
    middle = np.take_along_axis(stack, (count // 2).clip(0, len(which) - 1)[None, ..., None], 0)[0]
    return np.where(np.isfinite(middle), middle, 0).astype(np.float32), count >= _SEEN


def _believed(moment: Moment, masks: Sequence[Mask], outlines: Sequence[Mask]) -> Moment:
    kept = []
    for view, (mask, outline) in enumerate(zip(masks, outlines, strict=True)):
        union = int((mask | outline).sum())
        if union and (mask & outline).sum() >= LIKE * union and mask.mean() <= FULL:
            kept.append(view)
    return moment.seen_by(kept, masks)


def _wide(outline: Mask, reach: float) -> Mask:
    rows = np.flatnonzero(outline.any(1))
    if not len(rows):
        return outline
    size = 2 * max(1, round(reach * (rows[-1] + 1 - rows[0]))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(outline.astype(np.uint8), disc) > 0)


def _lab(picture: Image) -> Floats:
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return np.asarray(cv2.cvtColor(soft.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _small(moment: Moment) -> Moment:
    pictures = tuple(shrink(picture, SIDE) for picture in moment.pictures)
    masks = tuple(enlarge(mask, picture.shape) for mask, picture in zip(moment.masks, pictures, strict=True))
    lenses = []
    for lens, before, after in zip(moment.lenses, moment.pictures, pictures, strict=True):
        scale = np.diag([after.shape[1] / before.shape[1], after.shape[0] / before.shape[0], 1.0])
        lenses.append(Lens(scale @ lens.matrix, lens.extrinsics, lens.distortion))
    return replace(moment, pictures=pictures, masks=masks, lenses=tuple(lenses))
