"""Correction of identities by hand: pure functions from tracks to tracks.

Every function takes all tracks of a clip, equally long, and gives new ones in order of their numbers. Numbers stay as
they are, also when a dancer is dropped. Crossings follow the dancers they belong to. Where rows of two
tracks meet, ``smooth`` tells what to do with ``REACH`` seconds to either side: true or false has them put right, filled
and (if true) smoothed anew from what was detected, as the keypoints stage does; none leaves them as they are, and so
does a track that does not say what was detected (``raw``). All other rows keep their bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Crossing, Flags, Keypoints2D
from dance3d.contracts.names import LONGEST_NAME, tidy
from dance3d.skeleton import EXTREMITIES
from dance3d.timeseries.segments import segments

REACH = 0.8  # seconds: the longest absence that is filled, and the widest window that smooths
CONTEXT = 1.0  # seconds more that are looked at, so that the borders stay smooth
DECIDED = 1.0  # seconds from a swap to the crossing that it decides

Tracks = Sequence[Keypoints2D]
Who = Callable[[int, float], int]
"""The number that a dancer has afterwards, by the one before and a time; 0 for nobody."""


def swap(tracks: Tracks, first: int, second: int, frame: int, *, smooth: bool | None = None) -> list[Keypoints2D]:
    """Exchange two dancers from a frame on, to repair a wrong crossing.

    Their nearest crossing within a second counts as decided (``sure`` 1), since a person has looked at it.

    Args:
        tracks: of all dancers.
        first: number of one dancer.
        second: number of the other.
        frame: number of the first frame to exchange.
        smooth: whether tracks are smoothed where they meet; none leaves them as they are there.

    Raises:
        ValueError: no such dancer, or a frame outside the clip.
    """
    a, b = _pair(tracks, first, second)
    row = _row(a, frame)
    later = np.arange(a.frames) >= row
    at = float(a.time[row])

    def who(person: int, time: float) -> int:
        return {first: second, second: first}.get(person, person) if time >= at else person

    changed = [_joined(later, b, a), _joined(later, a, b)]
    made = _numbered(tracks, [_mended(track, [row], smooth) for track in changed], who)
    return [_decided(t, first + second - t.person, at) if t.person in (first, second) else t for t in made]


def confirm(tracks: Tracks, first: int, second: int, frame: int) -> list[Keypoints2D]:
    """Say that the identities of two dancers are right after a crossing: it counts as sure from now on.

    Args:
        tracks: of all dancers.
        first: number of one dancer.
        second: number of the other.
        frame: near the crossing.

    Raises:
        ValueError: no such dancer, a frame outside the clip, or no crossing of the two within a second of it.
    """
    a, _ = _pair(tracks, first, second)
    at = float(a.time[_row(a, frame)])
    made = [_decided(t, first + second - t.person, at) if t.person in (first, second) else t for t in tracks]
    if all(after is before for after, before in zip(made, tracks, strict=True)):
        raise ValueError(f"dancers {first} and {second} do not overlap within {DECIDED:.0f} s of {at:.2f} s")
    return made


def merge(tracks: Tracks, into: int, gone: int, prefer: int = 0, *, smooth: bool | None = None) -> list[Keypoints2D]:
    """Make one dancer of two: ``gone`` becomes part of ``into``.

    Args:
        tracks: of the clip.
        into: number that stays.
        gone: number that is no more.
        prefer: the number whose rows are kept in frames that show both; 0 refuses such frames.
        smooth: as for all edits.

    Raises:
        ValueError: no such dancer, or both are there in a frame and ``prefer`` does not say whose is kept.
    """
    a, b = _pair(tracks, into, gone)
    if prefer not in (0, into, gone):
        raise ValueError(f"prefer is {prefer}, expected {into} or {gone}")
    here, there = np.asarray(a.measured.any(1)), np.asarray(b.measured.any(1))
    if not prefer and (here & there).any():
        raise ValueError(
            f"dancers {into} and {gone} are both there in {_spans(a, np.asarray(here & there))}; "
            f"say whose is kept there: --prefer {into} or --prefer {gone}"
        )
    taken = there if prefer == gone else there & ~here
    taken = taken | (~here & ~there & np.isfinite(b.xy).any((1, 2)) & ~np.isfinite(a.xy).any((1, 2)))
    joints = (np.flatnonzero(np.diff(taken)) + 1).tolist()
    one = replace(_mended(_joined(np.asarray(taken), b, a), joints, smooth), name=a.name or b.name)
    return _numbered(
        [t for t in tracks if t.person != gone], [one], lambda person, _: into if person == gone else person, [b]
    )


def split(tracks: Tracks, person: int, frame: int, new: int, *, smooth: bool | None = None) -> list[Keypoints2D]:
    """Make two dancers of one: from a frame on it is another dancer.

    Args:
        tracks: of all dancers.
        person: number of the dancer.
        frame: number of the first frame of the new dancer.
        new: number of the new dancer.
        smooth: whether tracks are smoothed where they meet; none leaves them as they are there.

    Raises:
        ValueError: no such dancer, ``new`` is taken, a frame outside the clip, or a part in which nobody is seen.
    """
    track = _find(tracks, person)
    if new < 1 or any(t.person == new for t in tracks):
        raise ValueError(f"there is a dancer {new} already; choose another number for the new one")
    row = _row(track, frame)
    later = np.arange(track.frames) >= row
    for part, word in ((~later, "before"), (later, "from")):
        if not track.measured[part].any():
            raise ValueError(f"dancer {person} is never seen {word} frame {frame} ({track.time[row]:.2f} s)")
    nobody = replace(
        track,
        xy=np.full_like(track.xy, np.nan),
        score=np.zeros_like(track.score),
        measured=np.zeros_like(track.measured),
        raw=None if track.raw is None else np.full_like(track.raw, np.nan),
        extremities=None if track.extremities is None else np.full_like(track.extremities, np.nan),
    )
    parts = [_joined(later, nobody, track), replace(_joined(later, track, nobody), person=new, name="")]
    at = float(track.time[row])
    made = [_mended(part, [row], smooth) for part in parts]
    return _numbered(tracks, made, lambda number, time: new if number == person and time >= at else number)


def keep(tracks: Tracks, persons: Sequence[int]) -> list[Keypoints2D]:
    """Drop all dancers but these.

    Raises:
        ValueError: no such dancer, or none is to be kept.
    """
    kept = [_find(tracks, person) for person in persons]
    if not kept:
        raise ValueError("nobody would be left; name the dancers to keep")
    return _numbered(kept, [], lambda person, _: person if person in persons else 0)


def rename(tracks: Tracks, person: int, name: str) -> list[Keypoints2D]:
    """Give a dancer a name.

    Args:
        tracks: of all dancers.
        person: number of the dancer.
        name: to show; no file is named by it.

    Raises:
        ValueError: no such dancer; a name that is empty, taken, too long or not of letters that can be shown.
    """
    track, wanted = _find(tracks, person), tidy(name)
    if not wanted:
        raise ValueError(f"the name for dancer {person} is empty")
    if len(wanted) > LONGEST_NAME:
        raise ValueError(f"the name for dancer {person} has {len(wanted)} characters; at most {LONGEST_NAME} are shown")
    if not wanted.isprintable():
        raise ValueError(f"the name {wanted!r} holds characters that cannot be shown")
    for other in tracks:
        if other.person != person and other.name.casefold() == wanted.casefold():
            raise ValueError(f"dancer {other.person} is called {other.name!r} already")
    return [replace(t, name=wanted) if t is track else t for t in tracks]


# ---- what they share ------------------------------------------------------------------------------------------------


def _find(tracks: Tracks, person: int) -> Keypoints2D:
    for track in tracks:
        if track.person == person:
            _same_rows(tracks)
            return track
    known = ", ".join(str(track.person) for track in tracks) or "nobody"
    raise ValueError(f"there is no dancer {person}; there are: {known}")


def _pair(tracks: Tracks, first: int, second: int) -> tuple[Keypoints2D, Keypoints2D]:
    if first == second:
        raise ValueError(f"two dancers are needed, not {first} twice")
    return _find(tracks, first), _find(tracks, second)


def _same_rows(tracks: Tracks) -> None:
    if len({(track.start, track.frames) for track in tracks}) > 1:
        raise ValueError("the dancers' tracks have different frames; all must be as long as the clip")


def _row(track: Keypoints2D, frame: int) -> int:
    if not track.start <= frame < track.start + track.frames:
        raise ValueError(f"frame {frame} is not in the clip: {track.start} to {track.start + track.frames - 1}")
    return frame - track.start


def _spans(track: Keypoints2D, rows: Flags, most: int = 4) -> str:
    """Rows in words: frames and seconds of the first stretches."""
    spans = segments(rows)
    words = [
        f"{a + track.start} to {b - 1 + track.start} ({track.time[a]:.2f} to {track.time[b - 1]:.2f} s)"
        for a, b in spans[:most]
    ]
    more = f" and {len(spans) - most} stretches more" if len(spans) > most else ""
    return f"{int(rows.sum())} frames, " + ", ".join(words) + more


def _joined(rows: Flags, there: Keypoints2D, here: Keypoints2D) -> Keypoints2D:
    """``here`` with the rows of ``there`` where ``rows`` is true."""

    def pick(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        return np.where(rows.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    raw = None if here.raw is None or there.raw is None else pick(there.raw, here.raw)
    extremities = None
    if here.extremities is not None or there.extremities is not None:
        nothing = np.full((here.frames, len(EXTREMITIES), 2), np.nan, np.float32)
        extremities = pick(*(nothing if t.extremities is None else t.extremities for t in (there, here)))
    return replace(
        here,
        xy=pick(there.xy, here.xy),
        score=pick(there.score, here.score),
        measured=pick(there.measured, here.measured),
        raw=raw,
        extremities=extremities,
    )


def _mended(track: Keypoints2D, joints: Iterable[int], smooth: bool | None) -> Keypoints2D:
    """Rows around joints made anew from what was detected."""
    near, time = np.zeros(track.frames + 1, bool), track.time
    for row in joints:
        near[np.searchsorted(time, time[row] - REACH) : np.searchsorted(time, time[row] + REACH)] = True
    if smooth is None or track.raw is None or not near.any():
        return track
    from dance3d.stages.keypoints.assemble import track as made  # scipy: not for a mere rename
    from dance3d.stages.keypoints.extremity_paths import on_joints

    xy, score, measured = track.xy.copy(), track.score.copy(), track.measured.copy()
    for a, b in segments(near):
        first, last = np.searchsorted(time, (time[a] - CONTEXT, time[b - 1] + CONTEXT))
        seen, rows = slice(int(first), int(last) + 1), slice(a - first, b - first)
        raw = track.raw[seen].astype(np.float64)
        shots = (0, *(shot - first for shot in track.shots if first < shot <= last and shot - first < len(raw)))
        anew = made(raw, track.score[seen].astype(np.float64), time[seen], track.size, smooth, shots=shots)
        xy[a:b], score[a:b], measured[a:b] = anew.xy[rows], anew.score[rows], anew.measured[rows]
    extremities = None if track.extremities is None else on_joints(track.extremities, track.xy, xy)
    return replace(track, xy=xy, score=score, measured=measured, extremities=extremities)


def _numbered(tracks: Tracks, changed: Tracks, who: Who, gone: Tracks = ()) -> list[Keypoints2D]:
    """Tracks with the changed ones in place, in order of numbers, and with everybody's crossings where they belong."""
    by_number = {track.person: track for track in (*tracks, *changed)}
    crossings: dict[int, list[Crossing]] = {person: [] for person in by_number}
    for track in (*tracks, *gone):
        for crossing in track.crossings:
            middle = (crossing.start + crossing.stop) / 2
            owner, other = who(track.person, middle), who(crossing.other, middle)
            if owner in crossings and other in crossings and owner != other:
                crossings[owner].append(replace(crossing, other=other))
    return [
        replace(by_number[person], crossings=tuple(sorted(crossings[person], key=lambda c: (c.start, c.other))))
        for person in sorted(by_number)
    ]


def _decided(track: Keypoints2D, other: int, at: float) -> Keypoints2D:
    """The crossing with ``other`` nearest a time counts as sure."""
    away = [max(c.start - at, at - c.stop, 0.0) if c.other == other else np.inf for c in track.crossings]
    if not away or min(away) > DECIDED:
        return track
    nearest = int(np.argmin(away))
    changed = [replace(c, sure=1.0) if n == nearest else c for n, c in enumerate(track.crossings)]
    return replace(track, crossings=tuple(changed))
