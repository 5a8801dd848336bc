"""A body for 17 joints, and extremities where they are known: tapered capsules with clothes, skin, hair and a face.

Offsets and radii are written for a body of 1.72 m, in metres, and were chosen by eye.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.body_frame import LEFT, part_frame
from dance3d.geometry.vectors import unit
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.synth.extremities import DROOP, bend_front, by_rules, size_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """N tapered capsules over T frames: hulls of two balls, flattened along one axis.

    Attributes:
        a, b: (T, N, 3) centres of the two balls, metres, world frame.
        axis: (T, N, 3) unit directions of flattening.
        radius_a, radius_b: (N,) metres.
        flat: (N,) extent along ``axis``, 1 for a round part.
        colour: (N, 3) RGB 0..1.
        shine: (N,) strength of the highlight, 0..1.
    """

    a: Array
    b: Array
    axis: Array
    radius_a: Array
    radius_b: Array
    flat: Array
    colour: Array
    shine: Array


@dataclass(frozen=True)
class Look:
    """Colours (RGB 0..1), cuts and build of one dancer.

    Attributes:
        skin, hair, shirt, trousers, shoes: colours.
        long_hair, long_sleeves, shorts: cuts.
        trunk, arms, legs, head: thickness of these parts, 1 for an average body.
        sleeves, flare: metres that sleeves and trousers are wider than limbs, at wrist and ankle.
        skirt: its length along the legs: 0 none, 1 to the knees, 2 to the ankles.
        coat: whether the skirt is the shirt's, as of a dress or a long coat.
        hat, bun: what the head carries.
    """

    skin: Array
    hair: Array
    shirt: Array
    trousers: Array
    shoes: Array
    long_hair: bool
    long_sleeves: bool
    shorts: bool
    trunk: float = 1.0
    arms: float = 1.0
    legs: float = 1.0
    head: float = 1.0
    sleeves: float = 0.0
    flare: float = 0.0
    skirt: float = 0.0
    coat: bool = False
    hat: bool = False
    bun: bool = False


_SKIN = ((0.94, 0.76, 0.65), (0.86, 0.66, 0.52), (0.72, 0.51, 0.38), (0.55, 0.37, 0.26), (0.40, 0.26, 0.19))
_HAIR = ((0.10, 0.07, 0.06), (0.24, 0.15, 0.09), (0.42, 0.27, 0.14), (0.68, 0.52, 0.28), (0.35, 0.34, 0.34))
_SHIRT = ((0.75, 0.16, 0.20), (0.12, 0.42, 0.60), (0.90, 0.86, 0.78), (0.16, 0.50, 0.38), (0.86, 0.58, 0.14))
_TROUSERS = ((0.12, 0.14, 0.22), (0.22, 0.30, 0.46), (0.16, 0.16, 0.16), (0.42, 0.36, 0.28), (0.33, 0.13, 0.25))
_SHOES = ((0.85, 0.85, 0.87), (0.12, 0.12, 0.13), (0.70, 0.18, 0.16))


def random_look(rng: np.random.Generator) -> Look:
    """Random colours and cuts."""

    def pick(palette: tuple[tuple[float, float, float], ...]) -> Array:
        return np.clip(np.array(palette[rng.integers(len(palette))]) + rng.normal(0, 0.02, 3), 0.02, 0.98)

    cuts = rng.random(3) < (0.5, 0.5, 0.25)
    return Look(pick(_SKIN), pick(_HAIR), pick(_SHIRT), pick(_TROUSERS), pick(_SHOES), *(bool(c) for c in cuts))


@dataclass
class _PartList:
    """Collects parts. Radii are those of a 1.72 m body; ``scale`` and ``wide`` scale them to the dancer."""

    scale: float
    wide: float = 1.0
    rows: list[tuple[Array, Array, Array, float, float, float, Array, float]] = field(default_factory=list)

    def add(
        self,
        a: Array,
        b: Array,
        radius: tuple[float, float],
        colour: Array,
        axis: Array | None = None,
        flat: float = 1.0,
        shine: float = 0.08,
    ) -> None:
        """Add one capsule.

        Args:
            a: (T, 3) centre of the first ball, metres.
            b: (T, 3) centre of the second.
            radius: of the first and the second ball, metres on a 1.72 m body.
            colour: (3,) RGB 0..1.
            axis: (T, 3) unit direction of flattening; y if not given.
            flat: extent along ``axis``, 1 for a round part.
            shine: strength of the highlight, 0..1.
        """
        axis = np.broadcast_to([0.0, 1.0, 0.0], a.shape) if axis is None else axis
        size = self.scale * self.wide
        self.rows.append((a, b, axis, radius[0] * size, radius[1] * size, flat, colour, shine))

    def parts(self) -> Parts:
        a, b, axis, *rest = zip(*self.rows, strict=True)
        return Parts(*(np.stack(v, 1) for v in (a, b, axis)), *(np.array(v, float) for v in rest))


def body_parts(xyz: NDArray[np.floating], look: Look) -> Parts:
    """The capsules of a body, from its joints.

    Args:
        xyz: (T, 17, 3) metres, world frame, y up, the inner skeleton; or (T, 24, 3), ``BODY24``, whose extremities
            may be NaN: feet, hands and face are then turned by rules, as without them.
        look: colours and cuts.
    """
    inner, given = xyz[:, : len(H36M17.joints)], xyz[:, len(H36M17.joints) :]
    ruled = by_rules(inner)
    ends = ruled if not given.shape[1] else np.where(np.isfinite(given).all(-1, keepdims=True), given, ruled)
    at = {joint: inner[:, i].astype(float) for i, joint in enumerate(H36M17.joints)}
    at |= {point: ends[:, i] for i, point in enumerate(EXTREMITIES)}
    made = _PartList(size_of(inner))
    chest = part_frame(at["right_shoulder"] - at["left_shoulder"], at["thorax"] - at["spine"]) * LEFT
    hips = part_frame(at["right_hip"] - at["left_hip"], at["spine"] - at["pelvis"]) * LEFT
    made.wide = look.trunk
    _trunk(made, at, chest, hips, look)
    made.wide = look.head
    _head(made, at, look)
    for side in ("left", "right"):
        made.wide = look.arms
        _arm(made, at, chest, look, side)
        made.wide = look.legs
        _leg(made, at, hips, look, side)
    if look.skirt > 0:
        _skirt(made, at, look)
    return made.parts()


def _trunk(t: _PartList, at: dict[str, Array], chest: Array, hips: Array, look: Look) -> None:
    s, up, front = t.scale, chest[:, 1], chest[:, 2]
    rise = 0.03 * s * hips[:, 1]
    inner = [at["pelvis"] + 0.72 * (at[f"{side}_hip"] - at["pelvis"]) + rise for side in ("left", "right")]
    t.add(inner[0], inner[1], (0.098, 0.098), look.trousers, hips[:, 2], 0.92)
    t.add(at["pelvis"], at["pelvis"] + 0.09 * s * hips[:, 1], (0.138, 0.130), look.trousers, hips[:, 2], 0.74)
    t.add(at["pelvis"] + 0.085 * s * hips[:, 1], at["spine"], (0.137, 0.126), look.shirt, hips[:, 2], 0.74)
    t.add(at["spine"], at["thorax"] - 0.10 * s * up, (0.124, 0.150), look.shirt, front, 0.66)
    for side, sign in (("left", 1), ("right", -1)):
        neck = at["thorax"] + (sign * 0.04 * s) * chest[:, 0] - 0.030 * s * up
        t.add(neck, at[f"{side}_shoulder"] - 0.012 * s * up, (0.070, 0.051), look.shirt)
        breast = at["thorax"] + s * (sign * 0.075 * chest[:, 0] - 0.10 * up)
        t.add(breast, at[f"{side}_shoulder"] - 0.035 * s * up, (0.090, 0.050), look.shirt, front, 0.85)


def _head(t: _PartList, at: dict[str, Array], look: Look) -> None:
    """Neck, skull, jaw, hair and a face."""
    s = t.scale * t.wide
    up, face = unit(at["head"] - at["thorax"]), unit(at["face"] - at["nose"])
    square = unit(up - (up * face).sum(-1, keepdims=True) * face)
    front, up = unit(face + DROOP * square), unit(square - DROOP * face)
    frame = part_frame(np.cross(front, up), up) * LEFT
    left, up, front = frame[:, 0], frame[:, 1], frame[:, 2]

    def spot(x: float, y: float, z: float) -> Array:
        """(T, 3) of a place on the head: metres to the left, up and forward, of a 1.72 m body.

        Args:
            x: left.
            y: up.
            z: forward.
        """
        return np.asarray(at["head"] + s * (x * left + (y - 0.100) * up + (z + 0.012) * front))

    wide, dark, red = 0.82, np.array([0.06, 0.05, 0.05]), look.skin * [0.85, 0.48, 0.48]
    t.add(at["thorax"] - 0.01 * s * up, spot(0, -0.06, -0.01), (0.060, 0.052), look.skin)
    t.add(spot(0, 0, -0.012), spot(0, -0.01, 0.0), (0.096, 0.092), look.skin, left, wide)
    t.add(spot(0, -0.01, 0.018), spot(0, -0.105, 0.050), (0.080, 0.040), look.skin, left, 0.86)
    t.add(spot(0, 0.014, -0.026), spot(0, -0.005, -0.030), (0.099, 0.096), look.hair, left, 0.86, 0.2)
    t.add(spot(0.03, 0.072, 0.030), spot(-0.03, 0.072, 0.030), (0.034, 0.034), look.hair, shine=0.2)
    if look.long_hair:
        t.add(spot(0, -0.02, -0.055), spot(0, -0.20, -0.080), (0.080, 0.050), look.hair, front, 0.7, 0.2)
    if look.bun:
        t.add(spot(0, 0.05, -0.11), spot(0, 0.06, -0.12), (0.045, 0.045), look.hair, shine=0.2)
    if look.hat:
        t.add(spot(0, 0.055, 0), spot(0, 0.06, 0), (0.165, 0.165), look.shoes, up, 0.12)
        t.add(spot(0, 0.06, 0), spot(0, 0.105, -0.005), (0.100, 0.085), look.shoes)
    t.add(spot(0, -0.020, 0.086), spot(0, -0.052, 0.108), (0.008, 0.015), look.skin * 0.97)
    for x in (0.032, -0.032):
        t.add(spot(0, -0.089, 0.087), spot(0.7 * x, -0.083, 0.078), (0.008, 0.006), red)
        t.add(spot(x - 0.006, -0.014, 0.073), spot(x + 0.006, -0.014, 0.073), (0.013, 0.013), np.full(3, 0.93))
        t.add(spot(x, -0.014, 0.082), spot(x, -0.014, 0.0825), (0.0075, 0.0075), dark, shine=0.6)
        t.add(spot(x * 0.55, 0.012, 0.086), spot(x * 1.6, 0.014, 0.074), (0.006, 0.005), look.hair * 0.8)
        t.add(spot(x * 2.5, -0.012, -0.005), spot(x * 2.5, -0.040, 0.0), (0.018, 0.012), look.skin, front, 0.6)


def _arm(t: _PartList, at: dict[str, Array], chest: Array, look: Look, side: str) -> None:
    s = t.scale
    shoulder, elbow, wrist = (at[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
    t.add(shoulder, elbow, (0.049, 0.037), look.shirt if look.long_sleeves else look.skin)
    if not look.long_sleeves:
        t.add(shoulder, shoulder + 0.5 * (elbow - shoulder), (0.054, 0.051), look.shirt)
    cuff = look.sleeves if look.long_sleeves else 0.0
    t.add(elbow, wrist, (0.038 + 0.5 * cuff, 0.026 + cuff), look.shirt if look.long_sleeves else look.skin)
    along = unit(at[f"{side}_hand"] - wrist)
    across = np.cross(along, unit(elbow - shoulder) + 0.05 * chest[:, 2])  # the palm lies in the plane of the bend
    across = unit(across + 1e-6 * chest[:, 0])
    t.add(wrist, wrist + 0.075 * s * along, (0.028, 0.042), look.skin, across, 0.5)
    t.add(wrist + 0.075 * s * along, wrist + 0.165 * s * along, (0.040, 0.020), look.skin, across, 0.42)
    inward = np.cross(across, along)
    root = wrist + s * (0.03 * along + 0.02 * inward)
    t.add(root, root + s * (0.055 * along + 0.03 * inward), (0.014, 0.010), look.skin)


def _leg(t: _PartList, at: dict[str, Array], hips: Array, look: Look, side: str) -> None:
    s = t.scale
    hip, knee, ankle = (at[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    shin, front = unit(ankle - knee), bend_front(hip, knee, ankle, hips[:, 2])
    toes = unit(at[f"{side}_toe"] - at[f"{side}_heel"])
    below = at[f"{side}_heel"] - ankle
    sole = unit(below - (below * toes).sum(-1, keepdims=True) * toes)
    calf = look.skin if look.shorts else look.trousers
    loose = 0.0 if look.shorts else 0.008
    t.add(hip, knee, (0.086, 0.056), look.trousers if not look.shorts else look.skin)
    if look.shorts:
        t.add(hip, hip + 0.62 * (knee - hip), (0.091, 0.082), look.trousers)
    flare = 0.0 if look.shorts else look.flare
    t.add(knee, ankle, (0.054 + loose + 0.4 * flare, 0.038 + loose + flare), calf)
    t.add(knee + 0.10 * s * shin - 0.012 * s * front, knee + 0.22 * s * shin - 0.010 * s * front, (0.054, 0.050), calf)
    heel, ball = ankle + s * (0.040 * sole - 0.030 * toes), ankle + s * (0.047 * sole + 0.150 * toes)
    t.add(heel, ball, (0.040, 0.033), look.shoes, shine=0.3)
    t.add(ankle, ankle + s * (0.020 * sole + 0.060 * toes), (0.042, 0.034), look.shoes, shine=0.3)


def _skirt(t: _PartList, at: dict[str, Array], look: Look) -> None:
    """Cloth around both legs: capsules along them, and others from leg to leg."""
    colour = look.shirt if look.coat else look.trousers

    def down(side: str, share: float) -> Array:
        hip, knee, ankle = (at[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        return hip + min(share, 1) * (knee - hip) + max(share - 1, 0) * 0.9 * (ankle - knee)

    for side in ("left", "right"):
        for start in np.arange(0, look.skirt, 1.0):
            stop = min(start + 1, look.skirt)
            wide = (0.098 + 0.012 * start, 0.098 + 0.012 * stop)
            t.add(down(side, start), down(side, stop), wide, colour)
    for share in np.linspace(0.25 * look.skirt, look.skirt, 2 + round(2 * look.skirt)):
        t.add(down("left", share), down("right", share), (0.095 + 0.012 * share,) * 2, colour)
