"""The 154 movement types computed from a 3D pose: labels without an annotator (docs/movements.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Movements, Pose3D
from dance3d.geometry.still_camera import known
from dance3d.geometry.up_direction import up_direction
from dance3d.movement_types import NAMES, WORDS
from dance3d.stages.motion.rules.clap import clap
from dance3d.stages.motion.rules.head_and_arms import arm, forearm, head, shoulder
from dance3d.stages.motion.rules.legs import foot, knee, leg
from dance3d.stages.motion.rules.signals import RATE, Array, Flags, Signals, uniform_stretches
from dance3d.stages.motion.rules.thresholds import Thresholds, shipped
from dance3d.stages.motion.rules.trunk import hips, torso
from dance3d.stages.motion.rules.whole_body import body as whole_body
from dance3d.timeseries.resampling import chunks

_ONE = {"head": head, "torso": torso, "hips": hips, "body": whole_body}
_PAIRED = {"shoulder": shoulder, "arm": arm, "forearm": forearm, "leg": leg, "knee": knee, "foot": foot}

_TRAVEL = ("travel_forward", "travel_back", "travel_left", "travel_right", "jump", "hop", "land", "rise", "sink")
_STEPS = ("step_forward", "step_back", "step_side", "slide")
PLACED = frozenset(
    [*(f"body.{name}" for name in _TRAVEL), *(f"{side}_foot.{name}" for side in "lr" for name in _STEPS)]
)
"""Movements through the room: nobody can tell them where the camera moves, and how is not known."""
_PLACED = np.array([name in PLACED for name in NAMES])
PLACED_WORDS = np.array([bool(word.types) and PLACED.issuperset(word.types) for word in WORDS])
_MEMBERS = [[(*NAMES, "clap").index(name) for name in word.types or (word.name,)] for word in WORDS]
PIECE, AROUND = 18000, 1800
"""Chosen: frames of a stretch that rules read at once, ten minutes, and frames around them, a minute.

