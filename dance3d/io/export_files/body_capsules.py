"""A plain body as capsules around the bones of the rest pose, of any body's lengths.

Radii and offsets are written for a trunk of 0.49 m, in metres, and were chosen by eye, as in ``synth.body``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_TRUNK = 0.49
_LEAST_TRUNK = 0.05  # metres, of one who was never seen: a body of no size has no skin
_GREY, _SKIN, _DARK = (0.52, 0.55, 0.60), (0.86, 0.70, 0.58), (0.10, 0.10, 0.12)
_SIDES = {"left": (0.93, 0.55, 0.20), "right": (0.25, 0.55, 0.90)}  # as the overlay: left orange, right blue


class Capsule(NamedTuple):
    """Two balls and what lies between them, moved by one bone.

    Attributes:
        bone: name in ``geometry.bones.BONES``.
        a: (3,) centre of the first ball, metres.
        b: (3,) centre of the second.
        radius: of both.
        colour: RGB 0..1.
        flat: (3,) extent of the balls along x, y and z, 1 for round ones.
    """

    bone: str
    a: Array
    b: Array
    radius: tuple[float, float]
    colour: tuple[float, float, float]
    flat: Array


@dataclass
class _Capsules:
    """Collects capsules; radii are scaled by ``size``."""

    size: float
    parts: list[Capsule] = field(default_factory=list)

    def add(
        self,
        bone: str,
        a: Array,
        b: Array,
        radius: tuple[float, float],
        colour: tuple[float, float, float],
        flat: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        """Add one capsule; arguments as its attributes, radii for a trunk of 0.49 m."""
        first, second = (one * self.size for one in radius)
        self.parts.append(Capsule(bone, a, b, (first, second), colour, np.array(flat)))


def body_capsules(at: Mapping[str, Array]) -> list[Capsule]:
    """The body around joints in the rest pose.

    Args:
        at: (3,) places of joints, toes and hands by name, metres.
    """
    made = _Capsules(max(float(np.linalg.norm(at["thorax"] - at["pelvis"])), _LEAST_TRUNK) / _TRUNK)
    _trunk(made, at)
    _head(made, at["head"])
    for side, x in (("left", 1.0), ("right", -1.0)):
        _arm(made, at, side, x)
        _leg(made, at, side)
    return made.parts


def _trunk(t: _Capsules, at: Mapping[str, Array]) -> None:
    s = t.size
    pelvis, spine, thorax = at["pelvis"], at["spine"], at["thorax"]
    up = np.array([0.0, s, 0.0])
    left, right = (pelvis + 0.72 * (at[f"{side}_hip"] - pelvis) + 0.03 * up for side in ("left", "right"))
    t.add("pelvis", left, right, (0.098, 0.098), _DARK, (1, 1, 0.92))
    t.add("pelvis", pelvis, pelvis + 0.09 * up, (0.138, 0.130), _DARK, (1, 1, 0.74))
    t.add("lower_back", pelvis + 0.085 * up, spine, (0.137, 0.126), _GREY, (1, 1, 0.74))
    t.add("chest", spine, thorax - 0.10 * up, (0.124, 0.150), _GREY, (1, 1, 0.66))
    for side, x in (("left", s), ("right", -s)):
        shoulder = at[f"{side}_shoulder"]
        t.add(
            f"{side}_clavicle",
            thorax + np.array([0.04 * x, -0.03 * s, 0]),
            shoulder - 0.012 * up,
            (0.070, 0.051),
            _GREY,
        )
        breast = thorax + np.array([0.075 * x, -0.10 * s, 0])
        t.add("chest", breast, shoulder - 0.035 * up, (0.090, 0.050), _GREY, (1, 1, 0.85))
    t.add("neck", thorax - 0.01 * up, at["nose"], (0.060, 0.052), _SKIN)


def _head(t: _Capsules, top: Array) -> None:
    """A skull with hair, jaw, nose and eyes, so that one sees where it looks."""

    def spot(x: float, y: float, z: float) -> Array:
        return np.asarray(top + t.size * np.array([x, y - 0.100, z + 0.012]))

    t.add("head", spot(0, 0, -0.012), spot(0, -0.01, 0), (0.096, 0.092), _SKIN, (0.82, 1, 1))
    t.add("head", spot(0, -0.01, 0.018), spot(0, -0.105, 0.050), (0.080, 0.040), _SKIN, (0.86, 1, 1))
    t.add("head", spot(0, 0.014, -0.026), spot(0, -0.005, -0.030), (0.099, 0.096), _DARK, (0.86, 1, 1))
    t.add("head", spot(0, -0.020, 0.086), spot(0, -0.052, 0.108), (0.010, 0.016), _SKIN)
    for x in (0.032, -0.032):
        t.add("head", spot(x, -0.014, 0.080), spot(x, -0.014, 0.081), (0.011, 0.011), _DARK)


def _arm(t: _Capsules, at: Mapping[str, Array], side: str, x: float) -> None:
    s, colour = t.size, _SIDES[side]
    shoulder, elbow, wrist = (at[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
    along, ahead = np.array([x * s, 0.0, 0.0]), np.array([0.0, 0.0, s])
    t.add(f"{side}_upper_arm", shoulder, elbow, (0.052, 0.038), colour)
    t.add(f"{side}_forearm", elbow, wrist, (0.039, 0.026), colour)
    t.add(f"{side}_hand", wrist, wrist + 0.075 * along, (0.028, 0.042), _SKIN, (1, 0.5, 1))
    t.add(f"{side}_hand", wrist + 0.075 * along, wrist + 0.165 * along, (0.040, 0.020), _SKIN, (1, 0.42, 1))
    thumb = wrist + 0.03 * along + 0.02 * ahead
    t.add(f"{side}_hand", thumb, thumb + 0.055 * along + 0.04 * ahead, (0.014, 0.010), _SKIN)


def _leg(t: _Capsules, at: Mapping[str, Array], side: str) -> None:
    s, colour = t.size, _SIDES[side]
    hip, knee, ankle, toe = (at[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle", "toe"))
    t.add(f"{side}_thigh", hip, knee, (0.086, 0.056), colour)
    t.add(f"{side}_shin", knee, ankle, (0.054, 0.038), colour)
    calf = knee + (ankle - knee) * 0.28 - [0, 0, 0.012 * s]
    t.add(f"{side}_shin", calf, calf + (ankle - knee) * 0.22, (0.054, 0.048), colour)
    heel, ball = ankle + s * np.array([0, -0.040, -0.025]), toe + s * np.array([0, 0.020, -0.035])
    t.add(f"{side}_foot", heel, ball, (0.038, 0.028), _DARK)
    t.add(f"{side}_foot", ankle, (ankle + ball) / 2 + [0, 0.005 * s, 0], (0.042, 0.034), _DARK)
