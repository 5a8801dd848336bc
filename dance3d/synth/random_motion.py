"""Motion without a style: every joint moves at random inside its anatomical range, with the feet on the floor.

This covers what a body can do, not what dancers do: knees and elbows bend one way, arms reach further forward than
back. A lifter trained on it learns which depths are possible without having seen recorded motion.

Ranges after Kapandji, The Physiology of the Joints, rounded; directions are (out, up, forward) of the parent. Speeds
and spreads are chosen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.synth.kinematics import BodyLengths, random_body, rotation

Array = NDArray[np.float64]
FPS = 30.0
GENRE = "babble"  # stored in data sets, so it keeps its first name
_MARGIN = 3.0  # seconds before the clip, cut away, so that clips do not begin at rest

# Angle: lowest, at rest, highest, degrees. Of one side: the other is its mirror image.
_RANGES: dict[str, tuple[float, float, float]] = {
    "pitch": (-40, 4, 75),
    "roll": (-35, 0, 35),
    "twist": (-45, 0, 45),
    "nod": (-45, 3, 50),
    "tilt": (-35, 0, 35),
    "look": (-75, 0, 75),
    "pelvis_pitch": (-25, 3, 70),
    "pelvis_roll": (-18, 0, 18),
    "arm_lift": (0, 35, 172),
    "arm_round": (-55, 25, 130),
    "arm_turn": (-70, 5, 80),
    "elbow": (2, 35, 145),
    "shrug": (-4, 0, 12),
    "thigh_flex": (-35, 5, 120),
    "thigh_out": (-18, 4, 70),
    "thigh_turn": (-30, 8, 45),
    "knee": (2, 12, 140),
}
_ARM = ("arm_lift", "arm_round", "arm_turn", "elbow", "shrug")
_LEG = ("thigh_flex", "thigh_out", "thigh_turn", "knee")
_TRUNK = ("pitch", "roll", "twist", "nod", "tilt", "look", "pelvis_pitch", "pelvis_roll")


class _SmoothNoise:
    """Smooth random numbers of one clip."""

    def __init__(self, rng: np.random.Generator, frames: int) -> None:
        self.rng, self.frames = rng, frames

    def wave(self, seconds: float) -> Array:
        """(T,) of zero mean and unit variance that changes within about ``seconds``."""
        sigma, margin = seconds * FPS, round(_MARGIN * FPS)
        white = self.rng.normal(size=self.frames + 2 * margin)
        smooth = gaussian_filter1d(white, sigma, mode="wrap")[margin : margin + self.frames]
        return np.asarray(smooth * np.sqrt(2 * np.sqrt(np.pi) * sigma))

    def angle(self, name: str, spread: float, seconds: float) -> Array:
        """(T,) radians inside a range.

        Args:
            name: of the range.
            spread: 1 reaches the ends often, 0 stays at rest.
            seconds: within which the angle changes.
        """
        low, rest, high = _RANGES[name]
        wide = self.rng.uniform(0.3, 1.3) * spread
        wave = np.tanh(wide * (0.8 * self.wave(seconds) + 0.6 * self.rng.normal()))
        return np.deg2rad(rest + np.where(wave > 0, (high - rest) * wave, (rest - low) * wave))


def random_motion(seconds: float, seed: int) -> MotionClip:
    """Move a body at random.

    Args:
        seconds: length.
        seed: fixes everything; ten consecutive seeds share a body.

    Returns:
        The motion at 30 fps, lowest foot on the floor, near the origin.

    Raises:
        ValueError: less than one frame.
    """
    if not seconds * FPS >= 1:
        raise ValueError(f"a motion of {seconds} s has no frame at {FPS:g} fps")
    body = random_body(np.random.default_rng([seed // 10, 7]))
    rng = np.random.default_rng([seed, 7])
    frames = round(seconds * FPS)
    noise, pace = _SmoothNoise(rng, frames), float(np.exp(rng.uniform(np.log(0.18), np.log(0.9))))
    spread = {name: float(rng.beta(1.2, 1.6)) for name in ("trunk", "left_arm", "right_arm", "legs")}
    angles = {name: noise.angle(name, 0.9 * spread["trunk"], 1.5 * pace) for name in _TRUNK}
    for side in ("left", "right"):
        arm, speed = 0.3 + 1.1 * spread[f"{side}_arm"], pace * rng.uniform(0.6, 1.4)
        angles |= {f"{side}_{name}": noise.angle(name, arm, speed) for name in _ARM}
    angles |= _legs(noise, spread["legs"], pace)
    turn = np.cumsum(noise.wave(2 * pace) * rng.beta(1, 3) * 6.0 / FPS) + rng.uniform(0, 2 * np.pi)
    nose = float(rng.uniform(0.0, 0.4))  # in front of the neck, share of the head; data sets differ
    xyz = _joints(angles, turn, body, nose)
    xyz[..., 1] -= gaussian_filter1d(xyz[..., 1].min(1), 2.0, mode="nearest")[:, None] - body.ankle
    path = np.stack([np.cumsum(noise.wave(2 * pace)) * rng.uniform(0, 1.2) / FPS for _ in range(2)], -1)
    xyz[..., [0, 2]] += (path - path.mean(0))[:, None]
    return MotionClip(xyz.astype(np.float32), FPS, f"babble-{seed}", f"babble-{seed // 10}", GENRE)


def _legs(noise: _SmoothNoise, spread: float, pace: float) -> dict[str, Array]:
    """Angles of both legs: one carries the weight and is nearly straight while the other moves, or both crouch."""
    rng = noise.rng
    weight = 0.5 + 0.5 * np.tanh(1.6 * noise.wave(1.2 * pace) + 0.6 * rng.normal())
    free = {"left": weight, "right": 1 - weight} if rng.random() < 0.75 else dict.fromkeys(("left", "right"), 1.0)
    crouch = np.clip(0.7 * noise.wave(1.5 * pace) + rng.normal() - 0.9, 0, 1.6) * rng.beta(1, 1.5) * np.deg2rad(60)
    out = {}
    for side in ("left", "right"):
        for name in _LEG:
            rest = np.deg2rad(_RANGES[name][1])
            raw = noise.angle(name, 0.25 + 1.1 * spread, pace)
            out[f"{side}_{name}"] = rest + (raw - rest) * (0.2 + 0.8 * free[side])
        out[f"{side}_thigh_flex"] += crouch
        out[f"{side}_knee"] = np.minimum(out[f"{side}_knee"] + 1.9 * crouch, np.deg2rad(_RANGES["knee"][2]))
    return out


def _joints(angles: dict[str, Array], turn: Array, body: BodyLengths, nose: float) -> Array:
    """(T, 17, 3) metres: forward kinematics; x is the dancer's left, y up, z forward."""
    left, up, _ = np.eye(3)
    pelvis = rotation("y", turn) @ rotation("x", angles["pelvis_pitch"]) @ rotation("z", angles["pelvis_roll"])

    def bent(part: float) -> Array:
        twist, pitch, roll = (part * angles[name] for name in ("twist", "pitch", "roll"))
        return np.asarray(pelvis @ rotation("y", twist) @ rotation("x", pitch) @ rotation("z", roll))

    at = {"pelvis": np.zeros((len(turn), 3))}
    at["spine"] = bent(0.35) @ up * body.trunk / 2
    chest = bent(1.0)
    at["thorax"] = at["spine"] + chest @ up * body.trunk / 2
    head = chest @ rotation("y", angles["look"]) @ rotation("x", angles["nod"]) @ rotation("z", angles["tilt"])
    neck = at["thorax"] + 0.18 * body.head * (chest @ up)
    at["nose"] = neck + head @ np.array([0, 0.30, nose]) * body.head
    at["head"] = neck + 0.84 * body.head * (head @ up)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        own = {name: angles[f"{side}_{name}"] for name in (*_ARM, *_LEG)}
        shrug = rotation("z", sign * (own["shrug"] + 0.15 * np.maximum(own["arm_lift"] - np.pi / 2, 0)))
        shoulder = at["thorax"] + chest @ shrug @ (sign * left * body.shoulder)
        arm = chest @ _hanging(own["arm_lift"], own["arm_round"], sign) @ rotation("y", -sign * own["arm_turn"])
        elbow = shoulder - arm @ up * body.upper_arm
        wrist = elbow - arm @ rotation("x", -own["elbow"]) @ up * body.forearm
        hip = pelvis @ (sign * left * body.hip)
        leg = pelvis @ rotation("z", sign * own["thigh_out"]) @ rotation("x", -own["thigh_flex"])
        leg = leg @ rotation("y", sign * own["thigh_turn"])
        knee = hip - leg @ up * body.thigh
        ankle = knee - leg @ rotation("x", own["knee"]) @ up * body.shin
        at |= {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist}
        at |= {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle}
    return np.stack([at[joint] for joint in H36M17.joints], 1)


def _hanging(lift: Array, round_: Array, sign: float) -> Array:
    """(T, 3, 3) turn of a hanging arm up by ``lift`` towards the side, or to ``round_`` from there to the front."""
    behind = np.minimum(lift, np.where(round_ < 0, np.pi / 3 + (1 - np.abs(round_)) * np.pi / 3, np.pi))
    swing = rotation("y", -sign * round_)
    return np.asarray(swing @ rotation("z", sign * behind) @ swing.transpose(0, 2, 1))
