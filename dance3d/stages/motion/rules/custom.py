"""Movement types that a user describes: signals of joints, and conditions on them (docs/movements-own.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dance3d.contracts import Pose3D
from dance3d.geometry.vectors import degrees_between, unit
from dance3d.movement_types import Movement, mirrored
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules import computed_labels
from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.periodic import periodicity, swings, windows_to_frames
from dance3d.stages.motion.rules.signals import RATE, Array, Flags, Signals, rate
from dance3d.stages.motion.rules.thresholds import Values
from dance3d.timeseries.segments import long_segments

SIGNALS = {"angle": (3,), "distance": (2,), "height": (1, 2), "speed": (1, 2), "turn": (1,)}
"""Every signal, and the possible numbers of its joints."""
TURNS = {"body": ("hip", "shoulder"), "hips": ("hip",), "chest": ("shoulder",)}
"""What can turn, and the pairs of joints that give its direction."""
KINDS = {
    "angle": ("rises", "falls", "above", "below", "repeats"),
    "distance": ("rises", "falls", "above", "below", "repeats"),
    "height": ("rises", "falls", "above", "below", "repeats"),
    "speed": ("above", "below", "repeats", "stops"),
    "turn": ("rises", "falls", "repeats"),
}
"""Possible conditions of each signal."""
DEGREES = ("angle", "turn")
STOPPED = 1 / 6
"""A movement has stopped when this share of its speed is left; the same as for ``forearm.hit``."""
FASTEST = 10.0
"""Hz; faster repetitions cannot be seen at 30 frames/s."""


@dataclass(frozen=True)
class Condition:
    """One signal and its condition.

    Attributes:
        signal: a key of ``SIGNALS``.
        of: the joints of the signal, or a key of ``TURNS``.
        does: one of ``KINDS`` of the signal.
        amount: degrees, body scales S or S/s: how far it rises or falls, the level it is above or below, the amplitude
            with which it repeats, or the speed from which it stops.
        seconds: above and below: the least duration.
        hertz: repeats: lowest and highest frequency.
    """

    signal: str
    of: tuple[str, ...]
    does: str
    amount: float
    seconds: float = 0.0
    hertz: tuple[float, float] = (0.0, 0.0)

    @property
    def mirrored(self) -> Condition:
        """The same condition for the mirrored dancer."""
        if self.signal == "turn":
            return replace(self, does={"rises": "falls", "falls": "rises"}.get(self.does, self.does))
        return replace(self, of=tuple(H36M17.joints[H36M17.swap[H36M17.index(joint)]] for joint in self.of))


@dataclass(frozen=True)
class OwnType:
    """A movement type that a user added.

    Attributes:
        movement: name, kind and description, as of one of the 154.
        when: conditions that hold together; none if the type is known from labels only.
        seconds: the least duration.
    """

    movement: Movement
    when: tuple[Condition, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """``part.label``."""
        return self.movement.name

    @property
    def mirrored(self) -> OwnType:
        """The same type on the other side."""
        part, label = mirrored(self.movement).split(".")
        when = tuple(condition.mirrored for condition in self.when)
        return replace(self, movement=replace(self.movement, part=part, label=label), when=when)


def mirror(types: tuple[OwnType, ...]) -> tuple[int, ...]:
    """Column of each type's mirror image; -1 for a type whose mirrored type is not among them."""
    names = [own.name for own in types]
    twins = [mirrored(own.movement) for own in types]
    return tuple(names.index(twin) if twin in names else -1 for twin in twins)


def flags(types: tuple[OwnType, ...], signals: Signals) -> Flags:
    """(N, U) where each type happens in a stretch; false for types that are known from labels only."""
    out = np.zeros((len(signals.p), len(types)), bool)
    for column, own in enumerate(types):
        if own.when:
            together = np.all([holds(condition, signals) for condition in own.when], axis=0)
            out[:, column] = long_segments(together, max(kind.frames(own.seconds), 1))
    return out


def label_own(types: tuple[OwnType, ...], pose: Pose3D) -> Array:
    """(T, U) of 0 and 1, row by row of a pose; NaN where the dancer is missing, and for types known from labels only.

    Raises:
        ValueError: the pose has another skeleton than h36m17.
    """
    if pose.skeleton != H36M17.name:
        raise ValueError(f"movement types read skeleton {H36M17.name}, the pose has {pose.skeleton!r}")
    stretches, seen = computed_labels.sample(pose.xyz, pose.time, pose.up, pose.root)
    known = np.array([bool(own.when) for own in types], bool)
    out = np.where(seen[:, None] & known, 0.0, np.nan)
    for stretch in stretches:
        found = flags(types, stretch.signals)[stretch.frame]
        out[np.ix_(stretch.rows, known)] = found[:, known]
    return out


def holds(condition: Condition, s: Signals) -> Flags:
    """(N,) where a condition holds."""
    x, amount = signal(condition, s), condition.amount
    if condition.does in ("above", "below"):
        on = x > amount if condition.does == "above" else x < amount
        return long_segments(on, max(kind.frames(condition.seconds), 1))
    if condition.does == "repeats":
        return _repeats(x, condition, s.thresholds.default("P"))
    if condition.does == "stops":
        return kind.stopping(x >= amount, x < STOPPED * amount, s.thresholds.default("V"))
    turns, moves = s.thresholds.default("R"), s.thresholds.default("T")
    at = turns if condition.signal in DEGREES else {**moves, "rate": moves["speed"]}
    return kind.turning(x, 1 if condition.does == "rises" else -1, {**at, "excursion": amount})


def _repeats(x: Array, condition: Condition, at: Values) -> Flags:
    """Where x (N,) repeats with a period in the band, and not only with a multiple of a shorter one."""
    low, high = condition.hertz
    found = periodicity(x, low, FASTEST, at["window"])
    if found is None:
        return np.zeros(len(x), bool)
    inside = (found.lag >= np.floor(RATE / high)) & (found.lag <= np.ceil(RATE / low))
    hit = inside & (found.score >= at["autocorrelation"]) & (found.amplitude >= condition.amount)
    return windows_to_frames(hit, len(x), found.width) & swings(x, condition.amount, at["alive"])


def signal(condition: Condition, s: Signals) -> Array:
    """(N,) the signal of a condition: degrees, S or S/s."""
    of = condition.of
    if condition.signal == "angle":
        return degrees_between(s.bone(of[1], of[0]), s.bone(of[1], of[2]))
    if condition.signal == "turn":
        return s.yaw(sum((unit(s.bone(f"left_{j}", f"right_{j}")) for j in TURNS[of[0]]), np.zeros(3)))
    if condition.signal == "height":
        return s.at(of[0])[:, 1] - (s.at(of[1])[:, 1] if len(of) == 2 else s.floor)
    quick = condition.signal == "speed" or condition.does == "repeats"
    paths = [s.at(joint, quick) for joint in of]
    moved = paths[0] - paths[1] if len(of) == 2 else paths[0]
    out: Array = np.linalg.norm(rate(moved) if condition.signal == "speed" else moved, axis=-1)
    return out
