"""One track per dancer, from what was detected and who is who: put right, filled, smoothed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Crossing, Keypoints2D
from dance3d.contracts.detections import Detections, Identities
from dance3d.stages.keypoints import clean
from dance3d.stages.keypoints.smooth import smooth


def tracks(detections: Detections, who: Identities, smoothed: bool) -> list[Keypoints2D]:
    """One track per dancer, each as long as the clip."""
    made = []
    for person in np.unique(who.person[who.person > 0]):
        own = detections.take(who.person == person)
        raw = np.full((len(detections.time), *own.xy.shape[1:]), np.nan)
        score = np.zeros(raw.shape[:2])
        raw[own.frame], score[own.frame] = own.xy, own.score
        crossings = tuple(
            Crossing(
                float(own.time[m.start]),
                float(own.time[min(m.stop, len(own.time) - 1)]),
                m.second if m.first == person else m.first,
                m.sure,
            )
            for m in who.crossings
            if person in (m.first, m.second)
        )
        made.append(track(raw, score, own.time, own.size, smoothed, int(person), crossings))
    return made


def track(
    raw: NDArray[np.float64],
    score: NDArray[np.float64],
    time: NDArray[np.float64],
    size: tuple[int, int],
    smoothed: bool,
    person: int = 1,
    crossings: tuple[Crossing, ...] = (),
) -> Keypoints2D:
    """One dancer's track from what was seen of it, frame by frame.

    Args:
        raw: (T, 17, 2) pixels, NaN where not seen.
        score: (T, 17) 0..1.
        time: (T,) seconds.
        size: (width, height) of the frame.
        smoothed: false leaves ``xy`` as detected where it was measured (sides put right, short absences filled).
        person: the dancer's number.
        crossings: with other dancers.

    Returns:
        ``raw`` as detected, ``xy`` put right; a frame without the dancer is NaN, unmeasured, with score 0.
    """
    score = score.copy()
    unit = clean.body_size(raw, time)
    xy, measured = np.full_like(raw, np.nan), np.zeros(score.shape, bool)
    for start, stop in clean.cuts(raw, unit, time):
        rows = slice(start, stop)
        part_time = time[rows]
        flags = clean.exchanged(raw[rows], unit[rows], part_time)
        part, sure = clean.exchange(raw[rows], flags), clean.exchange(score[rows], flags)
        away = clean.outliers(part, unit[rows])
        part[away], sure[away] = np.nan, 0
        measured[rows] = np.isfinite(part).all(-1)
        part, sure = clean.fill(part, sure, part_time)
        xy[rows] = smooth(part, sure, part_time, unit[rows]) if smoothed else part
        score[rows] = np.where(np.isfinite(part).all(-1), sure, 0)
    return Keypoints2D(xy, score, measured, time, size, raw=raw, person=person, crossings=crossings)  # type: ignore[arg-type]
