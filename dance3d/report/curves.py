"""Curves for researchers: angles of joints, speeds, and how alike both sides move, each with its error band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Pose3D
from dance3d.contracts.times import median_step
from dance3d.skeleton import H36M17

Array = NDArray[np.float64]
Side = Literal["left", "right", "mid"]
WITHIN = 1.872
"""Standard deviations of one axis in the radius within which 68 % of a point lie that is off alike in every direction:
the square root of the 0.68 quantile of chi-square with three degrees of freedom. ``Pose3D.doubt`` is such a radius."""
DRIFT = 0.5
"""Seconds over which a joint's error changes, chosen: errors of a lifted pose drift, they do not jump from frame to
frame, and only their change falsifies a speed."""
STEADY = 0.1  # seconds, standard deviation of the smoothing before speeds are told; as in ``plausibility``
OVER = 1.0  # seconds, standard deviation of the window of symmetry; chosen
LEAST = 0.1  # metres per second of both sides together below which symmetry is not told; chosen
_BENDS = (  # figure, and the three joints, of each side, whose angle it is; 0 is straight
    ("Elbow bend", ("shoulder", "elbow", "wrist")),
    ("Knee bend", ("hip", "knee", "ankle")),
)
_LIFTS = (  # figure, and the limb that is lifted off the line from thorax down to the pelvis; 0 hangs or stands
    ("Upper arm off the trunk", ("shoulder", "elbow")),
    ("Thigh off the trunk", ("hip", "knee")),
)
_ENDS = (("Hands", "wrist"), ("Feet", "ankle"))
_SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity over the rows of a track.

    Attributes:
        group: ``Joint angles``, ``Speeds`` or ``Symmetry``.
        figure: what is drawn together, such as both knees.
        side: of the dancer; ``mid`` for what has none.
        unit: as a person reads it.
        values: (T,), NaN where unknown.
        within: (T,) the true value is within so much with a probability of 0.68; NaN where nobody estimated it.
    """

    group: str
    figure: str
    side: Side
    unit: str
    values: Array
    within: Array


def curves(pose: Pose3D, world: Array) -> tuple[Curve, ...]:
    """All curves of a dancer; none for a track of one frame, or without any body.

    The bands follow from ``Pose3D.doubt`` to first order, as if joints were off independently of each other and alike
    in every direction. Speeds of hands and feet are around the pelvis, to which the doubt refers.

    Args:
        pose: of the dancer.
        world: (T, J, 3) metres, y up, the same joints first, as ``io.world_frame.to_world`` places them.
    """
    if pose.frames < 2 or not np.isfinite(pose.xyz).any():
        return ()
    return (*_angles(pose, world), *_speeds(pose, world), *_symmetry(pose))


def _spread(pose: Pose3D, *names: str) -> Array:
    """(T, N) standard deviations of joints along one axis, metres; NaN where nobody estimated them."""
    rows = H36M17.indices(*names)
    if pose.doubt is None:
        return np.full((pose.frames, len(rows)), np.nan)
    return np.asarray(pose.doubt[:, rows].astype(np.float64) / WITHIN)


def _angles(pose: Pose3D, world: Array) -> Iterator[Curve]:
    xyz = pose.xyz.astype(np.float64)
    at = {name: xyz[:, H36M17.index(name)] for name in H36M17.joints}
    for figure, joints in _BENDS:
        for side in _SIDES:
            names = [f"{side}_{joint}" for joint in joints]
            first, middle, last = (at[name] for name in names)
            angle, within = _between(first, middle, last, _spread(pose, *names))
            yield Curve("Joint angles", figure, side, "degrees", 180 - angle, within)
    for figure, (root, tip) in _LIFTS:
        for side in _SIDES:
            limb, trunk = at[f"{side}_{tip}"] - at[f"{side}_{root}"], at["pelvis"] - at["thorax"]
            angle, size = _angle(limb, trunk)
            limb_spread = np.hypot(*_spread(pose, f"{side}_{root}", f"{side}_{tip}").T)
            trunk_spread = np.hypot(*_spread(pose, "pelvis", "thorax").T)
            within = np.degrees(np.hypot(limb_spread / size[0], trunk_spread / size[1]))
            yield Curve("Joint angles", figure, side, "degrees", angle, within)
    trunk = world[:, H36M17.index("thorax")] - world[:, H36M17.index("pelvis")]
    lean, size = _angle(trunk, np.broadcast_to([0.0, 1.0, 0.0], trunk.shape))
    within = np.degrees(np.hypot(*_spread(pose, "pelvis", "thorax").T) / size[0])
    yield Curve("Joint angles", "Trunk off upright", "mid", "degrees", lean, within)


