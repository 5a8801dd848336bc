"""Who is who in a clip of several shots: each is tracked by itself, and its people are known again by their colours.

Positions tell nothing across a cut. The constants are chosen, those of colours as in ``stitch``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dance3d.contracts.detections import Detections, Identities, PairCrossing
from dance3d.contracts.shots import spans
from dance3d.stages.keypoints.tracking import Tracker
from dance3d.stages.keypoints.tracking.similarity import colour_distance, normalized
from dance3d.stages.keypoints.tracking.stitch import NEUTRAL_COLOUR

Float = NDArray[np.floating]
DOUBT = 0.12  # distance of colours to either side of ``NEUTRAL_COLOUR`` within which it is not sure
MOST_DOUBTS = 4  # that are told
UNKNOWN = 1.0  # distance of colours that nobody saw


@dataclass(frozen=True)
class Doubt:
    """A person of whom it is not sure who it is.

    Attributes:
        person: number.
        other: number of the one who it may be; of who was taken for the same, its own.
        time: seconds at which the shot begins.
    """

    person: int
    other: int
    time: float

    def __str__(self) -> str:
        what = f"dancer {self.person} from {self.time:.1f} s may be "
        if self.other == self.person:
            return f"{what}somebody new: dance3d tracks split OUT {self.person} --at {self.time:.2f}"
        return f"{what}dancer {self.other}: dance3d tracks merge OUT {self.other} {self.person}"


def doubt_notes(doubts: Sequence[Doubt], before: NDArray[np.int64], after: NDArray[np.int64]) -> tuple[str, ...]:
    """What a user should know of who is who across shots, one phrase each.

    Args:
        doubts: with numbers as before.
        before: (N,) person of each detection.
        after: (N,) likewise, with new numbers.
    """
    new = np.zeros(int(before.max(initial=0)) + 1, np.int64)
    new[before] = after
    new[0] = 0
    said = [Doubt(int(new[d.person]), int(new[d.other]), d.time) for d in doubts if new[d.person] and new[d.other]]
    more = (f"who is who is not sure in {len(said) - MOST_DOUBTS} more shots",) if len(said) > MOST_DOUBTS else ()
    return (*map(str, said[:MOST_DOUBTS]), *more)


def track_shots(
    tracker: Tracker, detections: Detections, shots: Sequence[int], people: int | None
) -> tuple[Identities, tuple[Doubt, ...]]:
    """Give every detection of a clip its dancer.

    Args:
        tracker: of one shot.
        detections: of the clip.
        shots: first frame of each.
        people: number of dancers, where it is known.

    Returns:
        Identities, and doubts about them.
    """
    if len(shots) == 1:
        return tracker(detections, people), ()
    person = np.zeros(len(detections), np.int64)
    crossings: list[PairCrossing] = []
    known: list[NDArray[np.float64]] = []  # sums of square roots of colours, of every person so far
    doubts: list[Doubt] = []
    for start, stop in spans(shots, len(detections.time)):
        rows = slice(*np.searchsorted(detections.frame, (start, stop)).tolist())
        if rows.start == rows.stop:
            continue
        own = detections.take(np.arange(rows.start, rows.stop))
        own = replace(own, frame=own.frame - start, time=own.time[start:stop])
        who = tracker(own, people)
        looks = [_look(own, who.person == one) for one in range(1, int(who.person.max(initial=0)) + 1)]
        new, said = _numbers(looks, known, float(detections.time[start]))
        doubts += said
        person[rows] = new[who.person]
        crossings += [
            replace(
                met,
                first=int(new[met.first]),
                second=int(new[met.second]),
                start=met.start + start,
                stop=met.stop + start,
            )
            for met in who.crossings
        ]
    return Identities(person, tuple(crossings)), tuple(doubts)


def _look(detections: Detections, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(C,) sum of the square roots of a person's colours; zeros where they are not known."""
    colour = detections.colour[rows]
    return np.asarray(np.sqrt(colour[np.isfinite(colour[:, 0])], dtype=np.float64).sum(0))


def _numbers(
    looks: Sequence[NDArray[np.float64]], known: list[NDArray[np.float64]], time: float
) -> tuple[NDArray[np.int64], list[Doubt]]:
    """Numbers in the clip of a shot's people, from 0 for nobody, and doubts.

    Args:
        looks: of the shot's people.
        known: of the clip's people before; the new ones are added.
        time: seconds at which the shot begins.
    """
    before = len(known)
    far = np.full((len(looks), before), UNKNOWN)
    for i, look in enumerate(looks):
        for j, other in enumerate(known):
            if look.any() and other.any():
                far[i, j] = float(colour_distance(normalized(look), normalized(other)))
    numbers = np.zeros(len(looks) + 1, np.int64)
    doubts: list[Doubt] = []
    for i, j in zip(*linear_sum_assignment(far), strict=True):
        if far[i, j] <= NEUTRAL_COLOUR:
            numbers[i + 1] = j + 1
            known[j] = known[j] + looks[i]
    for i, look in enumerate(looks):
        likely = int(far[i].argmin()) + 1 if before else 0
        number = int(numbers[i + 1])
        if not number:
            known.append(look)
            number = len(known)
            numbers[i + 1] = number
            free = likely and likely not in numbers[1:]
            if free and far[i, likely - 1] < NEUTRAL_COLOUR + DOUBT:
                doubts.append(Doubt(number, likely, time))
        elif far[i, number - 1] > NEUTRAL_COLOUR - DOUBT:
            doubts.append(Doubt(number, number, time))
    return numbers, doubts
