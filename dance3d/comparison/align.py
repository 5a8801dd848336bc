"""Two dancers on one time: bodies of one build, lines that can be compared, and the warp from one clock to the other.

The warp is dynamic time warping (Sakoe & Chiba, IEEE TASSP 26, 1978) with their slope limits of a half and two, weights
on the rows of the shorter clip alone, so that every tempo costs the same, and free ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.comparison.dtw import Marks, cheapest_path, smoothed_path
from dance3d.geometry.body_frame import LEFT, bridge_upright, heading_frame, to_right
from dance3d.geometry.projection import chain
from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import grid, interpolate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
RATE = 30.0
"""Frames per second at which dancers are compared."""
COARSE = 3
"""The first search looks at every so many frames; at more where the clips are long."""
COARSEST = 12  # frames; chosen
CELLS = 40_000_000
"""Pairs of moments that the first search may weigh: one byte each."""

# Metres of the bone that ends in each joint, of the body that both dancers are given: an adult's, rounded.
_BUILD = {"pelvis": 0.0, "spine": 0.24, "thorax": 0.24, "nose": 0.17, "head": 0.15}
_LIMBS = {"hip": 0.1, "knee": 0.43, "ankle": 0.41, "shoulder": 0.17, "elbow": 0.28, "wrist": 0.25}
_UP = np.array([0.0, 1.0, 0.0])
# Chosen; the figures of docs/compare.md are with these.
_LEVEL = 0.25  # of the hips' width: seen from above, a shorter line does not show where the dancer faces
_GAP = 0.25  # seconds between rows beyond which what lies between is not seen
_PACE = 0.15  # seconds: weight of a line's speed beside its direction
_UNSEEN = 0.2  # weight of moments that are only bridged
_AROUND = 0.5  # seconds beside the first search's warp that the second one may go
_SETTLE = 0.5  # seconds over which the steps of the warp are smoothed
_ROLLS = (0.2, 0.37, 0.5, 0.71, 0.83)  # shares of a clip by which it is rotated in time to measure agreement by chance

Where = tuple[str, ...]
_FEET: Where = ("left_ankle", "right_ankle")
LINES: tuple[tuple[str, Where, Where, str], ...] = (
    ("head", ("thorax",), ("head",), "chest"),
    *((f"{s[0]}_shoulder", ("thorax",), (f"{s}_shoulder",), "chest") for s in ("left", "right")),
    *((f"{s[0]}_arm", (f"{s}_shoulder",), (f"{s}_elbow",), "chest") for s in ("left", "right")),
    *((f"{s[0]}_forearm", (f"{s}_elbow",), (f"{s}_wrist",), "chest") for s in ("left", "right")),
    ("torso", ("pelvis",), ("thorax",), "pelvis"),
    ("torso", ("right_shoulder",), ("left_shoulder",), "pelvis"),
    ("hips", ("right_hip",), ("left_hip",), "pelvis"),
    ("hips", _FEET, ("pelvis",), "pelvis"),
    *((f"{s[0]}_leg", (f"{s}_hip",), (f"{s}_knee",), "pelvis") for s in ("left", "right")),
    *((f"{s[0]}_foot", (f"{s}_knee",), (f"{s}_ankle",), "pelvis") for s in ("left", "right")),
)
"""Part, from which joint (their middle) to which, and whether it is seen from where the chest or the pelvis faces."""


@dataclass(frozen=True, eq=False)
class AlignedBody:
    """A dancer of the standard build at ``RATE`` frames/s, around the pelvis.

    Attributes:
        time: (N,) seconds of the dancer's own clock.
        xyz: (N, 17, 3) metres: the dancer's left, up, forward, as the pelvis faces; gaps are bridged.
        seen: (N, 17) false where a joint is only bridged.
        lines: (N, L, 3) unit vectors of ``LINES``; NaN where a joint was never seen.
        clear: (N, L) both ends of a line are seen.
    """

    time: Floats
    xyz: Floats
    seen: Flags
    lines: Floats
    clear: Flags

    @property
    def seconds(self) -> float:
        """From the first row to the last."""
        return float(self.time[-1] - self.time[0])


@dataclass(frozen=True, eq=False)
class Warp:
    """Which moment of B is which of A.

    Attributes:
        rows: (R,) rows of A that have a partner, in order.
        places: (R,) rows of B, fractional, rising.
        confidence: 0..1, how much better the bodies fit along the warp than at other moments.
    """

    rows: NDArray[np.int64]
    places: Floats
    confidence: float


def mirrored(xyz: Floats) -> Floats:
    """(T, 17, 3) joints, y up, as a mirror shows them: left is right."""
    return np.asarray(xyz[:, H36M17.swap] * [-1.0, 1.0, 1.0], np.float64)


def facing(xyz: Floats, pair: str) -> Floats:
    """(T, 3, 3) level frames with rows left, up, forward; where the line stands upright, the neighbours' are bridged.

    Args:
        xyz: (T, 17, 3), y up; NaN where missing.
        pair: ``hip`` or ``shoulder``.
    """
    right = bridge_upright(to_right(xyz, pair), _UP, _LEVEL)
    return np.asarray(heading_frame(np.where(np.isfinite(right), right, [-1.0, 0.0, 0.0]), _UP) * LEFT)


def standard(xyz: Floats) -> Floats:
    """The same pose of the standard build, around the pelvis, seen from where the pelvis faces.

    Args:
        xyz: (T, 17, 3) metres, y up, right-handed; NaN where missing.

    Returns:
        (T, 17, 3) metres: left, up, forward.
    """
    parents = [max(p, 0) for p in H36M17.parent_indices]
    bones = xyz - xyz[:, parents]
    long = [_BUILD.get(j, _LIMBS.get(j.partition("_")[2], 0.0)) for j in H36M17.joints]
    bones = unit(bones) * np.array(long)[:, None]
    body = chain(bones)
    body = np.where(np.isfinite(xyz[:, H36M17.indices("pelvis")]), body, np.nan)
    frames = facing(body, "hip")
    return np.asarray(np.einsum("tij,tkj->tki", frames, body), np.float64)


def sample(xyz: Floats, time: Floats, seen: Flags) -> AlignedBody:
    """A dancer as compared: standard build, even frame rate.

    Args:
        xyz: (T, 17, 3) metres, y up, right-handed; NaN where missing.
        time: (T,) seconds, rising.
        seen: (T,) false where a row is not to be trusted.
    """
    body = standard(np.where(seen[:, None, None], xyz, np.nan))
    known: Flags = np.asarray(np.isfinite(body).all(-1))
    at = grid(time, RATE)
    at = at[at <= time[-1] + 1e-6]
    filled = np.stack([interpolate(body[:, j], known[:, j], time, at) for j in range(body.shape[1])], 1)
    after = np.minimum(np.maximum(np.searchsorted(time, at - 1e-6), 1), len(time) - 1)
    near = time[after] - time[np.maximum(after - 1, 0)] <= _GAP
    share = np.stack([np.interp(at, time, column.astype(float)) for column in known.T], 1)
    whole = np.asarray((share > 1 - 1e-4) & near[:, None])
    lines, clear = _lines(filled, whole)
    return AlignedBody(at, filled, whole, lines, clear)


def _lines(xyz: Floats, seen: Flags) -> tuple[Floats, Flags]:
    chest = facing(xyz, "shoulder")
    lines, clear = [], []
    for _, start, stop, faces in LINES:
        ends = H36M17.indices(*start), H36M17.indices(*stop)
        line = xyz[:, ends[1]].mean(1) - xyz[:, ends[0]].mean(1)
        if faces == "chest":
            line = np.einsum("tij,tj->ti", chest, line)
        lines.append(unit(line))
        clear.append(seen[:, [*ends[0], *ends[1]]].all(1))
    return np.stack(lines, 1), np.stack(clear, 1)


def warp(a: AlignedBody, b: AlignedBody) -> Warp:
    """Find which moment of B is which of A: first at few frames a second over everything, then at all near by.

    Lines that fit badly along the first warp count less in the second: a late arm does not move the whole alignment.

    Raises:
        ValueError: the clips are too long for each other, or one was never seen.
    """
    for name, one in (("A", a), ("B", b)):
        if not one.clear.any():
            raise ValueError(f"dancer {name} is seen in no frame; there is nothing to compare")
    short, long = (a, b) if len(a.time) <= len(b.time) else (b, a)
    step = first_step(len(short.time), len(long.time))
    n, m = (-(-len(one.time) // step) for one in (short, long))
    even = np.ones(len(LINES))
    first = cheapest_path(_weighed(short, even, step), _weighed(long, even, step), np.zeros(n, np.int64), m)
    rows, places = smoothed_path(first[0] * step, first[1] * step, len(long.time), 0)
    weight, _ = _trust(short, long, rows, places)
    n, m = len(short.time), len(long.time)
    half = int(np.ceil(_AROUND * RATE)) + 2 * step
    centre = np.interp(np.arange(n), rows, places)
    centre += np.minimum(np.arange(n) - rows[0], 0) + np.maximum(np.arange(n) - rows[-1], 0)
    width = min(2 * half + 1, m)
    low = np.maximum.accumulate(np.clip(np.round(centre).astype(np.int64) - half, 0, m - width))
    second = cheapest_path(_weighed(short, weight, 1), _weighed(long, weight, 1), low, width)
    rows, places = smoothed_path(*second, m, round(_SETTLE * RATE))
    _, confidence = _trust(short, long, rows, places)
    if short is not a:
        turned = np.arange(int(np.ceil(places[0] - 1e-9)), int(np.floor(places[-1] + 1e-9)) + 1)
        rows, places = turned, np.interp(turned, places, rows)
    return Warp(rows, places, confidence)


def first_step(short: int, long: int) -> int:
    """Of two clips of so many frames, every how many of them the first search looks at.

    Raises:
        ValueError: it would be more than ``COARSEST``.
    """
    step = COARSE
    while (short / step) * (long / step) > CELLS and step <= COARSEST:
        step += 1
    if step > COARSEST:
        most = COARSEST**2 * CELLS / RATE**2 / 3600
        raise ValueError(
            f"clips of {short / RATE / 60:.0f} and {long / RATE / 60:.0f} minutes are too long to compare; the product "
            f"of their minutes may be {most:.0f} at most: compare parts of them"
        )
    return step


def _weighed(body: AlignedBody, weight: Floats, step: int) -> Marks:
    """What moments are compared by, (N, 6 L), and how much of each is seen, (N,), at every ``step``-th row."""
    lines = np.nan_to_num(body.lines)
    if len(lines) > 1:
        lines = gaussian_filter1d(lines, step / 2, axis=0, mode="nearest")
    pace = np.gradient(lines, axis=0) * RATE * _PACE if len(lines) > 1 else np.zeros_like(lines)
    both = np.concatenate([lines, pace], -1) * np.sqrt(weight / weight.sum())[:, None]
    known = _UNSEEN + (1 - _UNSEEN) * body.clear.mean(1)
    return both.reshape(len(lines), -1)[::step].astype(np.float32), known[::step].astype(np.float32)


def taken(values: Floats, places: Floats) -> Floats:
    """(R, ...) rows of (N, ...) at fractional places."""
    low = np.clip(np.floor(places + 1e-9).astype(np.int64), 0, len(values) - 1)
    part = np.clip(places - low, 0, 1).reshape(-1, *(1,) * (values.ndim - 1))
    part = np.where(part < 1e-9, 0.0, part)
    return values[low] * (1 - part) + values[np.minimum(low + 1, len(values) - 1)] * part


def _trust(a: AlignedBody, b: AlignedBody, rows: NDArray[np.int64], places: Floats) -> tuple[Floats, float]:
    """(L,) weight of each line in the warp, and how sure the warp is."""
    one, other = a.lines[rows], taken(b.lines, places)
    both = a.clear[rows] & (taken(b.clear.astype(np.float64), places) > 1 - 1e-6)

    def apart(turned: int) -> Floats:
        seen = both & np.roll(both, turned, 0)
        square = np.where(seen, ((one - np.roll(other, turned, 0)) ** 2).sum(-1), 0.0)
        return np.asarray(square.sum(0) / np.maximum(seen.sum(0), 1), np.float64)

    fit = apart(0)
    chance = np.median([apart(round(share * len(rows))) for share in _ROLLS], 0)
    ratio = fit / (chance + 0.003)
    weight = 1 / (1 + (ratio / (np.median(ratio) + 0.05)) ** 2)
    sure = 1 - fit.sum() / chance.sum() if chance.sum() > 1e-3 else 0.0
    return weight, float(np.clip(sure, 0, 1))
