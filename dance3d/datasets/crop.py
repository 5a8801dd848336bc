"""A crop: one person cut out of a calibrated picture, as a camera of its own."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.camera import Lens
from dance3d.geometry import boxes

MARGIN = 1.2
"""Chosen: side of a crop relative to the longer side of the mask's box."""


@dataclass(frozen=True, eq=False)
class Crop:
    """A square picture of one person and its pinhole camera, whose principal point is the centre.

    Attributes:
        image: (S, S, 3) RGB, background included.
        mask: (S, S) true on the person.
        focal: pixels of the crop.
        extrinsics: (3, 4) world to the crop's camera, metres.
        turn: (3, 3) from the picture's camera to the crop's.
        joints: (17, 3) x and y in pixels of the crop, 2 visible or 1 occluded; NaN where not known. None without
            labels.
    """

    image: Image
    mask: Mask
    focal: float
    extrinsics: NDArray[np.float64]
    turn: NDArray[np.float64]
    joints: NDArray[np.float64] | None = None


def cut(picture: Image, mask: Mask, lens: Lens, size: int, margin: float = MARGIN) -> Crop:
    """Cut the person of a mask out of a picture.

    Args:
        picture: (H, W, 3) RGB.
        mask: (H, W) true on the person.
        lens: camera of the picture.
        size: of the crop, pixels.
        margin: side of the crop relative to the longer side of the mask's box.

    Raises:
        ValueError: an empty mask, or one of another size than the picture.
    """
    if mask.shape != picture.shape[:2]:
        raise ValueError(f"the mask has shape {mask.shape}, the picture {picture.shape[:2]}")
    if not mask.any():
        raise ValueError("the mask is empty: nobody to cut out")
    box = np.array(boxes.of_mask(mask), float)
    low, high = box[:2], box[2:]
    middle, side = (low + high) / 2, margin * float((high - low).max())
    turn, focal = towards(middle, side, lens, size)
    inner = np.array([[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1]])
    shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])  # OpenCV's origin is the centre of the first pixel
    across, down = cv2.initUndistortRectifyMap(
        shift @ lens.matrix, lens.distortion if lens.distortion.size else None, turn, shift @ inner, (size, size), 5
    )
    maps = np.stack([across, down]).astype(np.float32)
    near, maps = _averaged(picture, mask, maps, side / size)
    seen = cv2.remap(near, maps[0], maps[1], cv2.INTER_LINEAR)
    image, there = seen[..., :3], seen[..., 3] >= 128
    return Crop(np.asarray(image, np.uint8), there, focal, turn @ lens.extrinsics, turn)


def _averaged(picture: Image, mask: Mask, maps: NDArray[np.float32], wide: float) -> tuple[Image, NDArray[np.float32]]:
    """The part of a picture that ``maps`` sample, smoothed over ``wide`` pixels and reduced; and maps into it.

    Pixels of a crop are larger than those of the picture, so the picture is averaged first, in two steps, since a wide
    blur of a large picture would take most of the time. The mask is the fourth channel.
    """
    step, (high, long) = max(1, int(wide / 1.5)), mask.shape
    low = [int(np.clip(axis.min() - 3 * wide, 0, size - 1)) for axis, size in zip(maps, (long, high), strict=True)]
    top = [int(np.clip(axis.max() + 3 * wide + 2, 1, size)) for axis, size in zip(maps, (long, high), strict=True)]
    part = slice(low[1], max(top[1], low[1] + 1)), slice(low[0], max(top[0], low[0] + 1))
    near = np.dstack([picture[part], mask[part].astype(np.uint8) * 255])
    rows, columns = -near.shape[0] % step, -near.shape[1] % step
    if step > 1:
        near = cv2.copyMakeBorder(near, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
        near = cv2.resize(near, (near.shape[1] // step, near.shape[0] // step), interpolation=cv2.INTER_AREA)
    if wide > 1.5:  # completes a blur with a standard deviation of 0.4 crop pixels
        near = cv2.GaussianBlur(near, (0, 0), float(np.sqrt((0.4 * wide / step) ** 2 - (1 - step**-2) / 12)))
    inside = (maps - np.reshape(low, (2, 1, 1)) + 0.5) / step - 0.5
    return np.asarray(near, np.uint8), inside.astype(np.float32)


def towards(middle: NDArray[np.float64], side: float, lens: Lens, size: int) -> tuple[NDArray[np.float64], float]:
    """Rotation and focal length of a crop's camera.

    Args:
        middle: (2,) of the person's box, pixels of the picture.
        side: of the crop, pixels of the picture.
        lens: camera of the picture.
        size: of the crop, its own pixels.

    Returns:
        Rotation (3, 3) that brings the middle onto the optical axis, and the focal length for a crop ``side`` wide.
    """
    around = middle + np.array([[0, 0], [-0.5, 0], [0.5, 0], [0, -0.5], [0, 0.5]]) * side
    rays = cv2.undistortPoints(around[:, None], lens.matrix, lens.distortion if lens.distortion.size else None).reshape(
        -1, 2
    )
    forward = np.append(rays[0], 1) / np.hypot(1, np.hypot(*rays[0]))
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(forward, right), forward])
    seen = np.column_stack([rays, np.ones(len(rays))]) @ turn.T
    tangent = seen[:, :2] / seen[:, 2:]
    width = (np.linalg.norm(tangent[2] - tangent[1]) + np.linalg.norm(tangent[4] - tangent[3])) / 2
    return turn, float(size / width)


def into_crop(joints: NDArray[np.floating], lens: Lens, crop: Crop) -> NDArray[np.float64]:
    """Joints (J, 3) of a picture in pixels of a crop; NaN where not known or behind the camera.

    Args:
        joints: (J, 3) x and y in pixels of the picture; the third number is kept.
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
