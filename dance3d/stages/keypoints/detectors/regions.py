"""Regions of the picture around a person, the poses found in them, and whether two poses are of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import BLAZEPOSE33

Float = NDArray[np.float64]
Image = NDArray[np.uint8]

SIDE = 256  # pixels of the picture that a region is cut out as
REGION_MARGIN = 1.25  # factor on the circle around a body, as in MediaPipe's graph: the next pose lies inside too
SIZE_RATIO = 1.5  # chosen: largest ratio of the sides of similar regions
POSE_DISTANCE, POSE_TURN = 0.1, 0.6  # chosen: sides and radians within which two regions are of one pose
DILATION = 5  # chosen, pixels: masks are dilated by a square of this size before they are filled
LEAST_QUALITY = 0.4  # chosen: least quality of a pose
# chosen, of a region's side: poses are of one person if the joints' mean distance to the other's bones is below
SAME_DISTANCE = 0.08
# chosen: share of the joints, and distance by the region's side, in which two poses of one person agree
SHARED_JOINTS, SHARED_DISTANCE = 0.4, 0.025
MASK_THRESHOLD = 0.4  # chosen: least mask value of a person's pixel
INPAINT_SIZE = 32  # chosen, pixels: size of the picture in which masks are filled with the colours around them
LIMBS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"))
BONES = np.array(
    [BLAZEPOSE33.indices(f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in LIMBS]
    + [BLAZEPOSE33.indices(f"left_{j}", f"right_{j}") for j in ("shoulder", "hip")]
)
JOINTS = np.unique(BONES)


@dataclass(frozen=True)
class Region:
    """A square of the picture, turned so that the body in it stands upright.

    Attributes:
        x, y: centre, pixels.
        side: pixels.
        turn: radians clockwise from upright.
    """

    x: float
    y: float
    side: float
    turn: float

    @classmethod
    def around(cls, hip: Float, top: Float) -> Self:
        """Region of a body from the middle of its hips (2,) and the top (2,) of the circle around it."""
        x, y = (top - hip).tolist()
        return cls(float(hip[0]), float(hip[1]), 2 * REGION_MARGIN * float(np.hypot(x, y)), float(np.arctan2(x, -y)))

    def matrix(self, size: int = SIDE) -> Float:
        """(2, 3) affine map from the upright picture of ``size`` pixels to the whole picture."""
        scale = self.side / size
        along = np.array([np.cos(self.turn), np.sin(self.turn)]) * scale
        down = np.array([-along[1], along[0]])
        return np.stack([along, down, [self.x, self.y] - (along + down) * size / 2], 1)

    def cut(self, image: Image, size: int = SIDE) -> Image:
        """The upright picture of ``size`` pixels; edge pixels are repeated beyond the edge."""
        return np.asarray(_warped(image, self.matrix(size), (size, size), cv2.BORDER_REPLICATE), np.uint8)

    def distance(self, other: Region) -> float:
        """Distance of the centres, in sides of the smaller region."""
        return float(np.hypot(self.x - other.x, self.y - other.y)) / min(self.side, other.side)

    def similar_size(self, other: Region) -> bool:
        """Whether the sides differ by less than ``SIZE_RATIO``."""
        return max(self.side, other.side) < SIZE_RATIO * min(self.side, other.side)

    def same_pose(self, other: Region) -> bool:
        """Whether both are of one body in one pose."""
        turned = abs((self.turn - other.turn + np.pi) % (2 * np.pi) - np.pi)
        return self.distance(other) < POSE_DISTANCE and self.similar_size(other) and bool(turned < POSE_TURN)


@dataclass(frozen=True, eq=False)
class RegionPose:
    """The pose of one person found in a region.

    Attributes:
        points: (33, 3) x and y in pixels of the picture, visibility 0..1.
        presence: 0..1, probability that there is a person in the region.
        region: in which it was found.
        next_region: the region expected in the next picture.
        outline: (SIDE, SIDE) mask 0..1 of this person in the region's upright picture.
    """

    points: Float
    presence: float
    region: Region
    next_region: Region
    outline: NDArray[np.float32]

    @cached_property
    def quality(self) -> float:
        """Quality 0..1: presence times the mean visibility of the joints, where joints off the mask count as invisible.

        Presence alone is near 1 for many wrong poses.
        """
        inverse = np.linalg.inv(_square(self.region.matrix()))[:2]
        at = (self.points[JOINTS, :2] @ inverse[:, :2].T + inverse[:, 2]).clip(0, SIDE - 1).astype(int)
        inside = self.outline[at[:, 1], at[:, 0]] > MASK_THRESHOLD
        return self.presence * float((self.points[JOINTS, 2] * inside).mean())


def same_person(one: RegionPose, other: RegionPose) -> bool:
    """Whether two poses are of one person, even if limbs differ or one mixes two neighbours."""
    side = min(one.next_region.side, other.next_region.side)
    near = np.linalg.norm(one.points[JOINTS, :2] - other.points[JOINTS, :2], axis=1) < SHARED_DISTANCE * side
    return (
        near.mean() > SHARED_JOINTS
        or _distance_to_bones(one, other) + _distance_to_bones(other, one) < 2 * SAME_DISTANCE * side
    )


def readings_agree(first: RegionPose, second: RegionPose) -> bool:
    """Whether a second pose, from the region that the first expects, agrees with it: false detections change."""
    apart = np.linalg.norm(first.points[JOINTS, :2] - second.points[JOINTS, :2], axis=1)
    return second.quality >= LEAST_QUALITY and bool(
        apart.mean() < SAME_DISTANCE * min(first.next_region.side, second.next_region.side)
    )


def inpaint_people(
    picture: Image, matrix: Float, bodies: Sequence[RegionPose], keep: NDArray[np.float32] | None
) -> Image:
    """Fill the masks of people with the colours around them, so that the people behind can be found.

    Args:
        picture: (h, w, 3), a part of the whole picture.
        matrix: (2, 3) affine map from it to the whole picture.
        bodies: people to remove.
        keep: (h, w) mask 0..1 of somebody who stays.
    """
    size = picture.shape[1::-1]
    inpainted = np.zeros(picture.shape[:2], np.float32)
    for body in bodies:
        inverse = np.linalg.inv(_square(body.region.matrix()))
        inpainted = np.maximum(
            inpainted, _warped(body.outline, (inverse @ _square(matrix))[:2], size, cv2.BORDER_CONSTANT)
        )
    if keep is not None:
        inpainted[keep > MASK_THRESHOLD] = 0
    inpainted = np.asarray(
        cv2.dilate(np.where(inpainted > MASK_THRESHOLD, 1.0, 0.0).astype(np.float32), np.ones((DILATION, DILATION)))
    )
    share = cv2.resize(1 - inpainted, (INPAINT_SIZE, INPAINT_SIZE), interpolation=cv2.INTER_AREA)
    colours = cv2.resize(
        picture * (1 - inpainted)[..., None], (INPAINT_SIZE, INPAINT_SIZE), interpolation=cv2.INTER_AREA
    )
    mean = colours.mean((0, 1)) / max(float(share.mean()), 1e-6)
    spread = [cv2.blur(array, (INPAINT_SIZE // 3, INPAINT_SIZE // 3)) for array in (colours, share)]
    around = (spread[0] + 1e-3 * mean) / (spread[1] + 1e-3)[..., None]
    ground = cv2.resize(around, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(inpainted[..., None] > 0, ground, picture).clip(0, 255), np.uint8)


def _square(matrix: Float) -> Float:
    return np.vstack([matrix, [0, 0, 1]])


def _warped(image: NDArray[Any], matrix: Float, size: Sequence[int], border: int) -> NDArray[Any]:
    """``image`` sampled by the affine map ``matrix`` (2, 3) from a picture of ``size`` (width, height)."""
    shifted = matrix.copy()  # OpenCV's origin is the centre of the first pixel, ours its corner
    shifted[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, shifted, (size[0], size[1]), flags=flags, borderMode=border))


def _distance_to_bones(one: RegionPose, other: RegionPose) -> float:
    """Mean distance, pixels, from the joints of one body to the nearest bone of the other."""
    joints = one.points[JOINTS, None, :2]
    start, along = other.points[BONES[:, 0], :2], np.diff(other.points[BONES, :2], axis=1)[:, 0]
    share = ((joints - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
    return float(np.linalg.norm(joints - start - share.clip(0, 1)[..., None] * along, axis=-1).min(1).mean())
