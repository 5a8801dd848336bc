"""First pass, frame by frame: constant-velocity Kalman filters and one Hungarian assignment (METHODS 1.4, SORT).

Joints, boxes and colours speak in one cost. What is doubtful is not decided here for good: every link carries the
margin by which it beat the next best, and the second pass looks at the whole clip.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.geometry import boxes
from dance3d.geometry.boxes import overlap
from dance3d.stages.keypoints.tracking.similarity import centres, colour_distance, oks, sizes

Int = NDArray[np.int64]
Float = NDArray[np.floating]
FREEZE = 0.2
"""Overlap with another body from which on colours are no dancer's own (METHODS 1.4)."""
SAME = 0.6  # likeness of two bodies in one picture that makes one of them a second look at the other
CERTAIN = 0.9  # the same, whatever was there before
ALIKE = 0.35  # colours further apart are two people's
LOST = 1.0  # seconds for which a dancer who is not seen is waited for
SPEED, MEMORY = 1.5, 0.5  # of a dancer: longest bones a second (standard deviation), seconds until it is forgotten
NOISE = 0.1  # of a trunk's middle, longest bones
REACH = 4.0  # standard deviations of the prediction beyond which it is somebody else
DEAREST = 1.6  # cost of a match beyond which it is none
GROWS = 1.8  # a body that is so many times larger or smaller is another
BOX, COLOUR = 0.4, 0.8  # weights beside joints' 1
LEARN = 0.1  # share of a new picture's colours in a dancer's
UNKNOWN = 0.4  # distance of colours where one is not known

DOUBT = 0.3
"""Margin of a link below which it may be wrong."""
BASE, RISE, SUREST = 1.5, 14.0, 8.0  # log odds of a link by its margin: measured, of 45 000 links 40 were wrong


@dataclass(eq=False)
class Links:
    """What the first pass found, by rows of the detections.

    Attributes:
        track: (N,) number of the track from 0; -1 for a second look at somebody and for what has no joint.
        margin: (N,) how much dearer the best exchange with another track would have been; inf without another.
        rival: (N,) that track; -1 without.
        clean: (N,) nobody else overlaps this body.
    """

    track: Int
    margin: NDArray[np.float32]
    rival: Int
    clean: NDArray[np.bool_]


def link_odds(margin: Float) -> Float:
    """Log odds that a link with this margin is right."""
    return np.asarray(np.clip(BASE + RISE * margin, -SUREST, SUREST))


def pairs(frame: Int, most: int) -> list[tuple[Int, Int]]:
    """Every two rows of one frame, by their distance in rows."""
    out = []
    for step in range(1, most):
        first = np.flatnonzero(frame[step:] == frame[:-step])
        if len(first) == 0:
            break
        out.append((first, first + step))
    return out


def overlaps(detections: Detections, box: Float) -> NDArray[np.float32]:
    """(N,) largest overlap of each body with another of its frame, 0..1."""
    most = np.zeros(len(detections), np.float32)
    for a, b in pairs(detections.frame, len(detections)):
        both = overlap(box[a], box[b])
        np.maximum.at(most, a, both)
        np.maximum.at(most, b, both)
    return most


