"""A body of COCO's joints that is tracked from picture to picture, and the region in which its next pose is read.

Constants without a source are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import COCO17, SIGMAS
from dance3d.stages.keypoints.detectors.regions import Float, Region

SURE_JOINT = 0.2  # least score of a joint by which a region is placed, as in Google's example of MoveNet
LEAST_SURE = 4  # joints; with fewer sure ones all are used
TRUNK_REACH, BODY_REACH = 1.9, 1.2  # half a region's side by the trunk's and the body's reach from the hips, as there
UPRIGHT = 1.2  # radians: a trunk that leans less is read upright, as most people are whom the net was trained with
EXPECTED_WITHIN = 0.35  # sides of a region: distance from the expected place within which a pose fits
SIZE_RATIO = 1.8  # largest ratio of the sides of two regions of one person
SPEED_DECAY = 0.9  # factor on a lost person's speed from picture to picture
LEAST_SIDE = 24.0  # pixels: smallest side of a region
SAME_BODY = 0.5  # similarity above which two poses are of one body
SAME_JOINT = 0.15  # roots of a body's area within which two joints are one; of 0.1 to 0.4 the best on films of couples
BODY_SHARE = 0.53  # of its joints' box: a body's area, as of COCO's masks
_LIMB_NAMES = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
LIMBS = COCO17.indices(*(f"{side}_{part}" for side in ("left", "right") for part in _LIMB_NAMES))
_HIPS, _SHOULDERS = (COCO17.indices(f"left_{part}", f"right_{part}") for part in ("hip", "shoulder"))
TRUNK = (*_HIPS, *_SHOULDERS)
_SPREAD = 2 * np.array([SIGMAS[joint] for joint in COCO17.joints])


@dataclass(frozen=True, eq=False)
class TrackedBody:
    """A tracked body.

    Attributes:
        points: (17, 3) its last pose: x and y in pixels, score 0..1.
        move: (2,) speed, pixels per picture.
        seen: number of pictures with a pose.
        lost: pictures since the last.
    """

    points: Float
    move: Float
    seen: int = 1
    lost: int = 0

    @cached_property
    def region(self) -> Region:
        """In which the last pose would be read."""
        return region_of(self.points)

    @cached_property
    def expected(self) -> Region:
        """The region in the next picture: moved by the last speed, which decays while the person is lost."""
        here = self.region
        gone = self.move * (SPEED_DECAY * (1 - SPEED_DECAY ** (self.lost + 1)) / (1 - SPEED_DECAY))
        return replace(here, x=here.x + float(gone[0]), y=here.y + float(gone[1]))

    @property
    def expected_points(self) -> Float:
        """(17, 3) the last pose where it is expected in the next picture."""
        here, there = self.region, self.expected
        moved: Float = self.points + np.array([there.x - here.x, there.y - here.y, 0])
        return moved

    def updated(self, points: Float) -> TrackedBody:
        """With the pose of the next picture."""
        here, there = self.region, region_of(points)
        step = np.array([there.x - here.x, there.y - here.y]) / (self.lost + 1)
        return TrackedBody(points, (self.move + step) / 2, self.seen + 1)

    def missed(self) -> TrackedBody:
        """Without a pose in the next picture."""
        return replace(self, lost=self.lost + 1)

    def fits(self, points: Float) -> bool:
        """Whether a pose is where this body is expected in the next picture, and of the same size."""
        expected, found = self.expected, region_of(points)
        ratio = max(expected.side, found.side) / min(expected.side, found.side)
        return expected.distance(found) < EXPECTED_WITHIN and ratio < SIZE_RATIO


def quality(points: Float) -> float:
    """Mean score 0..1 of the limbs' joints."""
    return float(points[LIMBS, 2].mean())


