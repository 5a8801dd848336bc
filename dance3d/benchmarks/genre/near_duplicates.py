"""Near-duplicates: the same dancing twice, cut, re-timed or mirrored, found in true 3D.

Takes of one data set are often cuts of one recording. A split that puts a moment on one side and its copy on the other
measures memory. Here every step of every take gets the number of a *moment*: copies of one moment share it.

Source: local alignment of Smith & Waterman, J. Mol. Biol. 1981, with the slope limits of Sakoe & Chiba, IEEE Trans.
ASSP 1978 (here: half to twice the speed).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from dance3d.contracts import MotionClip
from dance3d.stages.genre.features import FPS, JOINTS, posture
from dance3d.timeseries.resampling import grid, interpolate

Floats = NDArray[np.float32]
Whole = NDArray[np.intp]
_EVERY = 2  # frames at ``FPS`` per step of a take that is looked for
RATE = FPS / _EVERY
"""Steps per second of a take that is looked for, in the frames of takes at ``FPS``."""
_NEAR = 0.01  # metres between the joints of two postures, root mean square, below which they are alike
_LEAST = 1.5  # seconds of unbroken likeness that make a copy
_APART = 2.0  # seconds: nearer than that to itself, a take is no copy of itself
_PACES = (1, 2, 3, 4)  # frames that a path goes on by with each step: half to twice the speed
_NOBODY = -1  # a step that shows no moment yet
_UP = np.array([0.0, 1.0, 0.0])
_OTHER = {"left": "right", "right": "left"}
_SWAP = [JOINTS.index("_".join([_OTHER.get(part, part) for part in joint.split("_")])) for joint in JOINTS]


class DistinctMoments(NamedTuple):
    """Which moment of the distinct content every step of every take shows.

    Attributes:
        of: per take (N,), ``RATE`` steps a second, numbers from 0; neighbours in number are neighbours in time.
        number: of distinct moments.
    """

    of: tuple[Whole, ...]
    number: int

    @property
    def seconds(self) -> float:
        """Of distinct content."""
        return self.number / RATE


def by_frame(clips: Sequence[MotionClip], found: DistinctMoments) -> list[Whole]:
    """Per take (T,) the moment that each of its frames shows."""
    return [
        of[np.minimum(np.round(np.arange(len(clip.xyz)) / clip.fps * RATE).astype(int), len(of) - 1)]
        for clip, of in zip(clips, found.of, strict=True)
    ]


class DuplicateGroups(NamedTuple):
    """Takes of several classes, each class looked through by itself.

    Attributes:
        moments: per take (T,) the moment that each frame shows.
        groups: per take (T,) the group of near-duplicates that each frame belongs to.
        distinct: per class the seconds of distinct content.
    """

    moments: list[Whole]
    groups: list[Whole]
    distinct: dict[str, float]


def near_duplicates(clips: Sequence[MotionClip], seconds: float = 5.0, share: float = 0.5) -> DuplicateGroups:
    """What is danced twice, and the groups of windows that no split should part.

    A group is a connected component of windows, two of which are joined if they show the same for at least ``share`` of
    their time. Whole takes, or whatever shares a second, are no groups: cuts of one recording overlap in a chain, so
    that all of them would be one. What two groups still share is known from ``moments``.

    Args:
        clips: the takes.
        seconds: of a window; windows lie side by side.
        share: of a window, 0..1.
    """
    moment: list[Whole] = [np.zeros(0, np.intp)] * len(clips)
    group, distinct, first, groups = list(moment), {}, 0, 0
    for genre in sorted({clip.genre for clip in clips}):
        where = [n for n, clip in enumerate(clips) if clip.genre == genre]
        some = [clips[n] for n in where]
        found = moments(some)
        distinct[genre] = found.seconds
        rows = by_frame(some, found)
        cut = [pieces(len(clip.xyz), round(seconds * clip.fps)) for clip in some]
        number = _components(rows, cut, [share * seconds * clip.fps for clip in some])
        for n, shown in zip(where, rows, strict=True):
            here = cut[where.index(n)]
            moment[n] = shown + first
            group[n] = np.repeat(number[: len(here)] + groups, [stop - start for start, stop in here])
            number = number[len(here) :]
        first, groups = first + found.number, max(int(one.max()) + 1 for one in (group[n] for n in where))
    return DuplicateGroups(moment, group, distinct)


def pieces(frames: int, size: int) -> list[tuple[int, int]]:
    """(start, stop) of neighbouring windows that cover all frames once, none shorter than ``size`` but a sole one."""
    edges = np.linspace(0, frames, max(1, frames // size) + 1).round().astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def _components(rows: Sequence[Whole], cut: Sequence[list[tuple[int, int]]], least: Sequence[float]) -> Whole:
    """Numbers, from 0, of the components of all windows of all takes, in order; ``least`` frames to share, per take."""
    windows = [(number, start, stop) for number, some in enumerate(cut) for start, stop in some]
    shown = [np.unique(rows[number][start:stop], return_counts=True) for number, start, stop in windows]
    at = np.repeat(np.arange(len(windows)), [len(moments) for moments, _ in shown])
    column, count = (np.concatenate([one[k] for one in shown]) for k in (0, 1))
    there = csr_matrix((np.ones(len(at)), (at, column)))
    times = csr_matrix((count.astype(float), (at, column)))
    shared = (times @ there.T).toarray()  # frames of the one that show what the other shows
    enough = shared >= np.array([least[number] for number, _, _ in windows])[:, None]
    return np.asarray(connected_components(enough, directed=False)[1], np.intp)


def moments(clips: Sequence[MotionClip], near: float = _NEAR, least: float = _LEAST) -> DistinctMoments:
    """Number the distinct moments of takes that may be cuts of one recording.

    Every take is aligned with all takes before it and with its own past, as it is and mirrored.

    Args:
        clips: the takes, of any frame rate.
        near: metres between two postures that are alike.
        least: seconds of likeness that make a copy.
    """
    rows = [descriptors(clip) for clip in clips]
    width = rows[0].shape[1] if rows else 0
    bank, numbers = np.zeros((0, width), np.float32), np.zeros(0, np.intp)
    found, count = [], 0
    for one in rows:
        steps = one[::_EVERY]
        bank, numbers = np.concatenate([bank, one]), np.concatenate([numbers, np.full(len(one), _NOBODY)])
        best, score = np.zeros(len(steps), np.intp), np.zeros(len(steps), np.float32)
        for mine in (steps, mirrored(steps)):
            through = _through(_likeness(mine, bank, len(one), near))
            better = through.max(1) > score
            best[better], score[better] = through.argmax(1)[better], through.max(1)[better]
        own = numbers[-len(one) :]
        for step, copied in enumerate(score >= least * RATE / 2):
            own[_EVERY * step : _EVERY * (step + 1)] = numbers[best[step]] if copied else count
            count += not copied
        found.append(own[::_EVERY].copy())
        bank = np.concatenate([bank, np.full((_PACES[-1], width), np.inf, np.float32)])  # no path to the next take
        numbers = np.concatenate([numbers, np.full(_PACES[-1], _NOBODY)])
    return DistinctMoments(tuple(found), count)


def descriptors(clip: MotionClip) -> Floats:
    """(N, 3 J) metres: postures of a take, without body, place and heading, at ``FPS``."""
    time = np.arange(len(clip.xyz)) / clip.fps
    xyz = interpolate(clip.xyz, np.ones(len(time), bool), time, grid(time, FPS))
    return posture(xyz, _UP)[:, : 3 * len(JOINTS)].astype(np.float32)


def mirrored(rows: Floats) -> Floats:
    """Descriptors of the mirrored dancer."""
    joints = rows.reshape(len(rows), len(JOINTS), 3)[:, _SWAP]
    return np.asarray((joints * np.array([-1, 1, 1], np.float32)).reshape(rows.shape), np.float32)


def _likeness(steps: Floats, bank: Floats, own: int, near: float) -> Floats:
    """(N, M) from 1, the same posture, to 0 at ``near`` and beyond; 0 with a step's own take from just before on.

    The last ``own`` rows of ``bank`` are the take itself.
    """
    scale = np.float32(np.sqrt(len(JOINTS)))
    apart = np.isinf(bank[:, 0])
    a, b = steps / scale, np.where(apart[:, None], 0, bank) / scale
    way = np.append(b[1:], b[-1:], 0) - b
    way[apart | np.append(apart[1:], True)] = 0
    square = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    along = a @ way.T - (b * way).sum(1)  # copies of another tempo lie between two frames
    length = (way**2).sum(1)
    part = np.clip(along / np.maximum(length, 1e-12), 0, 1)
    square += part * (part * length - 2 * along)
    like = 1 - np.minimum(np.sqrt(np.maximum(square, 0)) / np.float32(near), 1)
    like[:, apart] = 0
    step, column = np.arange(len(steps))[:, None], np.arange(len(bank)) - (len(bank) - own)
    like[column > _EVERY * step - _APART * FPS] = 0
    return np.asarray(like, np.float32)


def _through(like: Floats) -> Floats:
    """(N, M) score of the best unbroken alignment through each pair of a step and a frame."""
    return _paths(like) + _paths(like[::-1, ::-1])[::-1, ::-1] - like


def _paths(like: Floats) -> Floats:
    """(N, M) score of the best path that ends at each pair: the sum of likenesses, none of them 0."""
    most = _PACES[-1]
    out = np.zeros((len(like) + 1, like.shape[1] + most), np.float32)
    for row, here in enumerate(like):
        before = out[row]
        reach = before[most - _PACES[0] : -_PACES[0]]
        for pace in _PACES[1:]:
            reach = np.maximum(reach, before[most - pace : -pace])
        out[row + 1, most:] = np.where(here > 0, reach + here, 0)
    return out[1:, most:]
