"""Where calibrated cameras agree that somebody is: the masks of several views held against each other, unlabelled."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dance3d.contracts.arrays import Mask
from dance3d.contracts.camera import Lens
from dance3d.segmentation import people

_SIDE, _CELL = 3.0, 0.04  # metres: of the room around the point that all cameras look at, and of its cells
_LOOK = 240  # pixels, the longer side of masks as they are looked at


class Hull:
    """The visual hull of one person, in cells of 4 cm, of a fixed set of three cameras or more.

    Args:
        lenses: V cameras.
        shapes: V (H, W) of their pictures.

    Raises:
        ValueError: fewer than three cameras.
    """

    def __init__(self, lenses: Sequence[Lens], shapes: Sequence[tuple[int, int]]) -> None:
        if len(lenses) < 3:
            raise ValueError(f"{len(lenses)} views cannot outvote one of them; expected three or more")
        count = round(_SIDE / _CELL)
        steps = (np.arange(count) + 0.5) * _CELL - _SIDE / 2
        cells = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3) + _looked_at(lenses)
        self._grid = (count, count, count)
        self._views = [_View(lens, shape, cells) for lens, shape in zip(lenses, shapes, strict=True)]

    def silhouettes(self, masks: Sequence[Mask]) -> list[Mask]:
        """What each camera sees of the cells that all masks but one, or all, call a person: the largest piece of them.

        Args:
            masks: V masks (H, W).

        Returns:
            V masks, coarse: a little wider than the person, and without what two views miss. All false without a hull.
        """
        votes, seen = np.zeros(self._views[0].inside.shape, int), np.zeros(self._views[0].inside.shape, int)
        for view, mask in zip(self._views, masks, strict=True):
            votes += view.of_cells(mask)
            seen += view.inside
        label, count = ndimage.label((votes >= np.maximum(seen - 1, 2)).reshape(self._grid))
        if not count:
            return [np.zeros_like(mask) for mask in masks]
        largest = np.bincount(label.ravel())[1:].argmax() + 1
        return [view.silhouette((label == largest).ravel()) for view in self._views]


def agreeing(mask: Mask, silhouette: Mask) -> Mask:
    """The pieces of a mask (H, W) where the others see the person too; empty where the mask tells of something else.

    That is: where less than half of what is left lies in the silhouette, or less than a quarter of it is covered.
    """
    kept = np.zeros_like(mask)
    for body in people(mask) if mask.any() else []:
        if (body & silhouette).any():
            kept |= body
    shared = int((kept & silhouette).sum())
    return kept if shared >= 0.5 * kept.sum() and shared >= 0.25 * silhouette.sum() else np.zeros_like(mask)


class _View:
    """Which pixel of a small picture every cell falls on."""

    def __init__(self, lens: Lens, shape: tuple[int, int], cells: NDArray[np.float64]) -> None:
        self.shape, scale = shape, _LOOK / max(shape)
        self.small = (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale)))
        rotation, shift = lens.extrinsics[:, :3], lens.extrinsics[:, 3]
        depth = cells @ rotation[2] + shift[2]
        lens_bends = lens.distortion if lens.distortion.size else None
        xy, _ = cv2.projectPoints(cells, cv2.Rodrigues(rotation)[0], shift, lens.matrix, lens_bends)
        at = np.floor(xy[:, 0] * scale)
        fits = (at >= 0).all(1) & (at[:, 0] < self.small[1]) & (at[:, 1] < self.small[0])
        self.inside = fits & (depth > 0.3)
        column, row = np.where(self.inside[:, None], at, 0).astype(np.intp).T
        self.pixel = row * self.small[1] + column
        middle = float(np.median(depth[self.inside])) if self.inside.any() else 1.0
        self.reach = max(1, round(lens.matrix[0, 0] * scale * _CELL / middle))  # pixels that a cell is wide

    def of_cells(self, mask: Mask) -> NDArray[np.bool_]:
        small = cv2.resize(mask.astype(np.uint8) * 255, self.small[::-1], interpolation=cv2.INTER_AREA) >= 128
        return np.asarray(small.ravel()[self.pixel] & self.inside)

    def silhouette(self, body: NDArray[np.bool_]) -> Mask:
        small = np.zeros(self.small, np.uint8)
        small.ravel()[self.pixel[body & self.inside]] = 255
        size = 2 * self.reach + 1
        wide = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return np.asarray(cv2.resize(wide, self.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 128)


def _looked_at(lenses: Sequence[Lens]) -> NDArray[np.float64]:
    """(3,) the point nearest to all optical axes, metres, world."""
    left, right = np.zeros((3, 3)), np.zeros(3)
    for lens in lenses:
        along, eye = lens.extrinsics[2, :3], -lens.extrinsics[:, :3].T @ lens.extrinsics[:, 3]
        across = np.eye(3) - np.outer(along, along)
        left, right = left + across, right + across @ eye
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0])
