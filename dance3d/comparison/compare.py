"""Two dancers compared: what B does differently from A, where, and early or late (docs/compare.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dance3d.comparison import align, differences
from dance3d.comparison.align import RATE, AlignedBody, Floats, Warp
from dance3d.comparison.differences import DifferingMoment, Lags, Pair
from dance3d.comparison.load import Dance, read_dance
from dance3d.contracts import Movements, Pose3D, Rhythm
from dance3d.io.world_frame import to_world
from dance3d.movement_types import MIRROR, NAMES, PARTS
from dance3d.skeleton import H36M17
from dance3d.timeseries.movement_events import MovementEvent, movement_events

# Chosen; the figures of docs/compare.md are with these.
_APART = 0.5  # seconds around a movement in which the other dancer may make it too
_EDGE = 0.1  # seconds that a movement may reach out of what is compared
_DOES = 0.3  # probability from which the other may be making it
_SEEN = 0.5  # share of a movement in which the other dancer must be seen to be said not to make it
_LOOKS = (0.75, 4.0)  # the other way round fits better: by this factor, and by so many degrees
_CONFIDENT = 0.35  # a warp less sure than this is said to be
_BODY = PARTS.index("body")


@dataclass(frozen=True)
class UnmatchedMovement:
    """A movement that one dancer makes and the other does not; seconds on the maker's own clock and on the other's."""

    who: str
    movement: str
    start: float
    stop: float
    other_start: float
    other_stop: float
    prob: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """What B does other than A.

    Attributes:
        a, b: the dancers; B as danced, also where mirrored for the comparison.
        mirror: B was compared as a mirror shows him.
        bodies: both at 30 frames/s in the standard build, B mirrored if asked for.
        warp: which moment of B is which of A.
        pair: both along the warp.
        same_clock: (P,) degrees per part without any alignment; NaN where nothing could be compared.
        lags: how late each part of B is against B's body.
        moments: where parts differ most, in order of time.
        only: movements that one makes and the other does not.
        notes: what to know before trusting it, one sentence each.
    """

    a: Dance
    b: Dance
    mirror: bool
    bodies: tuple[AlignedBody, AlignedBody]
    warp: Warp
    pair: Pair
    same_clock: Floats
    lags: Lags
    moments: tuple[DifferingMoment, ...]
    only: tuple[UnmatchedMovement, ...]
    notes: tuple[str, ...]

    @property
    def time(self) -> tuple[Floats, Floats]:
        """(R,) seconds of A and of B, row by row of the warp."""
        a, b = self.bodies
        return a.time[self.warp.rows], b.time[0] + self.warp.places / RATE

    @property
    def degrees(self) -> Floats:
        """(P,) mean difference of every part along the warp; NaN where it was never seen."""
        return differences.over_time(self.pair.degrees)

    @property
    def similarity(self) -> float | None:
        """0..100 by the body's degrees (``differences.similarity``), or none where nothing could be compared."""
        degrees = float(self.degrees[_BODY])
        return differences.similarity(degrees) if np.isfinite(degrees) else None

    @property
    def shift(self) -> float:
        """Seconds that B's clock is ahead of A's in the middle of the dance."""
        a, b = self.time
        return float(np.median(b - a))

    @property
    def together(self) -> bool:
        """Both are of one clip."""
        return _together(self.a, self.b)

    @property
    def rhythms(self) -> tuple[Rhythm, Rhythm]:
        """What the runs of A and of B said of rhythm and music; an empty one where none did."""
        found = (one.movements and one.movements.rhythm for one in (self.a, self.b))
        a, b = (rhythm or Rhythm() for rhythm in found)
        return a, b

    @property
    def tempo(self) -> float | None:
        """How fast B dances, A is 1; none for a single frame."""
        a, b = self.time
        return float((a[-1] - a[0]) / (b[-1] - b[0])) if len(a) > 1 and b[-1] > b[0] else None

    @property
    def wander(self) -> float:
        """Root mean square of deviation of B's time from a steady tempo, seconds."""
        a, b = self.time
        if len(a) < 3:
            return 0.0
        return float(np.std(b - np.polyval(np.polyfit(a, b, 1), a)))


def compare(
    a: Pose3D | Dance | Path | str,
    b: Pose3D | Dance | Path | str,
    *,
    mirror: bool = False,
    person_a: int | None = None,
    person_b: int | None = None,
) -> Comparison:
    """Compare two dancers.

    Args:
        a: the one to compare with, such as the teacher: a pose, the folder of a run, ``pose3d.npz`` or a motion file.
        b: the other, likewise.
        mirror: compare the mirror image of B, as in a class that faces its teacher.
        person_a: number of the dancer, where the folder holds several.
        person_b: likewise.

    Raises:
        ValueError: an input that cannot be read or chosen, a dancer who is never seen, or clips too long.
    """
    one, other = _dance(a, person_a, "A"), _dance(b, person_b, "B")
    if one.name == other.name:
        one, other = replace(one, name=f"{one.name} (A)"), replace(other, name=f"{other.name} (B)")
    first, second = _body(one.pose, False), _body(other.pose, mirror)
    warp = align.warp(first, second)
    pair = differences.pair(first, second, warp.rows, warp.places)
    rows, places = differences.same_clock(first, second, _together(one, other))
    plain = np.full(len(PARTS), np.nan)
    if len(rows):
        plain = differences.over_time(differences.pair(first, second, rows, places).degrees)
    found = Comparison(
        one, other, mirror, (first, second), warp, pair, plain, differences.lags(first, second, warp),
        tuple(differences.moments(pair)), (), (),
    )  # fmt: skip
    found = replace(found, only=_only(found))
    return replace(found, notes=_notes(found))


