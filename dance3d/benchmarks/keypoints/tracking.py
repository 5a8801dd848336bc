"""Trackers scored on couples with known truth, filmed, and seen by a detector or a simulated one.

Of every couple ten seconds with most crossings, from a random side, by a camera that stands, turns or shakes. The
tracker was tuned on couples 1 to 8; the others are untouched and have figures of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from dance3d.contracts.detections import Detections, Identities
from dance3d.datasets.mocap import load_motion
from dance3d.metrics.tracking import IdentifiedBodies, Tracking, joined
from dance3d.stages.keypoints import tracking
from dance3d.stages.keypoints.assemble import tracks
from dance3d.stages.keypoints.predict import detect
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.keypoints.tracking.appearance import colour_histogram
from dance3d.stages.keypoints.tracking.dancers import keep_dancers
from dance3d.synth.crop_dataset import scenes
from dance3d.synth.crowd import Crowd, Truth, couple, detections, film, truth
from dance3d.synth.crowd.world import CAMERAS

log = logging.getLogger(__name__)
OWN = "own"
TUNED = tuple(f"salsa_{number:02d}" for number in range(1, 9))  # couples on which the tracker was tuned
SECONDS = 10.0  # of every couple
SEED = 100  # of the first couple; each has its own
Tracker = Callable[[Detections, int | None], Identities]
DETECTOR = KeypointSettings()


@dataclass(frozen=True, eq=False)
class SeenCouple:
    """A couple, its truth, and its detections."""

    crowd: Crowd
    known: Truth
    detections: Detections


def couples(folder: Path, alike: bool = False) -> list[Crowd]:
    """Every couple of a folder of motion capture, the same each time; ``alike``: partners in the same colours."""
    pairs = [scene for scene in scenes(load_motion(folder)) if len(scene) == 2]
    return [
        couple(pair, SEED + n, SECONDS, camera=CAMERAS[n % len(CAMERAS)], alike=alike) for n, pair in enumerate(pairs)
    ]


def degraded(crowd: Crowd) -> SeenCouple:
    """True joints with the flaws that the detector was measured to have."""
    known = truth(crowd)
    return SeenCouple(
        crowd, known, detections(crowd, known, np.random.default_rng([crowd.seed, 3]), look=colour_histogram)[0]
    )


def filmed(crowd: Crowd) -> SeenCouple:
    """What the detector sees in the film."""
    with TemporaryDirectory() as folder:
        video, known = film(crowd, Path(folder))
        return SeenCouple(crowd, known, detect(video, DETECTOR, None)[1])


def table(seen: Sequence[SeenCouple], prefix: str) -> Iterator[dict[str, float]]:
    """Figures of all trackers, piece by piece.

    Args:
        seen: couples.
        prefix: of the figures' names.

    Yields:
        ``PREFIX.<figure>`` of our tracker on all couples, ``PREFIX.untouched.<figure>`` on those that it was not tuned
        on, ``PREFIX.told.<figure>`` where it is told that there are two, ``PREFIX.filled.<figure>`` of its tracks after
        short absences are filled; and ``PREFIX.<tracker>.<figure>`` of every other tracker that is installed. Figures
        are those of ``score``.
    """
    own = tracking.resolve(OWN)
    untouched = [one for one in seen if one.crowd.name not in TUNED]
    yield _named(prefix, score(seen, own))
    if untouched:
        yield _named(f"{prefix}.untouched", score(untouched, own))
    yield _named(f"{prefix}.told", score(seen, own, people=2))
    yield _named(f"{prefix}.filled", score(seen, own, filled=True))
    for name in tracking.TRACKERS:
        if name != OWN:
            try:
                yield _named(f"{prefix}.{name}", score(seen, tracking.resolve(name)))
            except ValueError as reason:  # an extra that is not installed
                log.warning("no figures of tracker %s: %s", name, reason)


def score(
    seen: Sequence[SeenCouple], tracker: Tracker, people: int | None = None, filled: bool = False
) -> dict[str, float]:
    """A tracker's figures over several clips, as of one long clip.

    Every dancer of whom half is in the picture counts in every frame, hidden or not; boxes of joints that overlap by
    half are the same (``metrics.tracking.by_iou``).

    Args:
        seen: the clips.
        tracker: to be scored.
        people: how many dancers there are, if the tracker is told.
        filled: take the stage's tracks, where short absences are filled, instead of the bare detections.

    Returns:
        ``idf1``, ``idp``, ``idf1_seen`` (of those true bodies alone of which there is a detection), ``hota``, ``mota``,
        ``switches``, ``recall``; ``crossings`` (how many), ``crossings_held`` (share after which both dancers have the
        numbers they had before) and ``meetings_held``, the same of all overlaps, crossings or not.
    """
    true, found, sighted, crossings, meetings = [], [], [], [], []
    for one in seen:
        who = tracker(one.detections, people)
        if people is not None:
            who, _ = keep_dancers(one.detections, who, people)
        true.append(_true(one.known))
        sighted.append(_detected(true[-1], one.detections))
        found.append(_filled(one.detections, who) if filled else _bare(one.detections, who))
        met = one.known.encounters
        held = Tracking(true[-1], found[-1]).held([(e.first, e.second, e.start, e.stop) for e in met])
        meetings += [h for h in held if h >= 0]
        crossings += [h for h, e in zip(held, met, strict=True) if h >= 0 and e.exchanged]
    figures = Tracking(joined(true), joined(found)).all()
    return {name: figures[name] for name in ("idf1", "idp", "hota", "mota", "switches", "recall")} | {
        "idf1_seen": Tracking(joined(sighted), joined(found)).idf1()["idf1"],
        "crossings": float(len(crossings)),
        "crossings_held": float(np.mean(crossings or [0])),
        "meetings_held": float(np.mean(meetings or [0])),
    }


def _true(known: Truth) -> IdentifiedBodies:
    frame, person = np.nonzero(known.there().T)
    return IdentifiedBodies(frame, person + 1, known.xy[person, frame])


def _detected(true: IdentifiedBodies, seen: Detections) -> IdentifiedBodies:
    """The true bodies of which there is a detection, with any identity."""
    rows = Tracking(true, IdentifiedBodies(seen.frame, np.arange(len(seen)), seen.xy)).matched() >= 0
    return IdentifiedBodies(true.frame[rows], true.who[rows], true.xy[rows])


def _bare(seen: Detections, who: Identities) -> IdentifiedBodies:
    rows = who.person > 0
    return IdentifiedBodies(seen.frame[rows], who.person[rows], seen.xy[rows])


def _filled(seen: Detections, who: Identities) -> IdentifiedBodies:
    made = tracks(seen, who, smoothed=False)
    xy = np.stack([track.xy for track in made]) if made else np.zeros((0, len(seen.time), *seen.xy.shape[1:]))
    frame, number = np.nonzero(np.isfinite(xy).all(-1).any(-1).T)
    return IdentifiedBodies(frame, np.array([track.person for track in made], np.int64)[number], xy[number, frame])


def _named(prefix: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}.{name}": round(value, 4) for name, value in figures.items()}
