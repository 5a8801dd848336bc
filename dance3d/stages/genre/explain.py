"""Evidence of a decision: which movements of which body part, and when, raise the probability of the class.

A piece of evidence is a movement of a part during an interval. It is removed by hiding the movement there and moving
the part's joints to their mean position: the net reads poses beside movements, and what a part does is visible in both.
Its weight is the fall of the probability.

Source: Zeiler & Fergus, ECCV 2014, occlusion sensitivity, over body parts and time in place of squares of an image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Evidence
from dance3d.movement_types import MOVEMENTS, NAMES
from dance3d.skeleton import PARTS
from dance3d.stages.genre.features import BLOCKS, JOINTS, MOVES, STEP, TURN, Features
from dance3d.stages.genre.windows import stack_windows

Floats = NDArray[np.floating]
Ask = Callable[[NDArray[np.float32], NDArray[np.float32]], Floats]
"""Probabilities (N,) of one class from the features (N, S, D) and presence (N, S) of N windows."""
Span = tuple[int, int]
TOP = 3
"""Pieces that the deletion test removes together."""
# Chosen:
_ACTIVE = 0.5  # feature above which a movement happens; ``features`` moves its threshold there
_PAUSE = 2.0  # seconds of the longest pause in one piece
_LONGEST = 10.0  # seconds of one piece
_PER_MOVEMENT = 2  # pieces of one movement
_SAMPLED = 24  # windows for the estimate of weights
_MEASURED = 16  # pieces with the largest estimates, whose weights are then measured


def _pose_of(part: str) -> NDArray[np.intp]:
    """Columns of the joints of a part, in space and in the image; for the whole body also the turning rate."""
    rows = np.array([JOINTS.index(joint) for joint in PARTS[part] if joint in JOINTS], np.intp)
    inside = (3 * rows[:, None] + np.arange(3)).reshape(-1)
    turn = [TURN] if part == "body" else []
    return np.concatenate([MOVES + inside, np.array(turn, np.intp), BLOCKS["pose2d"].start + inside])


POSES = {part: _pose_of(part) for part in PARTS}


@dataclass(frozen=True, eq=False)
class Decision:
    """A decision for one class.

    Attributes:
        features: of the whole track.
        spans: (start, stop) steps of the windows that were classified.
        share: (W,) weight of each window in the clip's probability, sum 1.
        mean: (D,) mean of the features, which replaces what is removed.
        ask: returns the net's probabilities of the class.
    """

    features: Features
    spans: Sequence[Span]
    share: Floats
    mean: NDArray[np.float32]
    ask: Ask

    def probability(self, evidence: Sequence[Evidence] = ()) -> float:
        """Of the class, with evidence removed."""
        if evidence:
            return float(
                self.share @ self._ask_windows(remove_evidence(self.features, evidence, self.mean), self.spans)
            )
        return float(self.share @ self.unchanged)

    @cached_property
    def unchanged(self) -> Floats:
        """(W,) probabilities of the unchanged windows."""
        return self._ask_windows(self.features, self.spans)

    def fall(self, evidence: Sequence[Evidence]) -> float:
        """Fall of the probability when evidence is removed; only windows with evidence are computed again."""
        here = evidence_steps(self.features, evidence)
        touched = [n for n, (start, stop) in enumerate(self.spans) if here[start:stop].any()]
        if not touched:
            return 0.0
        after = self._ask_windows(remove_evidence(self.features, evidence, self.mean), [self.spans[n] for n in touched])
        return float(self.share[touched] @ (self.unchanged[touched] - after))

    def _ask_windows(self, features: Features, spans: Sequence[Span]) -> Floats:
        return self.ask(*stack_windows(features, spans))


def evidence_steps(features: Features, evidence: Sequence[Evidence]) -> NDArray[np.bool_]:
    """(N,) steps that evidence covers."""
    out = np.zeros(len(features.time), bool)
    for piece in evidence:
        out |= _during(features, piece)
    return out


def _during(features: Features, piece: Evidence) -> NDArray[np.bool_]:
    return np.asarray((features.time >= piece.start) & (features.time <= piece.stop))


def remove_evidence(features: Features, evidence: Sequence[Evidence], mean: NDArray[np.float32]) -> Features:
    """A track without some of its evidence.

    Args:
        features: of the track.
        evidence: pieces, of which movement, part and interval count.
        mean: (D,) mean of the features, as in the net.
    """
    values = features.values.copy()
    for piece in evidence:
        _hide(values, _during(features, piece), NAMES.index(piece.movement), mean)
    return features._replace(values=values)


def _hide(values: NDArray[np.float32], where: NDArray[np.bool_], movement: int, mean: NDArray[np.float32]) -> None:
    """Limit the movement to its mean, and move its part to its mean position, in some rows of (N, D), in place."""
    values[where, movement] = np.minimum(values[where, movement], mean[movement])
    pose = POSES[MOVEMENTS[movement].part]
    values[np.ix_(where, pose)] = mean[pose]


def explain(case: Decision, most: int) -> tuple[Evidence, ...]:
    """The strongest pieces of evidence, strongest first.

    Every piece lowers the probability by its ``weight`` when it alone is removed; it also lowers the remaining
    probability after the stronger ones are removed. At most two pieces are of one movement.
    """
    if most < 1 or not len(case.spans):
        return ()
    likely = sorted(_candidates(case), key=lambda piece: -piece.weight)[:_MEASURED]
    measured = [Evidence(p.movement, p.start, p.stop, case.fall([p])) for p in likely]
    kept: list[Evidence] = []
    count: Counter[str] = Counter()
    lowered = 0.0
    for piece in sorted(measured, key=lambda piece: -piece.weight):
        if piece.weight <= 0 or len(kept) == most:
            break
        together = case.fall([*kept, piece]) if kept else piece.weight
        if count[piece.movement] < _PER_MOVEMENT and together > lowered:
            kept.append(piece)
            count[piece.movement] += 1
            lowered = together
    return tuple(kept)


def _candidates(case: Decision) -> Iterator[Evidence]:
    """Every interval of every movement, with an estimate of its weight from some windows."""
    made = case.features.values[:, :MOVES] > _ACTIVE
    guess = np.zeros(made.shape)
    for n in np.unique(np.linspace(0, len(case.spans) - 1, min(_SAMPLED, len(case.spans))).round().astype(int)):
        start, stop = case.spans[n]
        here = made[start:stop]
        some = np.flatnonzero(here.any(0))
        if not len(some):
            continue
        values, present = stack_windows(case.features, [(start, stop)])
        values, present = values.repeat(len(some), 0), present.repeat(len(some), 0)
        for one, movement in zip(values[:, -len(here) :], some, strict=True):
            _hide(one, here[:, movement], int(movement), case.mean)
        drop = case.share[n] * (case.unchanged[n] - case.ask(values, present))
        guess[start:stop, some] += here[:, some] * drop / here[:, some].sum(0)
    for movement in np.flatnonzero(guess.max(0, initial=0) > 0):
        for run in _runs(made[:, movement]):
            start, stop = case.features.time[run[0]] - STEP / 2, case.features.time[run[-1]] + STEP / 2
            strength = float(guess[run, movement].sum())
            if strength > 0:
                yield Evidence(NAMES[movement], round(max(float(start), 0.0), 3), round(float(stop), 3), strength)


def _runs(flags: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """Steps of each interval: pauses of up to two seconds are bridged, and too long intervals are cut evenly."""
    steps = np.flatnonzero(flags)
    for run in np.split(steps, np.flatnonzero(np.diff(steps) * STEP > _PAUSE) + 1):
        count = int(np.ceil((run[-1] - run[0] + 1) * STEP / _LONGEST))
        yield from (piece for piece in np.array_split(run, count) if len(piece))


def deletion_test(cases: Sequence[tuple[Decision, Sequence[Evidence]]]) -> dict[str, float]:
    """Deletion test of evidence: removing the top three pieces must lower the probability.

    Args:
        cases: decisions, each with its evidence; a decision without evidence fails the test.

    Returns:
        ``top3_lowers``: share of the decisions whose probability falls; ``top3_fall``: the mean fall; ``clips``: number
        of decisions.

    Raises:
        ValueError: no decision.
    """
    if not cases:
        raise ValueError("no decision was given whose evidence could be tested")
    falls = np.array([
        case.probability() - case.probability(sorted(found, key=lambda e: -e.weight)[:TOP]) for case, found in cases
    ])  # fmt: skip
    return {
        "top3_lowers": round(float((falls > 0).mean()), 4),
        "top3_fall": round(float(falls.mean()), 4),
        "clips": float(len(cases)),
    }
