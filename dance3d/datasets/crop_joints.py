"""Joints in the pictures of crops: as somebody labelled them, else projected from the true body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dance3d.datasets.crops import Crop, Crops, Lens

NEAR = 0.1
"""Metres from the camera's plane, below which a joint has no place in the picture."""
_AROUND = 0.03  # of the crop's side: a joint with a pixel of the person's mask this near is seen
Rows = Sequence[int] | NDArray[np.integer[Any]]


def moments_of(crops: Crops) -> NDArray[np.int64]:
    """(N,) number of the moment of every crop."""
    return np.repeat(np.arange(len(crops)), [line["views"] for line in crops.moments])


def keypoints(
    crops: Crops, rows: Rows, moments: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Joints of some crops.

    Args:
        crops: a folder.
        rows: numbers of crops.
        moments: ``moments_of`` the folder, for those who ask often.

    Returns:
        (N, 17, 2) pixels of the crop, NaN where not known, and (N, 17) 1 where the joint is seen, 0 where something
        else hides it. Where nobody labelled it, a joint is seen if the mask of what is seen of the person is near: a
        body does not hide its own joints then.
    """
    rows = np.asarray(rows)
    if crops.joints is not None:
        labelled = np.asarray(crops.joints[rows])
        return labelled[..., :2], np.asarray(labelled[..., 2] > 1, np.float32)
    E, truth = crops.extrinsics[rows], crops.truth[(moments_of(crops) if moments is None else moments)[rows]]
    local = np.einsum("nij,nkj->nki", E[..., :3], truth) + E[:, None, :, 3]
    depth = np.where(local[..., 2:] > NEAR, local[..., 2:], np.nan)
    xy = crops.focal[rows, None, None] * local[..., :2] / depth + crops.size / 2
    return xy.astype(np.float32), _seen(xy, np.asarray(crops.mask[rows]))


def _seen(xy: NDArray[np.float64], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 17) whether a mask (N, S, S) is near joints (N, 17, 2)."""
    size = mask.shape[-1]
    reach = max(1, round(_AROUND * size))
    step = np.arange(-reach, reach + 1)
    near = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2)
    near = near[np.hypot(*near.T) <= reach]
    at = np.nan_to_num(np.floor(xy), nan=-2 * size).astype(int)[:, :, None] + near
    inside = ((at >= 0) & (at < size)).all(-1)
    x, y = np.moveaxis(at.clip(0, size - 1), -1, 0)
    return np.asarray((inside & (mask[np.arange(len(mask))[:, None, None], y, x] > 0)).any(-1), np.float32)


def into_crop(joints: NDArray[np.floating], lens: Lens, crop: Crop) -> NDArray[np.float64]:
    """Joints (J, 3) of a picture, x and y in its pixels, to pixels of a crop; NaN where not known or behind it.

    Args:
        joints: the third number stays.
        lens: camera of the picture.
        crop: cut out of that picture.
    """
    out = np.full(joints.shape, np.nan)
    known = np.isfinite(joints).all(-1)
    if known.any():
        distortion = lens.distortion if lens.distortion.size else None
        given = np.asarray(joints[known, :2], np.float64)[:, None]
        rays = cv2.undistortPoints(given, lens.matrix, distortion).reshape(-1, 2)
        seen = np.column_stack([rays, np.ones(len(rays))]) @ crop.turn.T
        place = crop.focal * seen[:, :2] / seen[:, 2:] + len(crop.image) / 2
        out[known] = np.where(seen[:, 2:] > 0, np.column_stack([place, joints[known, 2]]), np.nan)
    return out
