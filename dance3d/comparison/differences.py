"""Differences of two aligned dancers: degrees per body part, joint angles, timing, and the largest moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.comparison.align import LINES, RATE, AlignedBody, Floats, Warp, taken
from dance3d.geometry.vectors import degrees_between
from dance3d.movement_types import PARTS
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import hysteresis, interpolate
from dance3d.timeseries.segments import segments

REACH = 0.8
"""Seconds that one part may be early or late against the body."""
HALF = 15.0
"""Degrees of mean difference at which two dancers are half alike."""
_WHOLE = "body"
_SIDES = ("left", "right")
ANGLES: dict[str, tuple[str, str, str, str]] = {
    **{f"{s}_{joint}": ends for s in _SIDES for joint, ends in {
        "elbow": (f"{s}_elbow", f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist"),
        "knee": (f"{s}_knee", f"{s}_hip", f"{s}_knee", f"{s}_ankle"),
        "shoulder": ("thorax", "pelvis", f"{s}_shoulder", f"{s}_elbow"),
        "hip": ("pelvis", "thorax", f"{s}_hip", f"{s}_knee"),
    }.items()},
}  # fmt: skip
"""Joint angles: between the line from the first joint to the second and that from the third to the fourth. A straight
elbow, knee or hip has 180 degrees, a hanging arm 0."""
_KNEES = {f"{s[0]}_knee": f"{s}_knee" for s in _SIDES}  # parts whose difference is that of an angle
# Chosen; the figures of docs/compare.md are with these.
_STEP = 1 / RATE  # seconds between the lags that are tried
_STILL = np.deg2rad(2.0) ** 2  # of a part's spread along the lags: less moves too little to be early or late
_SURE = 0.25  # of that spread that the best lag must explain
_FEW = 5  # parts whose median is the body's time
_WINDOW = 2.0  # seconds that share a lag
_STRONG, _FAINT = 15.0, 10.0  # degrees at which a moment begins, and below which it ends
_CALM = 0.2  # seconds over which moments are looked for
_LONG, _SHORT = 2.5, 0.3  # seconds of a moment
_EACH, _MOMENTS = 3, 15  # moments of a part, and of all
_AXES = (("further left", "further right"), ("higher", "lower"), ("further forward", "further back"))


@dataclass(frozen=True)
class DifferingMoment:
    """One part differs by ``degrees`` (mean) from ``start`` to ``stop``, rows of the warp; ``how`` B's is."""

    part: str
    start: int
    stop: int
    degrees: float
    how: str


@dataclass(frozen=True, eq=False)
class Lags:
    """How late B's parts are against B's body, seconds; NaN where it cannot be told.

    Attributes:
        all: (P,) over everything.
        sure: (P,) 0..1, how much of what time does to the part this lag explains.
        local: (W, P) in windows around ``middle``.
        middle: (W,) rows of the warp.
    """

    all: Floats
    sure: Floats
    local: Floats
    middle: Floats


def similarity(degrees: float) -> float:
    """0..100 of a mean difference: 100 at none, and half for every 15 degrees."""
    return float(100 * 0.5 ** (degrees / HALF))


def angles(body: AlignedBody) -> tuple[Floats, NDArray[np.bool_]]:
    """(N, 8) joint angles of ``ANGLES``, degrees, and whether all their joints are seen."""
    values, seen = [], []
    for names in ANGLES.values():
        joints = H36M17.indices(*names)
        a, b, c, d = (body.xyz[:, j] for j in joints)
        values.append(degrees_between(b - a, d - c))
        seen.append(body.seen[:, joints].all(1))
    return np.stack(values, 1), np.stack(seen, 1)


@dataclass(frozen=True, eq=False)
class Pair:
    """Both dancers along rows of A.

    Attributes:
        a, b: their lines, (R, L, 3).
        bend: (R, 8) joint angles of B less those of A, degrees; NaN where one is not seen.
        degrees: (R, P) difference of every part of ``movement_types.PARTS``; NaN where it is not seen.
    """

    a: Floats
    b: Floats
    bend: Floats
    degrees: Floats