def _dance(given: Pose3D | Dance | Path | str, person: int | None, side: str) -> Dance:
    if isinstance(given, Dance):
        return given
    if not isinstance(given, Pose3D):
        return read_dance(Path(given), person)
    if given.skeleton != H36M17.name:
        raise ValueError(f"dancer {side} has skeleton {given.skeleton}; only {H36M17.name} can be compared")
    return Dance(f"dancer {side}", given)


def _together(a: Dance, b: Dance) -> bool:
    """Whether both dance in one clip, so that their clocks are one."""
    return a.clip is not None and b.clip is not None and a.clip.is_dir() and a.clip.resolve() == b.clip.resolve()


def _body(pose: Pose3D, mirror: bool) -> AlignedBody:
    world = to_world(pose)
    known = np.asarray(pose.measured & np.isfinite(world).any((1, 2)))
    return align.sample(align.mirrored(world) if mirror else world, pose.time, known)


# ---- movements ------------------------------------------------------------------------------------------------------


def _movements(dance: Dance) -> Movements | None:
    if dance.movements is not None:
        return dance.movements
    if dance.pose.frames < 2:
        return None
    from dance3d.api import movements

    return movements(dance.pose)


def _only(found: Comparison) -> tuple[UnmatchedMovement, ...]:
    """Movements inside the warp that the other dancer does not make within half a second."""
    both = [_movements(found.a), _movements(found.b)]
    if both[0] is None or both[1] is None:
        return ()
    a, b = both[0], both[1]
    if found.mirror:
        b = replace(b, prob=b.prob[:, list(MIRROR)])
    times = found.time
    out = [*_missing("a", a, b, times[0], times[1]), *_missing("b", b, a, times[1], times[0])]
    return tuple(sorted(out, key=lambda one: (one.start if one.who == "a" else one.other_start, one.movement)))


def _missing(who: str, mine: Movements, others: Movements, here: Floats, there: Floats) -> list[UnmatchedMovement]:
    """Runs of one dancer that the other has nothing of; ``here`` and ``there`` are the warp on both clocks."""
    out = []
    for run in movement_events(mine, shown=True):
        start, stop = _span(mine, run)
        if start < here[0] - _EDGE or stop > here[-1] + _EDGE:
            continue
        low, high = (float(np.interp(t, here, there)) for t in (start, stop))
        inside = (others.time >= low - _APART) & (others.time <= high + _APART)
        prob = others.prob[inside, run.movement]
        seen = np.isfinite(prob)
        if not seen.any() or seen.mean() < _SEEN or prob[seen].max() >= _DOES:
            continue
        out.append(UnmatchedMovement(who, NAMES[run.movement], start, stop, low, high, run.prob))
    return out


def _span(track: Movements, run: MovementEvent) -> tuple[float, float]:
    return float(track.time[run.start]), float(track.time[min(run.stop, track.frames - 1)])


# ---- what to know -------------------------------------------------------------------------------------------------


def _notes(found: Comparison) -> tuple[str, ...]:
    """What to know before trusting the comparison."""
    notes = []
    a, b = found.time
    for name, body, used in (("A", found.bodies[0], a), ("B", found.bodies[1], b)):
        if used[-1] - used[0] < body.seconds - 0.5:
            notes.append(
                f"of {name} only {used[0]:.1f} to {used[-1]:.1f} s are compared; the rest of its {body.seconds:.1f} s "
                "has no partner"
            )
    seen = np.isfinite(found.pair.degrees[:, _BODY]).mean()
    if seen < 0.9:
        notes.append(f"both dancers are seen in {seen:.0%} of the compared time; the rest is bridged and not scored")
    never = [part for part, value in zip(PARTS, found.degrees, strict=True) if not np.isfinite(value)]
    if never:
        notes.append(f"never seen of both, so not compared: {', '.join(part.replace('_', ' ') for part in never)}")
    if len(a) > 1 and found.warp.confidence < _CONFIDENT:
        notes.append(
            f"the alignment is doubtful (confidence {found.warp.confidence:.2f}): other moments fit nearly as well, as "
            "with different dances or dancers who hardly move"
        )
    turned = _other_way(found)
    degrees, (factor, least) = found.degrees[_BODY], _LOOKS
    if turned < factor * degrees and turned < degrees - least:
        said = "not mirrored: leave out --mirror" if found.mirror else "mirrored: try --mirror"
        notes.append(f"B looks {said}; that way the difference is {turned:.0f} degrees, not {degrees:.0f}")
    return tuple(notes)


def _other_way(found: Comparison) -> float:
    """Degrees of the body with the other setting of ``mirror``."""
    body = _body(found.b.pose, not found.mirror)
    warp = align.warp(found.bodies[0], body)
    both = differences.pair(found.bodies[0], body, warp.rows, warp.places)
    return float(differences.over_time(both.degrees)[_BODY])