@dataclass(eq=False)
class _Live:
    """Tracks that are seen or waited for; the first axis is theirs."""

    name: Int = field(default_factory=lambda: np.zeros(0, np.int64))
    last: Float = field(default_factory=lambda: np.zeros(0))  # seconds
    at: Float = field(default_factory=lambda: np.zeros((0, 2)))
    speed: Float = field(default_factory=lambda: np.zeros((0, 2)))
    doubt: Float = field(default_factory=lambda: np.zeros((0, 3)))  # var place, covariance, var speed; in sizes
    size: Float = field(default_factory=lambda: np.zeros(0))
    pose: Float = field(default_factory=lambda: np.zeros((0, 17, 2)))  # from ``at``
    score: Float = field(default_factory=lambda: np.zeros((0, 17)))
    box: Float = field(default_factory=lambda: np.zeros((0, 4)))  # from ``at``
    colour: Float = field(default_factory=lambda: np.zeros((0, COLOURS)))  # roots

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Forget the others."""
        for name, values in vars(self).items():
            setattr(self, name, values[rows])

    def add(self, other: _Live) -> None:
        """Wait for these too."""
        for name, values in vars(self).items():
            setattr(self, name, np.concatenate([values, getattr(other, name)]))

    def predict(self, step: float) -> None:
        """Go on by ``step`` seconds: speed fades (Ornstein-Uhlenbeck), doubt grows."""
        fade = np.exp(-step / MEMORY)
        far = MEMORY * (1 - fade)
        self.at = self.at + self.speed * far
        self.speed = self.speed * fade
        p, c, v = self.doubt.T
        noise = (
            SPEED**2 * MEMORY**2 * (2 * step / MEMORY - 3 + 4 * fade - fade**2),
            SPEED**2 * MEMORY * (1 - fade) ** 2,
            SPEED**2 * (1 - fade**2),
        )
        self.doubt = np.stack(
            [p + 2 * far * c + far**2 * v + noise[0], fade * (c + far * v) + noise[1], fade**2 * v + noise[2]], 1
        )


@dataclass(eq=False)
class _Seen:
    """What is compared, of every detection of the clip."""

    at: Float
    size: Float
    box: Float
    clean: NDArray[np.bool_]


def link(detections: Detections) -> Links:
    """Follow everybody from frame to frame."""
    box = boxes.of_joints(detections.xy).astype(np.float32)
    crowded = overlaps(detections, box)
    seen = _Seen(centres(detections.xy), sizes(detections), box, crowded <= FREEZE)
    n = len(detections)
    out = Links(np.full(n, -1), np.full(n, np.inf, np.float32), np.full(n, -1), seen.clean)
    live, count, now = _Live(), 0, 0.0
    spans, there = detections.spans(), np.asarray(np.isfinite(seen.at).all(1))
    for t in np.unique(detections.frame[there]):
        rows = np.arange(spans[t], spans[t + 1])
        rows = rows[there[rows]]
        step, now = float(detections.time[t]) - now, float(detections.time[t])
        if (gone := now - live.last > LOST).any():
            live.keep(~gone)
        if len(live.name):
            live.predict(step)
        cost = _costs(live, detections, seen, rows)
        own = _assign(cost)
        new = _second_looks(live, detections, seen, rows, own, cost)
        _margins(out, live, rows, own, cost)
        known = own >= 0
        _update(live, detections, seen, rows[known], own[known], now)
        out.track[rows[known]] = live.name[own[known]]
        fresh = rows[new]
        if len(fresh):
            out.track[fresh] = np.arange(count, count + len(fresh))
            live.add(_born(detections, seen, fresh, out.track[fresh], now))
            count += len(fresh)
    return out


def _costs(live: _Live, detections: Detections, seen: _Seen, rows: Int) -> Float:
    """(K, M) of track k being detection m; inf where that cannot be."""
    if not len(live.name):
        return np.zeros((0, len(rows)))
    xy, score, size = detections.xy[rows], detections.score[rows], live.size[:, None]
    doubt = np.sqrt(live.doubt[:, 0])[:, None]
    apart = np.linalg.norm(live.at[:, None] - seen.at[rows][None], axis=-1) / size
    poses = live.pose + live.at[:, None]
    like = oks(poses[:, None], xy[None], live.score[:, None] * score[None], size, doubt)
    boxes = overlap((live.box + np.tile(live.at, 2))[:, None], seen.box[rows][None])
    tint = colour_distance(live.colour[:, None], np.sqrt(detections.colour[rows])[None])
    tint = np.where(np.isfinite(tint), tint, UNKNOWN)
    cost = (1 - like) + BOX * (1 - boxes) + COLOUR * tint
    larger = np.abs(np.log(seen.size[rows][None] / size))
    possible = (apart <= REACH * np.hypot(doubt, NOISE)) & (larger <= np.log(GROWS)) & (cost <= DEAREST)
    return np.asarray(np.where(possible, cost, np.inf))


def _assign(cost: Float) -> Int:
    """(M,) the track of each detection, -1 for none; as many matches as can be, then the cheapest."""
    own = np.full(cost.shape[1], -1)
    if cost.size:
        k, m = linear_sum_assignment(np.where(np.isfinite(cost), cost, 2 * DEAREST))
        good = np.isfinite(cost[k, m])
        own[m[good]] = k[good]
    return own


def _second_looks(
    live: _Live, detections: Detections, seen: _Seen, rows: Int, own: Int, cost: Float
) -> NDArray[np.bool_]:
    """(M,) who is new. Second looks at a body lose their track in ``own`` and are not new."""
    new = own < 0
    if len(rows) < 2:
        return new
    xy, score = detections.xy[rows], detections.score[rows]
    size = seen.size[rows]
    like = oks(xy[:, None], xy[None], np.minimum(score[:, None], score[None]), np.maximum(size[:, None], size[None]))
    for a, b in np.argwhere(np.triu(like > SAME, 1)):
        tint = colour_distance(*np.sqrt(detections.colour[rows[[a, b]]]))
        both = own[a] >= 0 and own[b] >= 0
        if like[a, b] <= CERTAIN and (tint > ALIKE or (both and _close(live, int(own[a]), int(own[b])))):
            continue
        fit = [cost[own[i], i] if own[i] >= 0 else np.inf for i in (a, b)]
        worse = b if (fit[0], -score[a].mean()) <= (fit[1], -score[b].mean()) else a
        own[worse], new[worse] = -1, False
    return new


def _close(live: _Live, a: int, b: int) -> bool:
    """Whether two tracks were bodies as alike before."""
    poses = live.pose[[a, b]] + live.at[[a, b], None]
    weight = np.minimum(live.score[a], live.score[b])
    return bool(oks(poses[0], poses[1], weight, np.asarray(live.size[[a, b]].max())) > 0.8 * SAME)


def _margins(out: Links, live: _Live, rows: Int, own: Int, cost: Float) -> None:
    """How much dearer it would have been to exchange a detection's track with another's."""
    if len(live.name) < 2:
        return
    dear = np.where(np.isfinite(cost), cost, 2 * DEAREST)
    detection = np.full(len(live.name), -1)
    detection[own[own >= 0]] = np.flatnonzero(own >= 0)
    for m in np.flatnonzero(own >= 0):
        k = own[m]
        other = dear[:, m] - dear[k, m]
        busy = detection >= 0
        other[busy] += dear[k, detection[busy]] - dear[busy, detection[busy]]
        other[k] = np.inf
        rival = int(other.argmin())
        out.margin[rows[m]], out.rival[rows[m]] = other[rival], live.name[rival]


def _update(live: _Live, detections: Detections, seen: _Seen, rows: Int, k: Int, now: float) -> None:
    """Correct tracks ``k`` by the detections ``rows``."""
    if not len(k):
        return
    p, c, v = live.doubt[k].T
    gain, gain_speed = p / (p + NOISE**2), c / (p + NOISE**2)
    off = seen.at[rows] - live.at[k]
    live.at[k] += gain[:, None] * off
    live.speed[k] += gain_speed[:, None] * off
    live.doubt[k] = np.stack([(1 - gain) * p, (1 - gain) * c, v - gain_speed * c], 1)
    live.size[k] = np.exp(0.9 * np.log(live.size[k]) + 0.1 * np.log(seen.size[rows]))
    pose, score = detections.xy[rows] - seen.at[rows][:, None], detections.score[rows]
    there = np.asarray(np.isfinite(pose).all(-1))
    live.pose[k] = np.where(there[..., None], pose, live.pose[k])
    live.score[k] = np.where(there, score, 0.5 * live.score[k])
    live.box[k] = seen.box[rows] - np.tile(seen.at[rows], 2)
    live.last[k] = now
    roots = np.sqrt(detections.colour[rows])
    old = live.colour[k]
    mixed = (1 - LEARN) * old + LEARN * roots
    usable = np.isfinite(roots[:, 0])
    known = np.isfinite(old[:, 0])
    learn = usable & known & seen.clean[rows]
    live.colour[k] = np.where(learn[:, None], mixed, np.where((usable & ~known)[:, None], roots, old))


def _born(detections: Detections, seen: _Seen, rows: Int, names: Int, now: float) -> _Live:
    """Tracks that begin with the detections ``rows``, at rest."""
    at, n = seen.at[rows].astype(float), len(rows)
    return _Live(
        names,
        np.full(n, now),
        at,
        np.zeros((n, 2)),
        np.tile([NOISE**2, 0, SPEED**2], (n, 1)),
        seen.size[rows].astype(float),
        detections.xy[rows] - at[:, None],
        detections.score[rows].astype(float),
        seen.box[rows] - np.tile(at, 2),
        np.sqrt(detections.colour[rows]).astype(float),
    )
