"""One track per dancer from detections and identities: corrected, gaps filled, smoothed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Crossing, Keypoints2D
from dance3d.contracts.detections import Detections, Identities
from dance3d.contracts.shots import ONE, spans
from dance3d.skeleton import EXTREMITIES
from dance3d.stages.keypoints import clean, extremity_paths, sides
from dance3d.stages.keypoints.smooth import smooth


def tracks(detections: Detections, who: Identities, smoothed: bool, shots: tuple[int, ...] = ONE) -> list[Keypoints2D]:
    """One track per dancer, each as long as the clip.

    Args:
        detections: of the whole clip.
        who: the dancer of every detection.
        smoothed: as of ``track``.
        shots: likewise.
    """
    out = []
    for person in np.unique(who.person[who.person > 0]):
        own = detections.take(who.person == person)
        raw = np.full((len(detections.time), *own.xy.shape[1:]), np.nan)
        score = np.zeros(raw.shape[:2])
        raw[own.frame], score[own.frame] = own.xy, own.score
        extremities = None
        if own.extremities is not None:
            extremities = np.full((len(raw), len(EXTREMITIES), 2), np.nan)
            extremities[own.frame] = own.extremities
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
        out.append(track(raw, score, own.time, own.size, smoothed, int(person), crossings, shots, extremities))
    return out


def track(
    raw: NDArray[np.float64],
    score: NDArray[np.float64],
    time: NDArray[np.float64],
    size: tuple[int, int],
    smoothed: bool,
    person: int = 1,
    crossings: tuple[Crossing, ...] = (),
    shots: tuple[int, ...] = ONE,
    extremities: NDArray[np.float64] | None = None,
) -> Keypoints2D:
    """One dancer's track from its detections.

    Args:
        raw: (T, 17, 2) pixels, NaN where not detected.
        score: (T, 17) 0..1.
        time: (T,) seconds.
        size: (width, height) of the frame.
        smoothed: false leaves ``xy`` as detected where it was measured; sides are corrected and short gaps filled
            either way.
        person: the dancer's number.
        crossings: with other dancers.
        shots: first frame of each; each is corrected, filled and smoothed by itself.
        extremities: (T, 7, 2) pixels as read, NaN where not; none where nobody looked.

    Returns:
        ``raw`` as detected, ``xy`` corrected; a frame without the dancer is NaN, not measured, with score 0. What the
        detector says of a joint outside of the picture is kept, with a low score, as not measured.
    """
    score = score.copy()
    xy, measured = np.full_like(raw, np.nan), np.zeros(score.shape, bool)
    body, parts = np.full(len(raw), np.nan), []
    reached = None if extremities is None else np.full_like(extremities, np.nan)
    for first, last in spans(shots, len(raw)):
        shot = slice(first, last)
        body[shot] = clean.body_size(raw[shot], time[shot])
        if np.isfinite(body[shot]).any():
            parts += [(first + a, first + b) for a, b in clean.split_at_cuts(raw[shot], body[shot], time[shot])]
    for start, stop in parts:
        rows = slice(start, stop)
        part_time = time[rows]
        flags = sides.find_exchanged(raw[rows], score[rows], body[rows], part_time)
        part, confidence = sides.exchange(raw[rows], flags), sides.exchange(score[rows], flags)
        outlying = clean.outliers(part, body[rows])
        part[outlying], confidence[outlying] = np.nan, 0
        guessed = clean.beyond(part, size)
        confidence[guessed] = np.minimum(confidence[guessed], clean.BEYOND_SCORE)
        measured[rows] = np.isfinite(part).all(-1) & ~guessed
        seen, (part, confidence) = part, clean.fill_gaps(part, confidence, part_time)
        xy[rows] = smooth(part, confidence, part_time, body[rows]) if smoothed else part
        if extremities is not None and reached is not None:
            read = extremity_paths.exchange(extremities[rows], flags)
            reached[rows] = extremity_paths.follow(read, seen, xy[rows], body[rows], part_time, smoothed)
        score[rows] = np.where(np.isfinite(part).all(-1), confidence, 0)
    if reached is not None:
        reached[clean.beyond(reached, size)] = np.nan
    more = {"person": person, "crossings": crossings, "shots": shots, "extremities": reached}
    return Keypoints2D(xy, score, measured, time, size, raw=raw, **more)  # type: ignore[arg-type]
