"""Regions of the picture that hold somebody, what is read in them, and whether two readings are of one person."""

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
WIDER = 1.25  # of the circle around a body, so that its next pose lies inside too
PRESENT = 0.4  # least worth of a body
APART = 0.08  # of a region's side: two bodies whose joints are, on average, nearer to the other's bones are one
SHARED, TOUCHING = 0.4, 0.025  # so many joints so near to their like in the other body are only one body's
COVER = 0.4  # of the outline's values, from which a pixel is somebody's
COARSE = 32  # pixels: surroundings are spread over outlines in a picture of this size
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
        x, y: its middle, pixels.
        side: pixels.
        turn: radians clockwise from upright.
    """

    x: float
    y: float
    side: float
    turn: float

    @classmethod
    def around(cls, hip: Float, top: Float) -> Self:
        """Region of a body by the middle of its hips and a point, beyond its head, of the circle around it: (2,)."""
        x, y = (top - hip).tolist()
        return cls(float(hip[0]), float(hip[1]), 2 * WIDER * float(np.hypot(x, y)), float(np.arctan2(x, -y)))

    def matrix(self) -> Float:
        """(2, 3): from places in the upright picture of ``SIDE`` pixels to places in the whole picture."""
        scale = self.side / SIDE
        along = np.array([np.cos(self.turn), np.sin(self.turn)]) * scale
        down = np.array([-along[1], along[0]])
        return np.stack([along, down, [self.x, self.y] - (along + down) * SIDE / 2], 1)

    def cut(self, image: Image) -> Image:
        """The upright picture; beyond the edge goes on what is at the edge."""
        return np.asarray(_warped(image, self.matrix(), (SIDE, SIDE), cv2.BORDER_REPLICATE), np.uint8)

    def away(self, other: Region) -> float:
        """Distance of the middles, in sides of the smaller one."""
        return float(np.hypot(self.x - other.x, self.y - other.y)) / min(self.side, other.side)

    def alike(self, other: Region) -> bool:
        """Whether the sizes are, by half."""
        return max(self.side, other.side) < 1.5 * min(self.side, other.side)

    def near(self, other: Region) -> bool:
        """Whether both are of one body in one posture."""
        turned = abs((self.turn - other.turn + np.pi) % (2 * np.pi) - np.pi)
        return self.away(other) < 0.1 and self.alike(other) and bool(turned < 0.6)


@dataclass(frozen=True, eq=False)
class RegionPose:
    """One person as read in a region.

    Attributes:
        points: (33, 3) x and y in pixels of the picture, visibility 0..1.
        presence: 0..1, that there is a person in the region at all.
        region: where it was read.
        next: where to look for it in the next picture.
        outline: (SIDE, SIDE) 0..1 of the region's upright picture: whether a pixel is of this person.
    """

    points: Float
    presence: float
    region: Region
    next: Region
    outline: NDArray[np.float32]

    @cached_property
    def worth(self) -> float:
        """How good the reading is, 0..1: presence, times the mean visibility of joints, of those on the outline.

        Presence alone is near 1 of much that is wrong.
        """
        inverse = np.linalg.inv(_square(self.region.matrix()))[:2]
        at = (self.points[JOINTS, :2] @ inverse[:, :2].T + inverse[:, 2]).clip(0, SIDE - 1).astype(int)
        inside = self.outline[at[:, 1], at[:, 0]] > COVER
        return self.presence * float((self.points[JOINTS, 2] * inside).mean())


def same(one: RegionPose, other: RegionPose) -> bool:
    """Whether two bodies are one, read twice, even with other limbs; or a mixture of one with its neighbour."""
    side = min(one.next.side, other.next.side)
    near = np.linalg.norm(one.points[JOINTS, :2] - other.points[JOINTS, :2], axis=1) < TOUCHING * side
    return near.mean() > SHARED or _from_bones(one, other) + _from_bones(other, one) < 2 * APART * side


def agree(first: RegionPose, second: RegionPose) -> bool:
    """Whether a second reading, of the region that the first gave, says the same: what is no body changes."""
    apart = np.linalg.norm(first.points[JOINTS, :2] - second.points[JOINTS, :2], axis=1)
    return second.worth >= PRESENT and bool(apart.mean() < APART * min(first.next.side, second.next.side))


def painted_over(
    picture: Image, matrix: Float, bodies: Sequence[RegionPose], keep: NDArray[np.float32] | None
) -> Image:
    """A picture with people painted over in the colours around them, so that who stands behind can be read.

    Args:
        picture: (h, w, 3), a part of the whole picture.
        matrix: (2, 3) from places in it to places in the whole picture.
        bodies: who vanishes.
        keep: (h, w) 0..1, who is to stay even so.
    """
    size = picture.shape[1::-1]
    gone = np.zeros(picture.shape[:2], np.float32)
    for body in bodies:
        inverse = np.linalg.inv(_square(body.region.matrix()))
        gone = np.maximum(gone, _warped(body.outline, (inverse @ _square(matrix))[:2], size, cv2.BORDER_CONSTANT))
    if keep is not None:
        gone[keep > COVER] = 0
    gone = np.asarray(cv2.dilate(np.where(gone > COVER, 1.0, 0.0).astype(np.float32), np.ones((5, 5))))
    share = cv2.resize(1 - gone, (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    colours = cv2.resize(picture * (1 - gone)[..., None], (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    mean = colours.mean((0, 1)) / max(float(share.mean()), 1e-6)
    spread = [cv2.blur(array, (COARSE // 3, COARSE // 3)) for array in (colours, share)]
    around = (spread[0] + 1e-3 * mean) / (spread[1] + 1e-3)[..., None]
    ground = cv2.resize(around, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(gone[..., None] > 0, ground, picture).clip(0, 255), np.uint8)


def _square(matrix: Float) -> Float:
    return np.vstack([matrix, [0, 0, 1]])


def _warped(image: NDArray[Any], matrix: Float, size: Sequence[int], border: int) -> NDArray[Any]:
    """``image`` at the places that ``matrix`` (2, 3) gives for a picture of ``size``."""
    shifted = matrix.copy()  # OpenCV counts from the middle of the first pixel, places from its corner
    shifted[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, shifted, (size[0], size[1]), flags=flags, borderMode=border))


def _from_bones(one: RegionPose, other: RegionPose) -> float:
    """Pixels from the joints of one body to the nearest bone of the other, mean."""
    joints = one.points[JOINTS, None, :2]
    start, along = other.points[BONES[:, 0], :2], np.diff(other.points[BONES, :2], axis=1)[:, 0]
    share = ((joints - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
    return float(np.linalg.norm(joints - start - share.clip(0, 1)[..., None] * along, axis=-1).min(1).mean())
