"""Visual hull: the volume in which the masks of several calibrated cameras agree on a person, without labels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dance3d.contracts.arrays import Mask
from dance3d.contracts.camera import Lens
from dance3d.masks.segmentation import people

# chosen, metres: side of the volume around the point at which the cameras look, and of its cells
_SIDE, _CELL = 3.0, 0.04
_MASK_SIZE = 240  # chosen, pixels: longer side of the masks that are used
_NEAR = 0.3  # chosen, metres: cells nearer to a camera do not count


class Hull:
    """The visual hull of one person, in cells of 4 cm, for three or more fixed cameras.

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
        cells = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3) + _nearest_point(lenses)
        self._grid = (count, count, count)
        self._views = [_CellPixels(lens, shape, cells) for lens, shape in zip(lenses, shapes, strict=True)]

    def silhouettes(self, masks: Sequence[Mask]) -> list[Mask]:
        """Silhouettes of the hull: the largest connected part of the cells inside all masks, or all but one.

        Args:
            masks: V masks (H, W).

        Returns:
            V coarse masks, a little wider than the person, without parts that two views miss. All false without a hull.
        """
        votes, seen = np.zeros(self._views[0].inside.shape, int), np.zeros(self._views[0].inside.shape, int)
        for view, mask in zip(self._views, masks, strict=True):
            votes += view.cells_in_mask(mask)
            seen += view.inside
        label, count = ndimage.label((votes >= np.maximum(seen - 1, 2)).reshape(self._grid))
        if not count:
            return [np.zeros_like(mask) for mask in masks]
        largest = np.bincount(label.ravel())[1:].argmax() + 1
        return [view.silhouette((label == largest).ravel()) for view in self._views]


def parts_in_hull(mask: Mask, silhouette: Mask) -> Mask:
    """The connected parts of a mask (H, W) that overlap the silhouette (H, W) of the hull.

    Empty if less than half of them lies in the silhouette, or if they cover less than a quarter of it (chosen).
    """
    kept = np.zeros_like(mask)
    for body in people(mask) if mask.any() else []:
        if (body & silhouette).any():
            kept |= body
    shared = int((kept & silhouette).sum())
    return kept if shared >= 0.5 * kept.sum() and shared >= 0.25 * silhouette.sum() else np.zeros_like(mask)


class _CellPixels:
    """The pixel of a small mask onto which every cell is projected."""

    def __init__(self, lens: Lens, shape: tuple[int, int], cells: NDArray[np.float64]) -> None:
        self.shape, scale = shape, _MASK_SIZE / max(shape)
        self.small = (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale)))
        rotation, shift = lens.extrinsics[:, :3], lens.extrinsics[:, 3]
        depth = cells @ rotation[2] + shift[2]
        distortion = lens.distortion if lens.distortion.size else None
        xy, _ = cv2.projectPoints(cells, cv2.Rodrigues(rotation)[0], shift, lens.matrix, distortion)
        at = np.floor(xy[:, 0] * scale)
        in_picture = (at >= 0).all(1) & (at[:, 0] < self.small[1]) & (at[:, 1] < self.small[0])
        self.inside = in_picture & (depth > _NEAR)
        column, row = np.where(self.inside[:, None], at, 0).astype(np.intp).T
        self.pixel = row * self.small[1] + column
        median_depth = float(np.median(depth[self.inside])) if self.inside.any() else 1.0
        self.reach = max(1, round(lens.matrix[0, 0] * scale * _CELL / median_depth))  # width of a cell in pixels

    def cells_in_mask(self, mask: Mask) -> NDArray[np.bool_]:
        small = cv2.resize(mask.astype(np.uint8) * 255, self.small[::-1], interpolation=cv2.INTER_AREA) >= 128
        return np.asarray(small.ravel()[self.pixel] & self.inside)

    def silhouette(self, body: NDArray[np.bool_]) -> Mask:
        small = np.zeros(self.small, np.uint8)
        small.ravel()[self.pixel[body & self.inside]] = 255
        size = 2 * self.reach + 1
        dilated = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return np.asarray(cv2.resize(dilated, self.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 128)


def _nearest_point(lenses: Sequence[Lens]) -> NDArray[np.float64]:
    """(3,) the point nearest to all optical axes, metres, world."""
    left, right = np.zeros((3, 3)), np.zeros(3)
    for lens in lenses:
        along, eye = lens.extrinsics[2, :3], -lens.extrinsics[:, :3].T @ lens.extrinsics[:, 3]
        across = np.eye(3) - np.outer(along, along)
        left, right = left + across, right + across @ eye
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0])
