"""Refinement of the masks of one person from three or more fixed cameras, without labels.

The visual hull of all masks (one may miss) is the rough place of the person. Pixels outside it give the background of
each camera; pixels near it that differ from the background are the person.
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
from dance3d.masks.segmentation.instances import clean_mask, enlarge, shrink
from dance3d.masks.segmentation.visual_hull import Hull, parts_in_hull

SIDE = 720
"""Chosen, pixels: longer side of the pictures that are kept in memory."""
LEAST_IOU, MOST_SHARE = 0.35, 0.3
"""Chosen: least IoU of a mask with the hull's silhouette, and most of the picture that it may cover."""
_LEAST_BODY = 0.002  # chosen: smallest person as a share of the picture
_LEARN, _LEAST_SEEN = 60, 4  # chosen: moments from which the background is learned; how many of them must show a pixel
# chosen: weight of lightness, since shadows have no colour; Lab distance of a different surface
_LIGHT, _DIFFERENT = 0.4, 9.0
_REACH = (0.12, 0.08, 0.05)  # chosen, of the person's height: margin around the hull, in each round
Floats = NDArray[np.float32]


def refine_masks(found: Iterable[Moment]) -> list[Moment]:
    """Refine the masks of a clip, and remove the views whose masks contradict the others.

    Args:
        found: moments of one person in order of time, all with the same three or more fixed cameras.

    Returns:
        Moments with pictures, masks and cameras at ``SIDE`` pixels, without moments that have no view left.

    Raises:
        ValueError: no moment, or moments with different numbers of cameras.
    """
    moments = [_scaled(moment) for moment in found]
    if len({len(moment.lenses) for moment in moments}) != 1:
        raise ValueError("masks are compared in one clip whose moments all have the same cameras")
    hull = Hull(moments[0].lenses, [(m.shape[0], m.shape[1]) for m in moments[0].masks])
    masks = [list(moment.masks) for moment in moments]
    lab = [[_lab(picture) for picture in moment.pictures] for moment in moments]
    for reach in _REACH:
        outlines = [hull.silhouettes(row) for row in masks]
        for view in range(len(masks[0])):
            background, known = _background_colours(
                [row[view] for row in lab], [_dilated(row[view], reach) for row in outlines]
            )
            for row, outline, colours in zip(masks, outlines, lab, strict=True):
                nearby = _dilated(outline[view], reach)
                row[view] = _person_mask(row[view], outline[view], nearby, colours[view], background, known)
    outlines = [hull.silhouettes(row) for row in masks]
    return [
        accepted
        for moment, row, outline in zip(moments, masks, outlines, strict=True)
        if (accepted := _accepted_views(moment, row, outline)).masks
    ]


def _person_mask(mask: Mask, outline: Mask, nearby: Mask, lab: Floats, background: Floats, known: Mask) -> Mask:
    """Pixels near the outline that differ from the background; where that is not known, mask and outline."""
    if not outline.any():
        return np.zeros_like(mask)
    differs = np.linalg.norm((lab - background) * np.array([_LIGHT, 1, 1], np.float32), axis=-1) > _DIFFERENT
    found = np.where(known, differs & nearby, mask & outline)
    return parts_in_hull(clean_mask(found, _LEAST_BODY), outline)


def _background_colours(lab: Sequence[Floats], covered: Sequence[Mask]) -> tuple[Floats, Mask]:
    """Median colours (H, W, 3) of the background, and (H, W) where enough moments show it."""
    rows_used = np.unique(np.linspace(0, len(lab) - 1, min(_LEARN, len(lab))).astype(int))
    hidden = np.stack([covered[n] for n in rows_used])
    stack = np.stack([lab[n] for n in rows_used]).astype(np.float16)
    stack[hidden] = np.inf
    stack.sort(axis=0)
    count = len(rows_used) - hidden.sum(0)
    middle = np.take_along_axis(stack, (count // 2).clip(0, len(rows_used) - 1)[None, ..., None], 0)[0]
    return np.where(np.isfinite(middle), middle, 0).astype(np.float32), count >= _LEAST_SEEN


def _accepted_views(moment: Moment, masks: Sequence[Mask], outlines: Sequence[Mask]) -> Moment:
    accepted = []
    for view, (mask, outline) in enumerate(zip(masks, outlines, strict=True)):
        union = int((mask | outline).sum())
        if union and (mask & outline).sum() >= LEAST_IOU * union and mask.mean() <= MOST_SHARE:
            accepted.append(view)
    return moment.seen_by(accepted, masks)


def _dilated(outline: Mask, reach: float) -> Mask:
    rows = np.flatnonzero(outline.any(1))
    if not len(rows):
        return outline
    size = 2 * max(1, round(reach * (rows[-1] + 1 - rows[0]))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(outline.astype(np.uint8), disc) > 0)


def _lab(picture: Image) -> Floats:
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return np.asarray(cv2.cvtColor(blurred.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _scaled(moment: Moment) -> Moment:
    pictures = tuple(shrink(picture, SIDE) for picture in moment.pictures)
    masks = tuple(enlarge(mask, picture.shape) for mask, picture in zip(moment.masks, pictures, strict=True))
    lenses = []
    for lens, before, after in zip(moment.lenses, moment.pictures, pictures, strict=True):
        scale = np.diag([after.shape[1] / before.shape[1], after.shape[0] / before.shape[0], 1.0])
        lenses.append(Lens(scale @ lens.matrix, lens.extrinsics, lens.distortion))
    return replace(moment, pictures=pictures, masks=masks, lenses=tuple(lenses))
