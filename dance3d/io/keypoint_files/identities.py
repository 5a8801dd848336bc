"""Who a body is, and which of several with one identity in a frame is the person."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D
from dance3d.contracts.detections import Detections
from dance3d.contracts.names import shown_name

_MOST = 2**40  # a person's number
_NEAR = 30  # frames, chosen: a person's row further away does not tell where they are now


def identity(person: Any) -> int | str | None:
    """A person's number or name; lists as AlphaPose and OpenPose write them stand for their first entry."""
    while isinstance(person, list | tuple):
        person = person[0] if person else None
    if isinstance(person, int | float) and 0 <= person < _MOST and person == int(person):  # -1: OpenPose did not track
        return int(person)
    return person if isinstance(person, str) and person else None


def once_a_frame(
    persons: Sequence[Hashable], rows: NDArray[np.int64], xy: NDArray[np.float32], score: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Bodies such that nobody is twice in a frame: of several the nearest to the person's own path, else the surest.

    Args:
        persons: (N) identity of each body.
        rows: (N,) frame of each body, never falling.
        xy: (N, J, 2) pixels, NaN where missing.
        score: (N, J).

    Returns:
        Their indices, rising; all of them where nobody is twice in a frame.
    """
    groups: dict[tuple[Hashable, int], list[int]] = {}
    for index, key in enumerate(zip(persons, rows.tolist(), strict=True)):
        groups.setdefault(key, []).append(index)
    single: dict[Hashable, list[int]] = {}
    for (person, _), found in groups.items():
        if len(found) == 1:
            single.setdefault(person, []).append(found[0])
    kept = []
    for (person, row), found in groups.items():
        if len(found) > 1:
            around = _neighbours(np.array(single.get(person, []), np.intp), rows, row)
            found = [min(found, key=lambda i: (_distance(xy[i], xy[around]), -float(score[i].sum())))]
        kept += found
    return np.sort(np.array(kept, np.intp))


def tracks_of(persons: Sequence[Hashable], found: Detections, start: int) -> list[Keypoints2D]:
    """A track of each person, numbered as they are where these are numbers, else in order.

    Args:
        persons: (N) identity of each body; nobody is twice in a frame.
        found: the bodies.
        start: frame of the first row.
    """
    names = list(dict.fromkeys(persons))
    index = {name: i for i, name in enumerate(names)}
    who = np.array([index[person] for person in persons])
    kept = all(isinstance(name, int) and 0 < name < 10000 for name in names)  # the file's own numbers
    tracks = []
    for number, name in enumerate(sorted(names) if kept else names, 1):  # type: ignore[type-var]
        own = found.take(who == index[name])
        xy = _spread(own.xy, own)
        track = Keypoints2D(
            xy,
            np.nan_to_num(_spread(own.score, own)),
            np.asarray(np.isfinite(xy).all(-1)),
            found.time,
            found.size,
            start=start,
            person=int(name) if kept else number,  # type: ignore[call-overload]
            name=shown_name(name) if isinstance(name, str) else "",
            extremities=None if own.extremities is None else _spread(own.extremities, own),
        )
        tracks.append(track)
    return tracks


def _spread(values: NDArray[np.float32], own: Detections) -> NDArray[np.float32]:
    """Values of one person's bodies as rows of all frames, NaN where there is none."""
    out = np.full((len(own.time), *values.shape[1:]), np.nan, np.float32)
    out[own.frame] = values
    return out


def _neighbours(own: NDArray[np.intp], rows: NDArray[np.int64], row: int) -> NDArray[np.intp]:
    """The bodies of ``own`` next to a frame on either side, if they are near."""
    place = int(np.searchsorted(rows[own], row))
    beside = own[max(place - 1, 0) : place + 1]
    return np.asarray(beside[np.abs(rows[beside] - row) <= _NEAR])


def _distance(xy: NDArray[np.float32], around: NDArray[np.float32]) -> float:
    """Pixels from a body to the middle of others, the median over joints; 0 where there is nothing to compare."""
    known = np.isfinite(around).all((0, 2)) & np.isfinite(xy).all(-1) & bool(len(around))
    if not known.any():
        return 0.0
    return float(np.median(np.linalg.norm(xy[known] - around[:, known].mean(0), axis=-1)))