def pair(a: AlignedBody, b: AlignedBody, rows: NDArray[np.int64], places: Floats) -> Pair:
    """The two dancers at corresponding rows, with what differs.

    Args:
        a: the reference.
        b: the other dancer.
        rows: (N,) rows of A.
        places: (N,) fractional rows of B that belong to them.
    """
    one, other = a.lines[rows], taken(b.lines, places)
    clear = a.clear[rows] & (taken(b.clear.astype(np.float64), places) > 1 - 1e-6)
    apart = np.where(clear, degrees_between(one, other), np.nan)
    (bend_a, seen_a), (bend_b, seen_b) = angles(a), angles(b)
    both = seen_a[rows] & (taken(seen_b.astype(np.float64), places) > 1 - 1e-6)
    bend = np.where(both, taken(bend_b, places) - bend_a[rows], np.nan)
    degrees = np.full((len(rows), len(PARTS)), np.nan)
    for column, part in enumerate(PARTS):
        if part in _KNEES:
            degrees[:, column] = np.abs(bend[:, list(ANGLES).index(_KNEES[part])])
        elif part != _WHOLE:
            degrees[:, column] = _mean(apart[:, _lines_of(part)], 1)
    whole = PARTS.index(_WHOLE)
    enough = np.isfinite(degrees).sum(1) >= (len(PARTS) - 1) / 2
    degrees[:, whole] = np.where(enough, _mean(degrees, 1), np.nan)
    return Pair(one, other, bend, degrees)


def _lines_of(part: str) -> list[int]:
    """Columns of the lines that belong to a part: a knee has its shank and thigh."""
    named = (part, part.replace("knee", "leg"), part.replace("knee", "foot")) if part in _KNEES else (part,)
    return [k for k, (of, *_) in enumerate(LINES) if of in named]


def _mean(values: Floats, axis: int) -> Floats:
    """Mean of what is not NaN; NaN where all is."""
    known = np.isfinite(values)
    count = known.sum(axis)
    return np.where(count > 0, np.where(known, values, 0).sum(axis) / np.maximum(count, 1), np.nan)


def over_time(values: Floats) -> Floats:
    """(R, ...) to (...): mean over the rows that are known, NaN where none is."""
    return _mean(values, 0)


def same_clock(a: AlignedBody, b: AlignedBody, together: bool) -> tuple[NDArray[np.int64], Floats]:
    """Rows of A and B by their clocks, without any alignment.

    Args:
        a: the reference.
        b: the other dancer.
        together: whether both share one clock; else both count from their start.

    Returns:
        (N,) rows of A, and (N,) fractional rows of B.
    """
    shift = (a.time[0] - b.time[0]) * RATE if together else 0.0
    places = np.arange(len(a.time)) + shift
    rows = np.flatnonzero((places > -1e-6) & (places < len(b.time) - 1 + 1e-6))
    return rows, np.clip(places[rows], 0, len(b.time) - 1)