Both are multiples of ``periodic.HOP``, so that the windows of a piece are those of the whole."""


def table(s: Signals) -> Flags:
    """(N, 154) flags of one stretch at 30 frames/s; long stretches are read in pieces, so that memory stays bounded."""
    return in_pieces(s, rule_flags)


def in_pieces(s: Signals, rules: Callable[[Signals], Flags]) -> Flags:
    """(N, ...) flags that rules give of a stretch, read in pieces of bounded size."""
    pieces = []
    for start, stop in chunks(len(s.p), PIECE):
        low = max(start - AROUND, 0)
        pieces.append(rules(s.part(low, stop + AROUND))[start - low : stop - low])
    return np.concatenate(pieces)


def with_clap(s: Signals) -> Flags:
    """(N, 155) flags of the types, and of the clap behind them."""
    return np.column_stack([rule_flags(s), clap(s)])


def rule_flags(s: Signals) -> Flags:
    """(N, 154) flags of one piece of a stretch."""
    found = {f"{part}.{name}": on for part, rule in _ONE.items() for name, on in rule(s).items()}
    for side in ("left", "right"):
        for part, paired in _PAIRED.items():
            found |= {f"{side[0]}_{part}.{name}": on for name, on in paired(s, side).items()}
    return np.stack([found[name] for name in NAMES], 1)


Points = NDArray[np.floating]
T = TypeVar("T", bound=np.generic)


class Sampled(NamedTuple):
    """A stretch of a clip at 30 frames/s, and the rows of the clip that it answers for.

    Attributes:
        signals: of N frames.
        rows: (R,) rows of the clip.
        frame: (R,) the nearest frame to each of them.
    """

    signals: Signals
    rows: NDArray[np.intp]
    frame: NDArray[np.intp]


def sample(
    xyz: Points,
    time: Array,
    up: Points | None = None,
    root: Points | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[list[Sampled], Flags]:
    """Stretches of at least four frames.

    Args:
        xyz: (T, 17, 3) metres relative to the pelvis, in any right-handed frame; NaN where missing.
        time: (T,) seconds, rising.
        up: (3,) unit vector against gravity in that frame; estimated from the trunk if None.
        root: (T, 3) path of the pelvis in that frame, metres, or None.
        thresholds: instead of the project's own, ``thresholds.shipped``.

    Returns:
        The stretches, and (T,) which rows have the dancer.
    """
    body = np.asarray(xyz, float)
    path = None if root is None else np.asarray(root, float)
    seen = np.isfinite(body).all((1, 2)) & (True if path is None else np.isfinite(path).all(1))
    out = []
    plumb = up_direction(body, up)
    for signals, grid in uniform_stretches(body, time, plumb, path, thresholds or shipped()):
        if len(grid) >= 4:
            rows = np.flatnonzero(seen & (time >= grid[0] - 1e-6) & (time <= grid[-1] + 1 / RATE))
            frame = np.clip(np.round((time[rows] - grid[0]) * RATE).astype(int), 0, len(grid) - 1)
            out.append(Sampled(signals, rows, frame))
    return out, seen


def label(
    xyz: Points,
    time: Array,
    up: Points | None = None,
    root: Points | None = None,
    thresholds: Thresholds | None = None,
) -> Array:
    """Movement labels of one dancer.

    Args:
        xyz: (T, 17, 3) metres relative to the pelvis, in any right-handed frame; NaN where missing.
        time: (T,) seconds, rising.
        up: (3,) unit vector against gravity in that frame; ``geometry.up_direction`` if None.
        root: (T, 3) path of the pelvis in that frame, metres. If None, the lower foot is assumed to stand still on the
            floor: travel and steps follow from this, but jumps and slides cannot be seen.
        thresholds: instead of the project's own, ``thresholds.shipped``.

    Returns:
        (T, 154) of 0 and 1 in the order of ``movement_types.MOVEMENTS``, NaN where the frame is missing. A stretch of
        less than four frames (0.13 s) has no movement.
    """
    return _labels(xyz, time, up, root, thresholds, rule_flags)


def _labels(
    xyz: Points,
    time: Array,
    up: Points | None,
    root: Points | None,
    thresholds: Thresholds | None,
    rules: Callable[[Signals], Flags],
) -> Array:
    """(T, C) of 0, 1 and NaN, as many columns as the rules have; see ``label`` for the other arguments."""
    stretches, seen = sample(xyz, time, up, root, thresholds)
    found = [in_pieces(stretch.signals, rules) for stretch in stretches]
    width = found[0].shape[1] if found else len(NAMES) + (rules is with_clap)
    out = np.where(seen[:, None], 0.0, np.nan) * np.ones(width)
    for stretch, flags in zip(stretches, found, strict=True):
        out[stretch.rows] = flags[stretch.frame]
    return out


def of_words(columns: NDArray[T]) -> NDArray[T]:
    """(T, W) the highest of each word's members, of (T, 155) values of the types and of the clap behind them."""
    return np.stack([columns[:, members].max(1) for members in _MEMBERS], 1)


def movements(pose: Pose3D, thresholds: Thresholds | None = None) -> Movements:
    """Movements of one dancer by rule, one row per row of the pose; NaN where the dancer is missing.

    Args:
        pose: of 17 joints.
        thresholds: instead of the project's own, ``thresholds.shipped``.

    Raises:
        ValueError: the pose has another skeleton than h36m17.
    """
    if pose.skeleton != "h36m17":
        raise ValueError(f"movement rules read skeleton h36m17, the pose has {pose.skeleton!r}")
    every = _labels(pose.xyz, pose.time, pose.up, pose.root, thresholds, with_clap).astype(np.float32)
    prob, words = where_path_known(every[:, : len(NAMES)], pose), where_path_known(of_words(every), pose, PLACED_WORDS)
    return Movements(prob, pose.time, pose.start, pose.person, words=words)


def where_path_known(
    prob: NDArray[np.float32], pose: Pose3D, placed: NDArray[np.bool_] = _PLACED
) -> NDArray[np.float32]:
    """Probabilities without movements through the room where it is not known how the camera moves.

    Args:
        prob: (T, M), of the 154 types or of others.
        pose: that they were read in.
        placed: (M,) which are movements through the room.
    """
    unknown = ~known(pose.still, pose.frames)
    return np.where(unknown[:, None] & placed & np.isfinite(prob), np.float32(0), prob) if unknown.any() else prob
