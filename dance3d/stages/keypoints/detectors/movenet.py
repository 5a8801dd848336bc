"""The MoveNet backend: everybody's joints, from nets that ship with dance3d.

People are found in some pictures, in the whole picture and in parts of it; the joints of those found are read in every
picture, in the region that their last pose gives. Where the readings of two people fall on one body, the poses that the
finder gives of both decide. Sources: see ``movenet_nets``. Constants without a source are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.io.fetch import located
from dance3d.io.pictures import Picture
from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors.movenet_nets import PeopleFinder, PoseReader
from dance3d.stages.keypoints.detectors.regions import Float, Image, Region
from dance3d.stages.keypoints.detectors.tiles import View, around, square_tiles
from dance3d.stages.keypoints.detectors.tracked_body import (
    TrackedBody,
    from_arrays,
    quality,
    region_of,
    similarity,
    to_arrays,
)

MOST_PEOPLE = 16  # people tracked
EXTRA_PEOPLE = 2  # added to the number of dancers, for the tracker to choose from: a passer-by may be found first
LEAST_FOUND = 0.15  # least score of a person that the finder gives
LEAST_QUALITY = 0.25  # least quality of a reading
GOOD_QUALITY, DROP = 0.5, 0.75
"""Of a quality below both the first and the second times the last one, or of a body that is not upright, the region is
also read with other turns, and the best reading counts."""
TURNS = (0.0, np.pi / 2, -np.pi / 2, np.pi)  # radians
LEAST_AGREEMENT = 0.3  # least similarity of finder and reader for a new person: false detections change
SAME_BODY = 0.5  # similarity above which two poses are of one body
LOST_SECONDS = 0.5  # for which a lost person is read for where expected
SEARCH_SECONDS = 0.11  # from one search for new people to the next, in another view


@dataclass(frozen=True)
class Effort:
    """What a quality spends.

    Attributes:
        reader: name of the net that reads joints.
        longest: pixels of the finder's pictures.
        twice: whether joints are also read in the mirrored region, and averaged.
    """

    reader: str
    longest: int
    twice: bool


QUALITIES = {
    "fast": Effort("movenet-lightning", 256, False),
    "balanced": Effort("movenet-thunder", 256, False),
    "best": Effort("movenet-thunder", 384, True),
}


class MoveNet:
    """Detects everybody and tracks them.

    Args:
        model: none; the nets ship.
        people: number of dancers; none where not known.
        fps: pictures per second.
        quality: a name of ``QUALITIES``.

    Raises:
        ValueError: a model is given, or the quality is not known.
    """

    layout = COCO17.name
    reads_parts = True

    def __init__(
        self, model: Path | None = None, people: int | None = None, *, fps: float = 30.0, quality: str = "balanced"
    ) -> None:
        if model is not None:
            raise ValueError(f"backend 'movenet' brings its own nets and cannot use {model}")
        if quality not in QUALITIES:
            raise ValueError(f"quality {quality!r} is not known; choose from {', '.join(QUALITIES)}")
        self._effort = QUALITIES[quality]
        self._read = PoseReader(located(self._effort.reader), self._effort.twice)
        self._find = PeopleFinder(located("movenet-multipose"), self._effort.longest)
        self._most = MOST_PEOPLE if people is None else min(people + EXTRA_PEOPLE, MOST_PEOPLE)
        self._lost = LOST_SECONDS * fps
        self._every = max(round(SEARCH_SECONDS * fps), 1)
        self._people: list[TrackedBody] = []
        self._picture = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def __call__(self, image: Image | Picture) -> list[Float]:
        """Joints of everybody, as in ``detectors.Detector``."""
        people = self._tracked(image)
        if self._picture % self._every == 0:
            people = self._with_found(image, people, self._views_due(image))
        self._people = people
        self._picture += 1
        return [person.points for person in people if not person.lost]

    def state(self) -> dict[str, NDArray[Any]]:
        """As in ``detectors.ResumableDetector``; the nets themselves remember nothing."""
        return {"picture": np.array(self._picture, np.int64), **to_arrays(self._people)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state."""
        picture = state.get("picture", np.empty(0))
        if picture.shape != () or picture.dtype != np.int64 or picture < 0:
            raise ValueError("the state of a detector has no number of its picture")
        self._people = from_arrays(state)
        self._picture = int(picture)

    def _tracked(self, image: Image | Picture) -> list[TrackedBody]:
        """The people of the last picture in this one."""
        before = self._people
        poses = [self._pose(image, person) for person in before]
        for group in _contested(before, poses):
            view = around(_union([before[i].expected for i in group]), image.shape)
            found = [points for _, points in self._find(image, view, LEAST_FOUND)]
            for i, pose in zip(
                group, _assigned([before[i] for i in group], [poses[i] for i in group], found), strict=True
            ):
                poses[i] = pose
        now = [b.missed() if pose is None else b.updated(pose) for b, pose in zip(before, poses, strict=True)]
        return [person for person in now if person.lost <= self._lost]

    def _pose(self, image: Image | Picture, person: TrackedBody) -> Float | None:
        """A person's pose in the next picture; none where there is none that fits."""
        region = person.expected
        first = self._read(image, region)
        best, poses = None, [first]
        if quality(first) < GOOD_QUALITY and (region.turn or quality(first) < DROP * quality(person.points)):
            poses += [self._read(image, replace(region, turn=turn)) for turn in TURNS if turn != region.turn]
        for points in poses:
            if person.fits(points) and quality(points) >= LEAST_QUALITY:
                best = points if best is None or quality(points) > quality(best) else best
        return best

    def _with_found(
        self, image: Image | Picture, people: list[TrackedBody], views: Sequence[View]
    ) -> list[TrackedBody]:
        """People with those that the finder sees in views: a lost person, or a new one."""
        found: list[tuple[float, Float]] = []
        for view in views:
            found += self._find(image, view, LEAST_FOUND)
        joined = list(people)
        for _, points in sorted(found, key=lambda pair: -pair[0]):
            if _known(points, joined):
                continue
            pose = self._read(image, region_of(points))
            if quality(pose) < LEAST_QUALITY or similarity(pose, points) < LEAST_AGREEMENT or _known(pose, joined):
                continue
            lost = [i for i, person in enumerate(joined) if person.lost and person.fits(pose)]
            if lost:
                joined[lost[0]] = joined[lost[0]].updated(pose)
            elif sum(not person.lost for person in joined) < self._most:
                joined.append(TrackedBody(pose, np.zeros(2)))
        return joined

    def _views_due(self, image: Image | Picture) -> list[View]:
        """The views to search for people in this picture: all in the first, then one in turn."""
        squares = square_tiles(image.shape)
        if self._picture == 0:
            return squares
        turn = self._picture // self._every
        if turn % 2 or len(squares) == 1:
            return squares[:1]
        return [squares[1 + turn // 2 % (len(squares) - 1)]]


def _known(points: Float, people: Sequence[TrackedBody]) -> bool:
    """Whether a pose is of somebody who was read in this picture."""
    return any(not person.lost and similarity(points, person.points) > SAME_BODY for person in people)


def _contested(before: Sequence[TrackedBody], poses: Sequence[Float | None]) -> list[list[int]]:
    """Groups of people of whom two were read on one body."""
    groups: list[list[int]] = []
    for i, one in enumerate(poses):
        for j in range(i):
            other = poses[j]
            if one is not None and other is not None and similarity(one, other) > SAME_BODY:
                group = next((g for g in groups if i in g or j in g), None)
                if group is None:
                    groups.append([j, i])
                else:
                    group += [k for k in (j, i) if k not in group]
    return groups


def _union(regions: Sequence[Region]) -> Region:
    low = np.min([[r.x - r.side / 2, r.y - r.side / 2] for r in regions], axis=0)
    high = np.max([[r.x + r.side / 2, r.y + r.side / 2] for r in regions], axis=0)
    middle = (low + high) / 2
    return Region(float(middle[0]), float(middle[1]), float((high - low).max()), 0.0)


def _assigned(
    people: Sequence[TrackedBody], readings: Sequence[Float | None], found: Sequence[Float]
) -> list[Float | None]:
    """The pose of each of several people whose readings fall on one body.

    Args:
        people: before this picture.
        readings: their poses as read.
        found: poses that the finder gives of them.
    """
    from scipy.optimize import linear_sum_assignment  # takes a third of a second, and few pictures need it

    candidates: list[Float] = []
    for pose in sorted((p for p in readings if p is not None), key=quality, reverse=True):
        if all(similarity(pose, other) <= SAME_BODY for other in candidates):
            candidates.append(pose)
    candidates += [pose for pose in found if all(similarity(pose, other) <= SAME_BODY for other in candidates)]
    likeness = np.array([[similarity(person.expected_points, pose) for pose in candidates] for person in people])
    out: list[Float | None] = [None] * len(people)
    for row, column in zip(*linear_sum_assignment(-likeness), strict=True):
        if people[row].fits(candidates[column]):
            out[row] = candidates[column]
    return out