def lags(a: AlignedBody, b: AlignedBody, warp: Warp) -> Lags:
    """How late every part of B is relative to the body of B: the shift in time that makes it most like the part of A.

    The warp gives the time of the body; a part with its own timing fits better a little before or after. Such a part
    also moves the warp a little, away from all others; so where enough parts have a lag, their median is subtracted.

    Args:
        a: the reference.
        b: the other dancer.
        warp: the alignment of both.
    """
    rows, places, parts = warp.rows, warp.places, len(PARTS)
    most = int(min(REACH, len(rows) / RATE / 4) / _STEP)
    shifts = np.arange(-most, most + 1)
    windows = max(round(len(rows) / RATE / _WINDOW), 1)
    window = np.minimum((np.arange(len(rows)) * windows) // len(rows), windows - 1)
    middle = np.array([np.flatnonzero(window == w).mean() for w in range(windows)])
    none = np.full(parts, np.nan)
    if most < 3:
        return Lags(none, np.zeros(parts), np.full((windows, parts), np.nan), middle)
    inside = (places - most > -1e-6) & (places + most < len(b.time) - 1 + 1e-6)
    inside = inside if inside.mean() > 0.3 else np.ones_like(inside)
    total, count = np.zeros((len(shifts), windows, parts)), np.zeros((len(shifts), windows, parts))
    for k, shift in enumerate(shifts):
        moved = places + shift
        there = inside & (moved > -1e-6) & (moved < len(b.time) - 1 + 1e-6)
        moved = np.clip(moved, 0, len(b.time) - 1)
        clear = a.clear[rows] & (taken(b.clear.astype(np.float64), moved) > 1 - 1e-6) & there[:, None]
        square = np.where(clear, ((a.lines[rows] - taken(b.lines, moved)) ** 2).sum(-1), 0.0)
        for column, part in enumerate(PARTS):
            mine = _lines_of(part)
            if mine:
                total[k, :, column] = np.bincount(window, square[:, mine].mean(1) * clear[:, mine].all(1), windows)
                count[k, :, column] = np.bincount(window, clear[:, mine].all(1), windows)
    seconds = np.asarray(shifts * _STEP, np.float64)
    everything, sure = _best(total.sum(1), count.sum(1), seconds)
    kernel = np.array([0.5, 1.0, 0.5])
    near = [np.apply_along_axis(np.convolve, 1, one, kernel, "same") if windows > 2 else one for one in (total, count)]
    local = [_best(near[0][:, w], near[1][:, w], seconds)[0] for w in range(windows)]
    return Lags(_of_body(everything), sure, np.stack([_of_body(one) for one in local]), middle)


def _of_body(late: Floats) -> Floats:
    """(P,) lags against the body's: their median, where it can be told of more than a few parts."""
    known = np.isfinite(late)
    return late - np.median(late[known]) if known.sum() >= _FEW else late


def _best(total: Floats, count: Floats, seconds: Floats) -> tuple[Floats, Floats]:
    """(P,) the shift of the least mean, to a part of a step, and how much it explains; (S, P) sums and counts."""
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    found, sure = np.full(mean.shape[1], np.nan), np.zeros(mean.shape[1])
    for column in np.flatnonzero(np.isfinite(mean).all(0)):
        curve = mean[:, column]
        spread, at = float(curve.mean()), int(curve.argmin())
        # of shifts that are as good as each other the smallest
        near = np.flatnonzero(curve <= curve[at] + 1e-9)
        at = int(near[np.abs(seconds[near]).argmin()])
        if spread - curve[at] < _STILL:
            continue
        sure[column] = 1 - curve[at] / spread
        if 0 < at < len(curve) - 1 and sure[column] >= _SURE:
            before, here, after = curve[at - 1 : at + 2]
            round_ = before - 2 * here + after
            found[column] = seconds[at] + (0.5 * (before - after) / round_ * _STEP if round_ > 1e-12 else 0.0)
    return found, sure


def moments(both: Pair) -> list[DifferingMoment]:
    """Where parts differ most: first by degrees times seconds, then in order of time."""
    found: list[tuple[float, DifferingMoment]] = []
    for column, part in enumerate(PARTS):
        if part == _WHOLE:
            continue
        raw = both.degrees[:, column]
        known = np.isfinite(raw)
        if not known.any():
            continue
        index = np.arange(len(raw), dtype=np.float64)
        calm = interpolate(raw, known, index, index)
        calm = gaussian_filter1d(calm, _CALM * RATE, mode="nearest") if len(calm) > 1 else calm
        on = hysteresis((calm > _STRONG) & known, (calm > _FAINT) & known)
        own = []
        for start, stop in _pieces(calm, on):
            degrees = float(np.nanmean(raw[start:stop]))
            moment = DifferingMoment(part, start, stop, degrees, _how(both, part, start, stop))
            own.append((degrees * (stop - start), moment))
        found += sorted(own, key=lambda one: -one[0])[:_EACH]
    best = sorted(found, key=lambda one: -one[0])[:_MOMENTS]
    return sorted((moment for _, moment in best), key=lambda one: (one.start, one.part))


def _pieces(calm: Floats, on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of moments, none too short, long ones cut to what is around their peak."""
    most, least = int(_LONG * RATE), int(_SHORT * RATE)
    out, todo = [], [(start, stop) for start, stop in segments(on).tolist()]
    while todo:
        start, stop = todo.pop()
        if stop - start > most:
            peak = start + int(calm[start:stop].argmax())
            low = min(max(peak - most // 2, start), stop - most)
            todo += [(start, low), (low, low + most), (low + most, stop)]
        elif stop - start >= min(least, len(on)) and stop > start:
            out.append((start, stop))
    return out


def _how(both: Pair, part: str, start: int, stop: int) -> str:
    """In words what a part of B does differently from A."""
    if part in _KNEES:
        bend = float(np.nanmean(both.bend[start:stop, list(ANGLES).index(_KNEES[part])]))
        return "straighter" if bend > 0 else "more bent"
    off = (both.b[start:stop, _lines_of(part)] - both.a[start:stop, _lines_of(part)]).mean(0)
    if part in ("torso", "hips"):  # two lines: how it leans, and how it is turned
        lean, across = (off[0], off[1]) if part == "torso" else (off[1], off[0])
        off = lean if np.linalg.norm(lean) >= np.linalg.norm(across) else across
        if off is across:
            turned, tilted = across[2], across[1]
            if abs(tilted) >= abs(turned):
                return "left side higher" if tilted > 0 else "right side higher"
            return "turned more to the right" if turned > 0 else "turned more to the left"
    else:
        off = off.mean(0)
    size = np.linalg.norm(off)
    words = [_AXES[axis][int(off[axis] < 0)] for axis in np.argsort(-np.abs(off)) if abs(off[axis]) > 0.5 * size]
    return " and ".join(words[:2]) if size > 0.1 else "going another way"
