"""People who are so close that a net which reads one may read the other: who they are, and whose each pose is.

Constants without a source are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dance3d.io.video.pictures import Picture
from dance3d.stages.keypoints.detectors.regions import Float, Image, Region
from dance3d.stages.keypoints.detectors.tiles import View, around
from dance3d.stages.keypoints.detectors.tracked_body import (
    SAME_BODY,
    SIZE_RATIO,
    TRUNK,
    TrackedBody,
    quality,
    read_again,
    same_body,
    similarity,
)

NARROW = 0.9  # of the span of two people's joints: a region, around which ``tiles.around`` makes the view
CLOSE = 0.1  # similarity of two trunks or bodies above which a reading of one may be of the other


def close_groups(before: Sequence[TrackedBody], poses: Sequence[Float | None]) -> list[list[int]]:
    """Groups of people who are so close that one may be read in place of another.

    Args:
        before: people before this picture.
        poses: as read in it; of those who were not read the expected ones are taken.
    """
    bodies = [person.expected_points if pose is None else pose for person, pose in zip(before, poses, strict=True)]
    group = list(range(len(bodies)))
    for i in range(len(bodies)):
        for j in range(i):
            read = poses[i] is not None or poses[j] is not None
            if read and max(similarity(bodies[i], bodies[j]), similarity(bodies[i], bodies[j], TRUNK)) > CLOSE:
                group = [group[j] if number == group[i] else number for number in group]
    together = [[i for i, number in enumerate(group) if number == one] for one in sorted(set(group))]
    return [members for members in together if len(members) > 1]


def narrow_view(bodies: Sequence[Float], image: Image | Picture) -> View:
    """A square view that just shows some bodies: the finder tells people apart who are large in it."""
    points = np.concatenate(bodies)[:, :2]
    low, high = points.min(0), points.max(0)
    middle = (low + high) / 2
    return around(Region(float(middle[0]), float(middle[1]), NARROW * float((high - low).max()), 0.0), image.shape)


def _others(known: Sequence[Float], poses: Sequence[Float], same: Callable[[Float, Float], bool]) -> list[Float]:
    """Poses, and of some more each that is of nobody among those before it.

    Args:
        known: poses.
        poses: more of them, the best first.
        same: whether two are of one body.
    """
    out = list(known)
    for pose in poses:
        if not any(same(pose, other) for other in out):
            out.append(pose)
    return out


def assigned(
    people: Sequence[TrackedBody], readings: Sequence[Float | None], found: Sequence[Float]
) -> list[Float | None]:
    """The pose of each of several people who are close, by what was expected; none of who is hidden.

    Args:
        people: before this picture.
        readings: their poses as read.
        found: poses that the finder gives of them.
    """
    from scipy.optimize import linear_sum_assignment  # takes a third of a second, and few pictures need it

    read = sorted((pose for pose in readings if pose is not None), key=quality, reverse=True)
    sides = [person.region.side for person in people]
    if max(sides) > SIZE_RATIO * min(sides):  # somebody far behind: the nearer one is read well
        candidates = _others([], [*read, *found], same_body)
    else:  # of a couple, the reading of one often has limbs of the other; the finder may give one body twice
        seen = [read_again(pose, read) for pose in found]
        candidates = _others([], seen, lambda one, other: similarity(one, other) > SAME_BODY)
        candidates = _others(candidates, read, same_body)
    out: list[Float | None] = [None] * len(people)
    if not candidates:
        return out
    likeness = np.array([[similarity(person.expected_points, pose) for pose in candidates] for person in people])
    for row, column in zip(*linear_sum_assignment(-likeness), strict=True):
        if people[row].fits(candidates[column]):
            out[row] = candidates[column]
    return out