def region_of(points: Float) -> Region:
    """The region in which to read a body near a pose (17, 3): around its hips, or its joints where they are unsure."""
    sure = points[:, 2] > SURE_JOINT
    if sure.sum() < LEAST_SURE:
        sure = np.ones(len(points), bool)
    hips, shoulders = points[_HIPS, :2].mean(0), points[_SHOULDERS, :2].mean(0)
    low, high = points[sure, :2].min(0), points[sure, :2].max(0)
    if sure[_HIPS].any() and sure[_SHOULDERS].any():
        trunk = points[[joint for joint in (*_HIPS, *_SHOULDERS) if sure[joint]], :2]
        half = max(TRUNK_REACH * np.abs(trunk - hips).max(), BODY_REACH * np.abs(points[sure, :2] - hips).max())
        middle = hips
    else:
        middle, half = (low + high) / 2, BODY_REACH * (high - low).max() / 2
    x, y = (shoulders - hips).tolist()
    turn = float(np.arctan2(x, -y)) if sure[_HIPS].all() and sure[_SHOULDERS].all() else 0.0
    side = max(2 * float(half), LEAST_SIDE)
    return Region(float(middle[0]), float(middle[1]), side, turn if abs(turn) > UPRIGHT else 0.0)


def similarity(a: Float, b: Float, joints: Sequence[int] = LIMBS) -> float:
    """Object keypoint similarity 0..1 of two poses (17, 3), by the smaller body (COCO's evaluation).

    Args:
        a: a pose.
        b: the other.
        joints: that count.
    """
    area, joints = min(_area(a), _area(b)), list(joints)
    apart = ((a[joints, :2] - b[joints, :2]) ** 2).sum(1)
    return float(np.exp(-apart / (2 * _SPREAD[joints] ** 2 * area)).mean())


def same_body(a: Float, b: Float) -> bool:
    """Whether two poses (17, 3) are of one body: the limbs' joints coincide, or the trunk's.

    A net that reads somebody hidden gives the trunk of the person in front, and limbs of either. On films of couples
    (salsa 1 to 4), of two poses whose trunks are alike by more than ``SAME_BODY`` a fifth were right for both dancers,
    of others three quarters.
    """
    return similarity(a, b) > SAME_BODY or similarity(a, b, TRUNK) > SAME_BODY


def read_again(pose: Float, readings: Sequence[Float]) -> Float:
    """A pose (17, 3) of the finder, with the near joints of the reading most like it, since readings are more exact."""
    if not readings:
        return pose
    best = max(readings, key=lambda reading: similarity(reading, pose))
    near = ((best[:, :2] - pose[:, :2]) ** 2).sum(1) < SAME_JOINT**2 * _area(pose)
    return np.where(near[:, None], best, pose)


def _area(points: Float) -> float:
    sides = np.maximum(np.ptp(points[LIMBS, :2], axis=0), LEAST_SIDE / 2)
    return float(BODY_SHARE * sides.prod())


_ARRAYS: dict[str, tuple[tuple[int, ...], type]] = {
    "points": ((len(COCO17.joints), 3), np.float64),
    "move": ((2,), np.float64),
    "seen": ((), np.int64),
    "lost": ((), np.int64),
}
"""Of each body: shape and type of everything that is known."""


def to_arrays(bodies: Sequence[TrackedBody]) -> dict[str, NDArray[Any]]:
    """Everything known of bodies as arrays, a row for each."""
    return {
        name: np.array([getattr(body, name) for body in bodies], kind).reshape(len(bodies), *shape)
        for name, (shape, kind) in _ARRAYS.items()
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> list[TrackedBody]:
    """Bodies from what ``to_arrays`` gave; other arrays may lie beside.

    Raises:
        ValueError: an array is missing, or of another shape or type.
    """
    count = len(arrays["seen"]) if arrays.get("seen", np.empty(())).ndim else 0
    for name, (shape, kind) in _ARRAYS.items():
        if name not in arrays or arrays[name].shape != (count, *shape) or arrays[name].dtype != kind:
            raise ValueError(f"the state of a detector has no {name} of {count} people")
    return [
        TrackedBody(
            arrays["points"][i].copy(), arrays["move"][i].copy(), int(arrays["seen"][i]), int(arrays["lost"][i])
        )
        for i in range(count)
    ]
