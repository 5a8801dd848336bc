"""The MediaPipe backend: everybody's BlazePose landmarks, from the nets in MediaPipe's wheel.

People are detected in some pictures, in the whole picture and in tiles of it; those found are tracked from picture to
picture by the region that the last landmarks give. Where dancers are close, each pose is found with the others removed
from the picture. Sources: see ``finder``. The constants are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors import requirements
from dance3d.stages.keypoints.detectors.mediapipe_nets import LandmarkNet, PersonDetector
from dance3d.stages.keypoints.detectors.regions import (
    LEAST_QUALITY,
    Float,
    Image,
    Region,
    RegionPose,
    readings_agree,
    same_person,
)
from dance3d.stages.keypoints.detectors.tiles import View, around, small_tiles, square_tiles
from dance3d.stages.keypoints.detectors.tracked_person import TrackedPerson, from_arrays, to_arrays

THREADS = 2
MOST_PEOPLE = 16  # people tracked
EXTRA_PEOPLE = 2  # added to the number of dancers, for the tracker to choose from: a passer-by may be found first
ROUND = 0.5  # seconds in which every view is searched once while nobody is known
SEARCH_EVERY = 3  # pictures from one search for new people to the next, in another view
LOW_QUALITY = 0.75  # quality below which a person is searched for again around the pose
CLOSE = 0.45  # sides of a region: dancers with nearer centres may hide each other
MOST_LOST, LOST_SECONDS = 30, 1.25  # pictures and seconds for which a lost person is searched for where expected
LEAST_SEEN = 5  # pictures in which a person must have been found for that
QUALITY_RATIO = 1.1  # a new pose replaces the tracked one if its quality is so many times better
LEAST_INPAINTED = 0.55  # least quality of a person found beside removed people, of whom parts may be left
LEAST_SIDE = 24  # pixels: smallest side of a region


@dataclass(frozen=True, eq=False)
class _PoseRequest:
    """A pose to find: in which region, with whom removed from the picture, and the pose found there before."""

    region: Region
    without: Sequence[RegionPose] = ()
    own: RegionPose | None = None


class BlazePose:
    """Detects everybody and tracks them.

    MediaPipe's own smoothing is not used: landmarks are those of each picture.

    Args:
        model: none; the wheel has its own.
        people: number of dancers; none where not known.
        fps: pictures per second.

    Raises:
        ValueError: MediaPipe is not installed, or a model is given.
    """

    layout = BLAZEPOSE33.name
    steps: tuple[str, ...] = ("squares", "smaller", "smaller", "behind")
    """Searches in the first picture, in order; each uses the size of the people found before."""

    def __init__(self, model: Path | None = None, people: int | None = None, *, fps: float = 30.0) -> None:
        requirements.package("mediapipe")
        if model is not None:
            raise ValueError(f"backend 'mediapipe' brings its own model and cannot use {model}")
        self._most = MOST_PEOPLE if people is None else min(people + EXTRA_PEOPLE, MOST_PEOPLE)
        self._detector = PersonDetector()
        nets = [LandmarkNet() for _ in range(THREADS)]
        self._landmark_nets: SimpleQueue[LandmarkNet] = SimpleQueue()
        for net in nets:
            self._landmark_nets.put(net)
        self._close: list[Callable[[], None]] = [self._detector.close, *(net.close for net in nets)]
        self._pool = ThreadPoolExecutor(THREADS)
        self._people: list[TrackedPerson] = []
        self._round, self._turn = max(ROUND * fps, 1.0), 0  # pictures of a round; the view that comes next
        self._lost = LOST_SECONDS * fps
        self._picture = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()
        for close in self._close:
            close()

    def __call__(self, image: Image) -> list[Float]:
        """Landmarks of everybody, as in ``detectors.Detector``; independent of the order in which threads finish."""
        if self._picture == 0:
            for step in self.steps:
                found = self._search(image, self._views(step, image), _bodies(self._people))
                self._people = self._with_found(image, self._people, found)
        else:
            searching = self._pool.submit(self._search, image, self._views_due(image), _bodies(self._people))
            self._people = self._with_found(image, self._tracked(image), searching.result())
        self._picture += 1
        return [body.points for body in _bodies(self._people)]

    def state(self) -> dict[str, NDArray[Any]]:
        """As in ``detectors.ResumableDetector``; the nets themselves remember nothing."""
        return {"counters": np.array([self._turn, self._picture], np.int64), **to_arrays(self._people)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state."""
        counters = state.get("counters", np.empty(0))
        if counters.shape != (2,) or counters.dtype != np.int64 or (counters < 0).any():
            raise ValueError("the state of a detector has no counters")
        self._people = from_arrays(state)
        self._turn, self._picture = counters.tolist()

    def _tracked(self, image: Image) -> list[TrackedPerson]:
        """The people of the last picture in this one: first each alone, then close ones with the others removed."""
        before = self._people
        poses = self._find_poses(image, [_PoseRequest(person.expected) for person in before])
        now = [p.updated(b) if b and _accepted(p, b) else p.missed() for p, b in zip(before, poses, strict=True)]
        now = _without_duplicates(before, now)
        requests = {}
        for i, (old, new) in enumerate(zip(before, now, strict=True)):
            others = [
                p.body for p in now if p is not new and not p.lost and p.body.next_region.distance(old.expected) < CLOSE
            ]
            if others:
                requests[i] = _PoseRequest(old.expected, others, None if new.lost else new.body)
        for i, body in zip(requests, self._find_poses(image, list(requests.values())), strict=True):
            least = LEAST_INPAINTED if now[i].lost else now[i].body.quality / QUALITY_RATIO
            if body and before[i].fits(body) and body.quality >= least:
                now[i] = before[i].updated(body)
        now = _without_duplicates(before, now)
        return [p for p in now if not p.lost or (p.seen >= LEAST_SEEN and p.lost <= min(MOST_LOST, self._lost))]

    def _with_found(
        self, image: Image, people: list[TrackedPerson], found: list[tuple[Region, bool]]
    ) -> list[TrackedPerson]:
        """People with the regions found: a better pose of a person, a lost person, or a new one."""
        bodies = _bodies(people)
        requests = []
        for region, inpainted in found:
            if not any(region.same_pose(body.next_region) for body in bodies):
                others = [body for body in bodies if inpainted and body.next_region.distance(region) < CLOSE]
                requests.append(_PoseRequest(region, others))
        for _ in range(2):  # false detections give another pose the second time
            poses = self._find_poses(image, requests)
            pairs = [
                (request, body)
                for request, body in zip(requests, poses, strict=True)
                if body and _is_new(request, body)
            ]
            requests = [replace(request, region=body.next_region, own=body) for request, body in pairs]
        joined = list(people)
        for _, body in pairs:
            twins = [i for i, p in enumerate(joined) if not p.lost and same_person(p.body, body)]
            lost = [i for i, p in enumerate(joined) if p.lost and p.fits(body)]
            if twins:
                i = twins[0]
                if len(twins) == 1 and body.quality > QUALITY_RATIO * joined[i].body.quality:
                    joined[i] = replace(joined[i], body=body)
            elif lost:
                joined[lost[0]] = joined[lost[0]].updated(body)
            elif len(_bodies(joined)) < self._most:
                joined.append(TrackedPerson(body, np.zeros(2)))
        return joined

    def _views_due(self, image: Image) -> list[tuple[View, bool]]:
        """The views to search for people in this picture, and whether known people are removed there."""
        due = [
            (around(p.expected, image.shape), bool(p.lost))
            for p in self._people
            if p.lost or p.body.quality < LOW_QUALITY
        ]
        if not self._people:
            return self._next_views(image)
        if self._picture % SEARCH_EVERY == 0 and len(_bodies(self._people)) < self._most:
            turn, behind = divmod(self._picture // SEARCH_EVERY, 2)
            turns = self._views("behind", image) if behind else []
            turns = turns or self._views("squares", image) + self._views("smaller", image)
            due.append(turns[turn % len(turns)])
        return due

    def _next_views(self, image: Image) -> list[tuple[View, bool]]:
        """The views that come next while nobody is known: none twice before all once."""
        views = self._views("squares", image) + self._views("smaller", image)
        count = min(int(np.ceil(len(views) / self._round)), len(views))
        due = [views[(self._turn + i) % len(views)] for i in range(count)]
        self._turn = (self._turn + count) % len(views)
        return due

    def _views(self, step: str, image: Image) -> list[tuple[View, bool]]:
        known = [body.next_region for body in _bodies(self._people)]
        if step == "behind":
            return [(around(region, image.shape), True) for region in known]
        found = small_tiles(image.shape, known) if step == "smaller" else square_tiles(image.shape)
        return [(view, False) for view in (found[:1] if step == "whole" else found)]

    def _search(
        self, image: Image, views: Sequence[tuple[View, bool]], known: Sequence[RegionPose]
    ) -> list[tuple[Region, bool]]:
        found: list[tuple[Region, bool]] = []
        for view, inpainted in views:
            for region in self._detector(image, view, known if inpainted else ()):
                if region.side >= LEAST_SIDE and not any(region.same_pose(other) for other, _ in found):
                    found.append((region, inpainted))
        return found

    def _find_poses(self, image: Image, requests: Sequence[_PoseRequest]) -> list[RegionPose | None]:
        def one(request: _PoseRequest) -> RegionPose | None:
            net = self._landmark_nets.get()
            try:
                return net(image, request.region, request.without, request.own)
            finally:
                self._landmark_nets.put(net)

        return list(self._pool.map(one, requests))


def _bodies(people: Sequence[TrackedPerson]) -> list[RegionPose]:
    """Poses of the people who are not lost."""
    return [person.body for person in people if not person.lost]


def _accepted(person: TrackedPerson, body: RegionPose) -> bool:
    """Whether a pose found in a person's region is of this person."""
    return body.quality >= LEAST_QUALITY and (not person.lost or person.fits(body))


def _is_new(request: _PoseRequest, body: RegionPose) -> bool:
    """Whether a pose in a detected region is a person: good enough, and the second like the first."""
    if body.quality < LEAST_QUALITY or (request.own and not readings_agree(request.own, body)):
        return False
    beside = any(body.next_region.similar_size(other.next_region) for other in request.without)
    return not request.without or (beside and body.quality >= LEAST_INPAINTED)


def _without_duplicates(before: Sequence[TrackedPerson], now: Sequence[TrackedPerson]) -> list[TrackedPerson]:
    """Of people whose poses are of one body, the best keeps it; the others are lost."""
    kept: list[int] = []
    for i in sorted(range(len(now)), key=lambda i: -now[i].body.quality):
        if not now[i].lost and not any(same_person(now[i].body, now[j].body) for j in kept):
            kept.append(i)
    return [new if i in kept or new.lost else before[i].missed() for i, new in enumerate(now)]
