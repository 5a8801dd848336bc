"""A person who is tracked from picture to picture by the region that the last pose gives. The constants are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors.regions import LEAST_QUALITY, SIDE, Float, Region, RegionPose

EXPECTED_WITHIN = 0.3  # sides of a region: distance from the expected place within which a pose fits a person
SPEED_DECAY = 0.9  # factor on a lost person's speed from picture to picture


@dataclass(frozen=True, eq=False)
class TrackedPerson:
    """A tracked person.

    Attributes:
        body: the last pose.
        move: (2,) speed, pixels per picture.
        seen: number of pictures with a pose.
        lost: pictures since the last.
    """

    body: RegionPose
    move: Float
    seen: int = 1
    lost: int = 0

    @property
    def expected(self) -> Region:
        """The region in the next picture; for a lost person it moves on with the last speed."""
        gone = self.move * (SPEED_DECAY * (1 - SPEED_DECAY**self.lost) / (1 - SPEED_DECAY))
        return replace(
            self.body.next_region,
            x=self.body.next_region.x + float(gone[0]),
            y=self.body.next_region.y + float(gone[1]),
        )

    def updated(self, body: RegionPose) -> TrackedPerson:
        """With the pose of the next picture."""
        step = np.array(
            [body.next_region.x - self.body.next_region.x, body.next_region.y - self.body.next_region.y]
        ) / (self.lost + 1)
        return TrackedPerson(body, (self.move + step) / 2, self.seen + 1)

    def missed(self) -> TrackedPerson:
        """Without a pose in the next picture."""
        return replace(self, lost=self.lost + 1)

    def fits(self, body: RegionPose) -> bool:
        """Whether a pose is where this person is expected in the next picture, and of the same size."""
        return (
            body.quality >= LEAST_QUALITY
            and self.expected.distance(body.next_region) < EXPECTED_WITHIN
            and self.body.next_region.similar_size(body.next_region)
        )


_ARRAYS: dict[str, tuple[tuple[int, ...], type]] = {
    "points": ((len(BLAZEPOSE33.joints), 3), np.float64),
    "presence": ((), np.float64),
    "region": ((4,), np.float64),
    "next_region": ((4,), np.float64),
    "outline": ((SIDE, SIDE), np.float32),
    "move": ((2,), np.float64),
    "seen": ((), np.int64),
    "lost": ((), np.int64),
}
"""Of each person: shape and type of everything that is known."""


def to_arrays(people: Sequence[TrackedPerson]) -> dict[str, NDArray[Any]]:
    """Everything known of people as arrays, a row for each."""
    rows = [
        (
            *(p.body.points, p.body.presence, astuple(p.body.region), astuple(p.body.next_region), p.body.outline),
            *(p.move, p.seen, p.lost),
        )
        for p in people
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(_ARRAYS)
    return {
        name: np.array(column, kind).reshape(len(people), *shape)
        for (name, (shape, kind)), column in zip(_ARRAYS.items(), columns, strict=True)
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> list[TrackedPerson]:
    """People from what ``to_arrays`` gave; other arrays may lie beside.

    Raises:
        ValueError: an array is missing, or of another shape or type.
    """
    count = len(arrays["seen"]) if arrays.get("seen", np.empty(())).ndim else 0
    for name, (shape, kind) in _ARRAYS.items():
        if name not in arrays or arrays[name].shape != (count, *shape) or arrays[name].dtype != kind:
            raise ValueError(f"the state of a detector has no {name} of {count} people")
    return [
        TrackedPerson(
            RegionPose(
                arrays["points"][i].copy(),
                float(arrays["presence"][i]),
                Region(*arrays["region"][i].tolist()),
                Region(*arrays["next_region"][i].tolist()),
                arrays["outline"][i].copy(),
            ),
            arrays["move"][i].copy(),
            int(arrays["seen"][i]),
            int(arrays["lost"][i]),
        )
        for i in range(count)
    ]