def _angle(one: Array, other: Array) -> tuple[Array, tuple[Array, Array]]:
    """(T,) degrees between two vectors (T, 3), and the lengths of both, metres."""
    a, b = (np.maximum(np.linalg.norm(each, axis=1), 1e-6) for each in (one, other))
    return np.degrees(np.arccos(np.clip((one * other).sum(1) / (a * b), -1, 1))), (a, b)


def _between(first: Array, middle: Array, last: Array, spread: Array) -> tuple[Array, Array]:
    """(T,) degrees at a joint between its neighbours, and how far off they may be.

    To first order an end moves the angle by its error across its limb over that limb's length, and the joint itself by
    both of these together.

    Args:
        first: (T, 3) metres, of one neighbour.
        middle: of the joint.
        last: of the other neighbour.
        spread: (T, 3) standard deviations of the three along one axis, metres.
    """
    angle, (a, b) = _angle(first - middle, last - middle)
    of_joint = 1 / a**2 + 1 / b**2 - 2 * np.cos(np.radians(angle)) / (a * b)
    variance = (spread[:, 0] / a) ** 2 + (spread[:, 2] / b) ** 2 + spread[:, 1] ** 2 * np.maximum(of_joint, 0)
    return angle, np.degrees(np.sqrt(variance))


def _speed(path: Array, pose: Pose3D) -> Array:
    """(T,) metres per second of a path (T, 3) smoothed over ``STEADY``; NaN where it is missing."""
    sigma = STEADY / median_step(pose.time, 1 / 30)
    return np.asarray(np.linalg.norm(np.gradient(_smooth(path, sigma), pose.time, axis=0), axis=1))


def _smooth(values: Array, sigma: float) -> Array:
    """Gaussian smoothing along the first axis, of what is known; NaN where the middle is missing."""
    known = np.isfinite(values)
    weight = gaussian_filter1d(known.astype(np.float64), sigma, axis=0, mode="nearest")
    sums = gaussian_filter1d(np.where(known, values, 0.0), sigma, axis=0, mode="nearest")
    return np.where(known, sums / np.maximum(weight, 1e-9), np.nan)


def _ends(pose: Pose3D, joint: str) -> list[tuple[Array, Array]]:
    """Speed around the pelvis and its spread, of the left and of the right."""
    return [
        (_speed(pose.xyz[:, H36M17.index(name)].astype(np.float64), pose), _spread(pose, name)[:, 0] / DRIFT)
        for name in (f"{side}_{joint}" for side in _SIDES)
    ]


def _speeds(pose: Pose3D, world: Array) -> Iterator[Curve]:
    for figure, joint in _ENDS:
        for side, (speed, within) in zip(_SIDES, _ends(pose, joint), strict=True):
            yield Curve("Speeds", f"{figure} around the pelvis", side, "m/s", speed, within)
    if pose.root is not None:
        speed = _speed(world[:, H36M17.index("pelvis")], pose)
        yield Curve("Speeds", "Pelvis through the room", "mid", "m/s", speed, np.full(pose.frames, np.nan))


def _symmetry(pose: Pose3D) -> Iterator[Curve]:
    """By how much the left moves faster than the right, of both together, over a window: -100 % only the right does."""
    sigma = OVER / median_step(pose.time, 1 / 30)
    for figure, joint in _ENDS:
        (left, left_off), (right, right_off) = _ends(pose, joint)
        left, right = _smooth(left, sigma), _smooth(right, sigma)
        both = np.where(left + right >= LEAST, left + right, np.nan)
        within = 2 * np.hypot(right * left_off, left * right_off) / both**2
        yield Curve("Symmetry", f"{figure}: left over right", "mid", "%", 100 * (left - right) / both, 100 * within)
