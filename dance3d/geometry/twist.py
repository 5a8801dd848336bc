"""How far a bone is turned about its own length: told by what bends sideways from it, carried over where nothing does.

The turn is an angle from a reference, the parent's frame swung to the bone's direction, and lies in an anatomical
range of less than a full turn. So it is a plain number, and the best course in time is that of a linear least squares:
nothing wraps, and no average of what is possible is impossible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from dance3d.geometry.rotations import about, swing
from dance3d.geometry.vectors import unit

Array = NDArray[np.float64]
RATE = 3.0
"""Radians by which a twist wanders within a second (as a random walk); chosen, as all constants here."""
LASTING = 0.1
"""Seconds that errors of lifted joints last: within them frames say the same."""
PRIOR = 0.1
"""Evidence per second for the resting twist, 1 / (radian^2 s): after about a second without other, it counts."""
FADE = np.deg2rad(45)
"""Beyond the range by so much, evidence counts for nothing."""
STRAIGHT = np.sin(np.deg2rad(20))
"""Sine of the bend below which a joint that bends the wrong way is taken for one that bends the right way a little."""


@dataclass(frozen=True, eq=False)
class Hint:
    """Evidence for a twist: a vector that in the rest pose points elsewhere than along the bone.

    Attributes:
        rest: (3,) its direction in the rest pose.
        vector: (T, 3) metres, NaN where unknown; what of it is across the bone counts.
        doubt: metres by which its end is uncertain.
        slack: radians by which anatomy lets it turn against the bone.
        bends: whether it is the next bone of a hinge, which noise bends the wrong way where it is nearly straight.
    """

    rest: tuple[float, float, float]
    vector: Array
    doubt: float
    slack: float
    bends: bool = False


def twisted(
    parent: Array,
    rest: tuple[float, float, float],
    along: Array,
    hints: list[Hint],
    limits: tuple[float, float],
    time: Array,
) -> tuple[Array, Array]:
    """Frames of a bone and its twist.

    Args:
        parent: (T, 3, 3) frames from which the twist counts.
        rest: direction of the bone in the rest pose.
        along: (T, 3) its direction, finite.
        hints: evidence.
        limits: least and greatest twist, degrees.
        time: (T,) seconds.

    Returns:
        (T, 3, 3) rotations that take ``rest`` to ``along`` exactly, and (T,) radians.
    """
    axis, straight = unit(along), unit(np.array(rest))
    reference = parent @ swing(straight, np.einsum("tji,tj->ti", parent, axis))
    low, high = np.deg2rad(limits)
    evidence, pull = np.zeros(len(axis)), np.zeros(len(axis))
    for hint in hints:
        angle, weight = _read(hint, axis, straight, reference, (float(low), float(high)))
        evidence += weight
        pull += weight * angle
    angle = np.clip(_course(pull / np.maximum(evidence, 1e-12), evidence, time), low, high)
    return about(axis, angle) @ reference, angle


def _read(
    hint: Hint, axis: Array, straight: Array, reference: Array, limits: tuple[float, float]
) -> tuple[Array, Array]:
    """Twist (T,) that a hint tells, radians inside the limits, and its weight (T,), 1 / radian^2."""
    aim = np.array(hint.rest) - straight * (straight @ np.array(hint.rest))
    aim = reference @ (aim / np.linalg.norm(aim))
    known = np.asarray(np.isfinite(hint.vector).all(-1))
    vector = np.where(known[:, None], hint.vector, 0.0)
    across = vector - (vector * axis).sum(-1, keepdims=True) * axis
    size = np.linalg.norm(across, axis=-1)
    angle = np.arctan2((axis * np.cross(aim, across)).sum(-1), (aim * across).sum(-1))
    middle = (limits[0] + limits[1]) / 2
    if hint.bends:
        flat = size < STRAIGHT * np.linalg.norm(vector, axis=-1)
        angle = np.where(flat & (np.cos(angle - middle) < 0), angle + np.pi, angle)
    angle = middle + (angle - middle + np.pi) % (2 * np.pi) - np.pi
    inside = np.clip(angle, *limits)
    weight = 1 / (hint.slack**2 + (hint.doubt / np.maximum(size, 1e-9)) ** 2)
    weight = weight * np.clip(1 - np.abs(angle - inside) / FADE, 0, 1)
    return inside, np.where(known, weight, 0.0)


def _course(angle: Array, weight: Array, time: Array) -> Array:
    """(T,) the twists that meet the evidence and wander little: a tridiagonal least squares over time.

    Args:
        angle: (T,) radians.
        weight: (T,) 1 / radian^2.
        time: (T,) seconds, increasing.
    """
    if len(time) == 1:
        return weight * angle / (weight + PRIOR * LASTING)
    step = np.maximum(np.diff(time), 1e-4)
    span = np.minimum((np.append(step, step[-1]) + np.append(step[0], step)) / 2, LASTING)
    data, link = weight * span / LASTING, 1 / (RATE**2 * step)
    bands = np.zeros((2, len(time)))
    bands[1] = data + PRIOR * span
    bands[1, :-1] += link
    bands[1, 1:] += link
    bands[0, 1:] = -link
    return np.asarray(solveh_banded(bands, data * angle), np.float64)
