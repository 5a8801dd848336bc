"""The MediaPipe backend: everybody's BlazePose landmarks, from nets that MediaPipe's wheel carries.

People are looked for now and then, in the whole picture and in squares of it; who was found is followed from picture to
picture, by the region that the last landmarks give. Where dancers are close, each is read with the others painted over.
Sources: see ``finder``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import numpy as np

from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors import requirements
from dance3d.stages.keypoints.detectors.finder import Finder, Reader
from dance3d.stages.keypoints.detectors.regions import PRESENT, Float, Image, Region, RegionPose, agree, same
from dance3d.stages.keypoints.detectors.tiles import View, around, smaller, squares

THREADS = 2
MOST = 16  # people who are followed
SPARE = 2  # people more than there are dancers, among whom the tracker chooses: a passer-by may be found first
EVERY = 3  # pictures from one look for new people to the next, into another view
DOUBTFUL = 0.75  # worth of a body below which its surroundings are searched for a better reading
CLOSE = 0.45  # regions: dancers whose middles are nearer may hide each other
PATIENCE = 30  # pictures that somebody lost is looked for where they should be
KNOWN = 5  # pictures that somebody has to be seen in for that
CALM = 0.9  # share of its speed that somebody lost keeps from picture to picture
HABIT = 1.1  # how much more what is followed is worth than another reading
REMAINS = 0.55  # least worth of somebody found beside others who are painted over: of these something may be left
SMALLEST = 24  # pixels of a region's side


@dataclass(frozen=True, eq=False)
class _Person:
    """Somebody followed.

    Attributes:
        body: as last seen.
        move: (2,) pixels from picture to picture.
        seen: pictures seen in.
        lost: pictures since then.
    """

    body: RegionPose
    move: Float
    seen: int = 1
    lost: int = 0

    @property
    def expected(self) -> Region:
        """Where to look in the next picture: there, or where somebody lost has gone on to."""
        gone = self.move * (CALM * (1 - CALM**self.lost) / (1 - CALM))
        return replace(self.body.next, x=self.body.next.x + float(gone[0]), y=self.body.next.y + float(gone[1]))

    def again(self, body: RegionPose) -> _Person:
        """Seen in the next picture."""
        step = np.array([body.next.x - self.body.next.x, body.next.y - self.body.next.y]) / (self.lost + 1)
        return _Person(body, (self.move + step) / 2, self.seen + 1)

    def missed(self) -> _Person:
        """Not seen in the next picture."""
        return replace(self, lost=self.lost + 1)

    def fits(self, body: RegionPose) -> bool:
        """Whether a body is where this one should be in the next picture, and of its size."""
        return body.worth >= PRESENT and self.expected.away(body.next) < 0.3 and self.body.next.alike(body.next)


@dataclass(frozen=True, eq=False)
class _Look:
    """What to read: in which region, with whom painted over, and what was read there before."""

    region: Region
    without: Sequence[RegionPose] = ()
    own: RegionPose | None = None


class BlazePose:
    """Finds everybody and follows them.

    MediaPipe's own smoothing is not used, so that what comes out is what was seen in each picture.

    Args:
        model: none; the wheel brings its own.
        people: how many dancers there are; none where nobody knows.

    Raises:
        ValueError: MediaPipe is not installed, or a model is given.
    """

    layout = BLAZEPOSE33.name
    steps: tuple[str, ...] = ("squares", "smaller", "smaller", "behind")
    """How people are found in the first picture; each step knows from the last how large they are."""

    def __init__(self, model: Path | None = None, people: int | None = None) -> None:
        requirements.package("mediapipe")
        if model is not None:
            raise ValueError(f"backend 'mediapipe' brings its own model and cannot use {model}")
        self._most = MOST if people is None else min(people + SPARE, MOST)
        self._finder = Finder()
        readers = [Reader() for _ in range(THREADS)]
        self._readers: SimpleQueue[Reader] = SimpleQueue()
        for reader in readers:
            self._readers.put(reader)
        self._close: list[Callable[[], None]] = [self._finder.close, *(reader.close for reader in readers)]
        self._pool = ThreadPoolExecutor(THREADS)
        self._people: list[_Person] = []
        self._picture = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()
        for close in self._close:
            close()

    def __call__(self, image: Image) -> list[Float]:
        """Landmarks of everybody, as in ``detectors.Detector``; the same whichever thread is faster."""
        if self._picture == 0:
            for step in self.steps:
                found = self._search(image, self._views(step, image), _bodies(self._people))
                self._people = self._joined(image, self._people, found)
        else:
            searching = self._pool.submit(self._search, image, self._due(image), _bodies(self._people))
            self._people = self._joined(image, self._followed(image), searching.result())
        self._picture += 1
        return [body.points for body in _bodies(self._people)]

    def _followed(self, image: Image) -> list[_Person]:
        """Everybody of the last picture in this one: first each alone, then those who are close without the others."""
        before = self._people
        read = self._read(image, [_Look(person.expected) for person in before])
        now = [p.again(b) if b and _sure(p, b) else p.missed() for p, b in zip(before, read, strict=True)]
        now = _apart(before, now)
        looks = {}
        for i, (old, new) in enumerate(zip(before, now, strict=True)):
            others = [p.body for p in now if p is not new and not p.lost and p.body.next.away(old.expected) < CLOSE]
            if others:
                looks[i] = _Look(old.expected, others, None if new.lost else new.body)
        for i, body in zip(looks, self._read(image, list(looks.values())), strict=True):
            least = REMAINS if now[i].lost else now[i].body.worth / HABIT
            if body and before[i].fits(body) and body.worth >= least:
                now[i] = before[i].again(body)
        now = _apart(before, now)
        return [p for p in now if not p.lost or (p.seen >= KNOWN and p.lost <= PATIENCE)]

    def _joined(self, image: Image, people: list[_Person], found: list[tuple[Region, bool]]) -> list[_Person]:
        """People with those found: a better reading of somebody, somebody lost, or somebody new."""
        bodies = _bodies(people)
        looks = []
        for region, painted in found:
            if not any(region.near(body.next) for body in bodies):
                others = [body for body in bodies if painted and body.next.away(region) < CLOSE]
                looks.append(_Look(region, others))
        for _ in range(2):  # what is no body is read otherwise the second time
            read = self._read(image, looks)
            pairs = [(look, body) for look, body in zip(looks, read, strict=True) if body and _new(look, body)]
            looks = [replace(look, region=body.next, own=body) for look, body in pairs]
        joined = list(people)
        for _, body in pairs:
            twins = [i for i, p in enumerate(joined) if not p.lost and same(p.body, body)]
            lost = [i for i, p in enumerate(joined) if p.lost and p.fits(body)]
            if twins:
                i = twins[0]
                if len(twins) == 1 and body.worth > HABIT * joined[i].body.worth:
                    joined[i] = replace(joined[i], body=body)
            elif lost:
                joined[lost[0]] = joined[lost[0]].again(body)
            elif len(_bodies(joined)) < self._most:
                joined.append(_Person(body, np.zeros(2)))
        return joined

    def _due(self, image: Image) -> list[tuple[View, bool]]:
        """The views in which to look for people, and whether those known are painted over there."""
        due = [
            (around(p.expected, image.shape), bool(p.lost)) for p in self._people if p.lost or p.body.worth < DOUBTFUL
        ]
        if self._picture % EVERY == 0 and len(_bodies(self._people)) < self._most:
            turn, behind = divmod(self._picture // EVERY, 2)
            turns = self._views("behind", image) if behind else []
            turns = turns or self._views("squares", image) + self._views("smaller", image)
            due.append(turns[turn % len(turns)])
        return due

    def _views(self, step: str, image: Image) -> list[tuple[View, bool]]:
        known = [body.next for body in _bodies(self._people)]
        if step == "behind":
            return [(around(region, image.shape), True) for region in known]
        found = smaller(image.shape, known) if step == "smaller" else squares(image.shape)
        return [(view, False) for view in (found[:1] if step == "whole" else found)]

    def _search(
        self, image: Image, views: Sequence[tuple[View, bool]], known: Sequence[RegionPose]
    ) -> list[tuple[Region, bool]]:
        found: list[tuple[Region, bool]] = []
        for view, painted in views:
            for region in self._finder(image, view, known if painted else ()):
                if region.side >= SMALLEST and not any(region.near(other) for other, _ in found):
                    found.append((region, painted))
        return found

    def _read(self, image: Image, looks: Sequence[_Look]) -> list[RegionPose | None]:
        def one(look: _Look) -> RegionPose | None:
            reader = self._readers.get()
            try:
                return reader(image, look.region, look.without, look.own)
            finally:
                self._readers.put(reader)

        return list(self._pool.map(one, looks))


def _bodies(people: Sequence[_Person]) -> list[RegionPose]:
    """Those of the people who were seen."""
    return [person.body for person in people if not person.lost]


def _sure(person: _Person, body: RegionPose) -> bool:
    """Whether what was read where somebody should be is them."""
    return body.worth >= PRESENT and (not person.lost or person.fits(body))


def _new(look: _Look, body: RegionPose) -> bool:
    """Whether what was read where the detector points is somebody, the second time the same as the first."""
    if body.worth < PRESENT or (look.own and not agree(look.own, body)):
        return False
    beside = any(body.next.alike(other.next) for other in look.without)
    return not look.without or (beside and body.worth >= REMAINS)


def _apart(before: Sequence[_Person], now: Sequence[_Person]) -> list[_Person]:
    """Of people whose readings are of one body, the best keeps it; the others were missed."""
    kept: list[int] = []
    for i in sorted(range(len(now)), key=lambda i: -now[i].body.worth):
        if not now[i].lost and not any(same(now[i].body, now[j].body) for j in kept):
            kept.append(i)
    return [new if i in kept or new.lost else before[i].missed() for i, new in enumerate(now)]
