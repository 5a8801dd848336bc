"""Who of the people that were tracked is a dancer.

People in the audience and passers-by are smaller than the dancers, stand still while these move, are seen for a moment
or with half of their joints. No cue decides alone: a child is small and dances, a dancer waits for a while. A person's
likeness of a dancer is the product of all cues, and who has far less of it than the most likely is none. The
constants are chosen, by films of real dancers and by eye.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections, Identities
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.settings import EVERYBODY
from dance3d.stages.keypoints.tracking.similarity import centres, sizes

Int = NDArray[np.int64]
Float = NDArray[np.floating]
LEAST_LIKENESS = 0.2  # share of the most likely dancer's likeness
CELL = 0.25  # seconds over which joints are averaged before their movement is measured: noise is no movement
MOVES = 1.0  # body sizes per second: usual speed of the limbs of dancers; theirs was 1.0 to 2.1 in nine films
USUAL = 50  # percentile of their speed through time
LEAST_MOVEMENT = 0.25  # a person who stands still is a quarter as likely
AT_EDGE, EDGE_FACTOR = (
    0.15,
    0.5,
)  # share of the picture's width that its edges are, and the factor of those who stay there
LEAST_SCORE = 0.2  # mean score of the limbs' joints of a body that is none
SURE_JOINT = 0.2  # score of a joint whose movement counts
ENOUGH_SECONDS = 3.0  # seconds from which on it does not matter how long a person is seen
_SIDES = ("left", "right")
LIMBS = H36M17.indices(*(f"{side}_{joint}" for side in _SIDES for joint in ("elbow", "wrist", "knee", "ankle")))


@dataclass(frozen=True, eq=False)
class Cues:
    """What tells dancers from others, of each of P people, 0..1 each.

    Attributes:
        size: median share of the size of the largest person in the same frames.
        movement: speed of the limbs in body sizes, as share of a dancer's or, where nobody is as fast, of the fastest.
        certainty: mean score of the limbs above ``LEAST_SCORE``, as share of the surest person's.
        presence: root of the share of ``ENOUGH_SECONDS``, or of the clip if it is shorter, in which the person is seen.
        inside: 1, or ``EDGE_FACTOR`` for those who are at the picture's left or right edge most of the time.
    """

    size: Float
    movement: Float
    certainty: Float
    presence: Float
    inside: Float

    @property
    def likeness(self) -> Float:
        """(P,) likeness of a dancer, 0..1."""
        moves = np.maximum(self.movement, LEAST_MOVEMENT)
        return np.asarray(self.size * moves * self.certainty * self.presence * self.inside)


def keep_dancers(detections: Detections, who: Identities, people: int | str | None = None) -> tuple[Identities, int]:
    """Leave out the people who are no dancers.

    Args:
        detections: of the clip.
        who: the person of every detection, as a tracker gives it.
        people: number of dancers at most, ``EVERYBODY``, or none: all who are dancers.

    Returns:
        The dancers, renumbered without gaps in the old order, and their crossings; and how many people are left out.
    """
    numbers = np.unique(who.person[who.person > 0])
    count = len(numbers)
    if people == EVERYBODY or not count:
        return who, 0
    person = np.where(who.person > 0, np.searchsorted(numbers, who.person) + 1, 0)
    likeness = cues(detections, person).likeness
    kept = likeness >= LEAST_LIKENESS * likeness.max()
    if isinstance(people, int):
        kept = np.isin(np.arange(count), np.argsort(-likeness, kind="stable")[:people]) & (likeness > 0)
    new = np.zeros(numbers[-1] + 1, np.int64)
    new[numbers] = np.where(kept, np.cumsum(kept), 0)
    crossings = tuple(
        replace(met, first=int(new[met.first]), second=int(new[met.second]))
        for met in who.crossings
        if new[met.first] and new[met.second]
    )
    return Identities(new[who.person], crossings), count - int(kept.sum())


def cues(detections: Detections, person: Int) -> Cues:
    """The cues of all people, in order of their numbers.

    Args:
        detections: of the clip.
        person: (N,) number of each detection's person, from 1 without gaps; 0 for nobody.
    """
    size, at = sizes(detections), centres(detections.xy)
    largest = np.zeros(len(detections.time))
    rows_of = [np.flatnonzero(person == one) for one in range(1, int(person.max(initial=0)) + 1)]
    usual = [float(np.median(size[rows])) for rows in rows_of]
    for rows, own in zip(rows_of, usual, strict=True):
        # a body that is twice as large for a moment is a mixture of two
        np.maximum.at(largest, detections.frame[rows], np.minimum(size[rows], 2 * own))
    share = np.array([np.median(np.minimum(size[rows] / largest[detections.frame[rows]], 1)) for rows in rows_of])
    speed = np.array([_speed(detections, rows, at[rows], own) for rows, own in zip(rows_of, usual, strict=True)])
    sure = np.array([detections.score[rows][:, LIMBS].mean() for rows in rows_of])
    sure = np.maximum(sure - LEAST_SCORE, 0.01)
    width = detections.size[0]
    aside = np.array([np.median(np.abs(at[rows, 0] / width - 0.5)) for rows in rows_of])
    frames = len(detections.time)
    seconds = float(detections.time[-1] - detections.time[0]) * frames / max(frames - 1, 1)
    seen = np.array([len(rows) for rows in rows_of]) / frames * seconds / max(min(seconds, ENOUGH_SECONDS), 1e-9)
    return Cues(
        share,
        np.minimum(speed / min(MOVES, max(float(speed.max(initial=0)), 1e-9)), 1),
        sure / sure.max(),
        np.sqrt(np.minimum(seen, 1)) if seconds else np.ones(len(seen)),
        np.where(aside > 0.5 - AT_EDGE, EDGE_FACTOR, 1.0),
    )


def _speed(detections: Detections, rows: Int, at: Float, size: float) -> float:
    """Speed of a person's limbs about its trunk, body sizes per second; 0 in one moment alone.

    Args:
        detections: of the clip.
        rows: (n,) of the person.
        at: (n, 2) middle of its trunk.
        size: pixels of its body.
    """
    xy = (detections.xy[rows][:, LIMBS] - at[:, None]) / size
    known = np.isfinite(xy).all(-1) & (detections.score[rows][:, LIMBS] >= SURE_JOINT)
    time = detections.time[detections.frame[rows]]
    cells, cell = np.unique(np.floor((time - time[:1]) / CELL).astype(int), return_inverse=True)
    total, count = np.zeros((len(cells), *xy.shape[1:])), np.zeros((len(cells), xy.shape[1]))
    np.add.at(total, cell, np.where(known[..., None], xy, 0))
    np.add.at(count, cell, known)
    when = np.bincount(cell, time) / np.bincount(cell)
    with np.errstate(invalid="ignore"):
        steps = np.linalg.norm(np.diff(total / count[..., None], axis=0), axis=-1)
    steps = steps / np.diff(when)[:, None]
    seen = np.isfinite(steps)
    usable = seen.any(1) & (np.diff(cells) == 1)
    if not usable.any():
        return 0.0
    means = np.where(seen, steps, 0).sum(1)[usable] / seen.sum(1)[usable]
    return float(np.percentile(means, USUAL))
