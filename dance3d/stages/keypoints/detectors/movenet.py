"""The MoveNet backend: everybody's joints, from nets that ship with dance3d.

People are found in some pictures, in the whole picture and in parts of it; the joints of those found are read in every
picture, in the region that their last pose gives. Where two people are close, a net that reads one may read the other:
there the poses that the finder gives of both in a narrow view count, too. Sources: see ``movenet_nets``.
Constants without a source are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.io import integer_sums
from dance3d.io.fetch import located
from dance3d.io.onnx_net import cores
from dance3d.io.video.pictures import Picture, picture_of
from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors.close_people import assigned, close_groups, narrow_view
from dance3d.stages.keypoints.detectors.joint_claims import doubted
from dance3d.stages.keypoints.detectors.movenet_nets import PeopleFinder, PoseReader
from dance3d.stages.keypoints.detectors.regions import Float, Image
from dance3d.stages.keypoints.detectors.tiles import View, square_tiles
from dance3d.stages.keypoints.detectors.tracked_body import (
    TrackedBody,
    from_arrays,
    quality,
    region_of,
    same_body,
    similarity,
    to_arrays,
)
from dance3d.stages.keypoints.detectors.view_watch import ViewWatch, cells_of, covered, small_size
from dance3d.stages.keypoints.qualities import QUALITIES

TOGETHER = 2  # nets that run at the same time, each with its share of the cores
MOST_PEOPLE = 16  # people tracked
EXTRA_PEOPLE = 2  # added to the number of dancers, for the tracker to choose from: a passer-by may be found first
LEAST_FOUND = 0.15  # least score of a person that the finder gives
LEAST_QUALITY = 0.25  # least quality of a reading
GOOD_QUALITY, DROP = 0.5, 0.75
"""Of a quality below both the first and the second times the last one, or of a body that is not upright, the region is
also read with other turns, and the best reading counts."""
TURNS = (0.0, np.pi / 2, -np.pi / 2, np.pi)  # radians
LEAST_AGREEMENT = 0.3  # least similarity of finder and reader for a new person: false detections change
LOST_SECONDS = 0.5  # for which a lost person is read for where expected
ROUND_SECONDS = 0.25  # in which somebody new is found: every view is searched once, and the next picture is read
LATER_ABOVE = 14.0  # pictures per second above which what a search finds is read in the next picture
MOST_VIEWS = 4  # searched in that time: the whole picture and the tiles of one twice as wide as high
Found = list[tuple[float, Float]]  # people that the finder gives: score and joints of each


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
        nets = QUALITIES[quality]
        threads = max(cores() // TOGETHER, 1)
        self._read = PoseReader(_net(nets.reader), nets.twice, threads)
        self._find = PeopleFinder(_net(nets.finder), nets.longest, threads)
        self._pool = ThreadPoolExecutor(TOGETHER)
        self._most = MOST_PEOPLE if people is None else min(people + EXTRA_PEOPLE, MOST_PEOPLE)
        self._lost = LOST_SECONDS * fps
        self._fps, self._later = fps, fps > LATER_ABOVE
        self._watch = ViewWatch(fps)
        self._people: list[TrackedBody] = []
        self._searches: list[Future[Found]] = []  # in the last picture
        self._picture = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()

    def __call__(self, image: Image | Picture) -> list[Float]:
        """Joints of everybody, as in ``detectors.Detector``; independent of the order in which threads finish."""
        image = picture_of(image)
        image.prepare()
        views = self._views_due(image, [person.expected_points for person in self._people])
        searches = [self._pool.submit(self._find, image, view, LEAST_FOUND) for view in views]
        people = self._tracked(image)
        if self._picture and self._later:  # a search takes longer than a reading: it goes on beside the next one
            found, self._searches = self._strangers(), searches
        else:
            found = _results(searches)
        if found:
            people = self._with_found(image, people, found)
        self._people = people
        self._picture += 1
        return [person.points for person in people if not person.lost]

    def state(self) -> dict[str, NDArray[Any]]:
        """As in ``detectors.ResumableDetector``; the nets themselves remember nothing."""
        found = self._strangers()
        return {
            "picture": np.array(self._picture, np.int64),
            "found_score": np.array([score for score, _ in found], np.float64),
            "found_points": np.array([points for _, points in found], np.float64).reshape(-1, len(COCO17.joints), 3),
            **to_arrays(self._people),
            **self._watch.state(),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state."""
        picture = state.get("picture", np.empty(0))
        if picture.shape != () or picture.dtype != np.int64 or picture < 0:
            raise ValueError("the state of a detector has no number of its picture")
        people, found = from_arrays(state), _found_of(state)
        self._watch.restore(state)
        self._people, self._picture = people, int(picture)
        self._searches = [self._pool.submit(list, found)]

    def _strangers(self) -> Found:
        """Whom the searches in the last picture found, but for those who were known there."""
        return [one for one in _results(self._searches) if not _known(one[1], self._people)]

    def _tracked(self, image: Image | Picture) -> list[TrackedBody]:
        """The people of the last picture in this one."""
        before = self._people
        spread = self._pool.map if len(before) > 1 else map  # a thread for one would only be waited for
        poses = list(spread(lambda person: self._pose(image, person), before))
        for group in close_groups(before, poses):
            people, read = [before[i] for i in group], [poses[i] for i in group]
            bodies = [person.expected_points for person in people] + [pose for pose in read if pose is not None]
            found = [points for _, points in self._find(image, narrow_view(bodies, image), LEAST_FOUND)]
            own = doubted(people, assigned(people, read, found))
            for i, pose in zip(group, own, strict=True):
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
        self, image: Image | Picture, people: list[TrackedBody], found: Sequence[tuple[float, Float]]
    ) -> list[TrackedBody]:
        """People with those whom the finder saw: a lost person, or a new one.

        Args:
            image: of the video.
            people: known, as read in it.
            found: score and (17, 3) joints of each.
        """
        joined = list(people)
        for _, points in sorted(found, key=lambda pair: -pair[0]):
            if _known(points, joined):
                continue
            pose = self._read(image, region_of(points))
            if quality(pose) < LEAST_QUALITY or similarity(pose, points) < LEAST_AGREEMENT or _known(pose, joined):
                continue
            fitting = [i for i, person in enumerate(joined) if person.fits(pose)]
            lost = [i for i in fitting if joined[i].lost]
            followed = [i for i in fitting if not joined[i].lost and joined[i].seen > 1]
            poor = [i for i in followed if quality(joined[i].points) < GOOD_QUALITY]
            if lost:
                joined[lost[0]] = joined[lost[0]].updated(pose)
            elif poor:  # another reading of the same body rather than a second one in its place
                if quality(pose) > quality(joined[poor[0]].points):
                    joined[poor[0]] = replace(joined[poor[0]], points=pose)
            elif sum(not person.lost for person in joined) < self._most:
                joined.append(TrackedBody(pose, np.zeros(2)))
        return joined

    def _views_due(self, image: Image | Picture, known: Sequence[Float]) -> list[View]:
        """The views to search for people in this picture.

        All in the first; then in turn at an even rate in seconds, less those in which nothing changed.

        Args:
            image: of the video.
            known: (17, 3) where people who are known are expected in it.
        """
        squares = square_tiles(image.shape)
        rate = min(len(squares), MOST_VIEWS) / (ROUND_SECONDS * self._fps - self._later)
        first, stop = (int(number * rate + 1e-6) for number in (self._picture, self._picture + 1))
        if self._picture and first == stop:
            return []
        small = picture_of(image).grey(small_size(image.shape))
        if self._picture == 0:
            self._watch.first(small, len(squares), 0)
            return squares
        hidden = covered(known, image.shape)
        due = dict.fromkeys(number % len(squares) for number in range(first, stop))
        return [
            squares[number]
            for number in due
            if self._watch.worth(small, number, cells_of(squares[number], image.shape), self._picture, hidden)
        ]


def _results(searches: Sequence[Future[Found]]) -> Found:
    return [one for search in searches for one in search.result()]


def _found_of(state: Mapping[str, NDArray[Any]]) -> Found:
    """Whom searches found who are yet to be read, from a state.

    Raises:
        ValueError: arrays are missing, or of another shape or type.
    """
    score, points = state.get("found_score", np.empty(())), state.get("found_points", np.empty(()))
    types = score.dtype == points.dtype == np.float64
    if not types or score.ndim != 1 or points.shape != (len(score), len(COCO17.joints), 3):
        raise ValueError("the state of a detector has no people who were found but not read yet")
    return list(zip(score.tolist(), points.copy(), strict=True))


def _net(name: str) -> Path:
    """A net that ships; in place of one of 8-bit integers that of floats, where sums of such integers go wrong."""
    return located(name if integer_sums.exact() else name.removesuffix("-int8"))


def _known(points: Float, people: Sequence[TrackedBody]) -> bool:
    """Whether a pose is of somebody who was read in this picture."""
    return any(not person.lost and same_body(points, person.points) for person in people)
