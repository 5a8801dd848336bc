"""From keyframes to joints: forward kinematics for trunk, head and arms, inverse kinematics for the legs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.synth.keyframes import SCALARS, SIDES, Keyframes, slerp

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BodyLengths:
    """Lengths of one dancer, metres; shares of stature after Winter, Biomechanics of Human Movement, figure 4.1."""

    stature: float
    ankle: float
    shin: float
    thigh: float
    hip: float
    trunk: float
    shoulder: float
    upper_arm: float
    forearm: float
    head: float

    @property
    def leg(self) -> float:
        """Hip to ankle."""
        return self.thigh + self.shin


def random_body(rng: np.random.Generator) -> BodyLengths:
    """A dancer of 1.52 to 1.90 m whose limbs are a few per cent off the mean shares."""
    h = rng.uniform(1.52, 1.90)
    share = {"ankle": 0.045, "shin": 0.243, "thigh": 0.243, "hip": 0.056, "trunk": 0.287, "shoulder": 0.106}
    share |= {"upper_arm": 0.172, "forearm": 0.150, "head": 0.178}
    return BodyLengths(h, **{name: h * s * rng.uniform(0.96, 1.04) for name, s in share.items()})


def rotation(axis: str, angle: Array) -> Array:
    """(T, 3, 3) rotations about x (the dancer's left), y (up) or z (forward) by radians (T,)."""
    c, s, o, z = np.cos(angle), np.sin(angle), np.ones_like(angle), np.zeros_like(angle)
    rows = {
        "x": [[o, z, z], [z, c, -s], [z, s, c]],
        "y": [[c, z, s], [z, o, z], [-s, z, c]],
        "z": [[c, -s, z], [s, c, z], [z, z, o]],
    }
    return np.stack([np.stack(row, -1) for row in rows[axis]], -2)


def solve_leg(hip: Array, ankle: Array, pole: Array, thigh: float, shin: float) -> tuple[Array, Array]:
    """Knee and reachable ankle of a leg.

    Args:
        hip: (T, 3) metres.
        ankle: (T, 3) metres; out of reach it is drawn in along the line from the hip.
        pole: (T, 3) where the knee points.
        thigh: metres.
        shin: metres.

    Returns:
        (T, 3) knee and (T, 3) ankle.

    Source: law of cosines in the plane of hip, ankle and pole.
    """
    line = ankle - hip
    length = np.linalg.norm(line, axis=-1, keepdims=True)
    along = line / np.maximum(length, 1e-9)
    reach = np.clip(length, abs(thigh - shin) + 0.02, 0.999 * (thigh + shin))
    side = unit(pole - (pole * along).sum(-1, keepdims=True) * along)
    x = (reach**2 + thigh**2 - shin**2) / (2 * reach)
    y = np.sqrt(np.maximum(thigh**2 - x**2, 0))
    return hip + x * along + y * side, hip + reach * along


def _smooth(x: Array, seconds: float, fps: float) -> Array:
    return np.asarray(gaussian_filter1d(x, seconds * fps, axis=0, mode="nearest"))


def _feet(keyframes: Keyframes, time: Array) -> tuple[dict[str, Array], dict[str, Array], Array]:
    """Foot places (T, 3) with heights above the standing ankle, yaw (T,), and the share of weight on the left (T,)."""
    place, yaw, up = {}, {}, {}
    for side in SIDES:
        a, b, u = keyframes.tracks[f"{side}_foot"].sample(time)
        v = a + (b - a) * u[:, None]
        height = v[:, 2] + b[:, 4] * np.sin(np.pi * u) ** 2
        place[side], yaw[side] = np.stack([v[:, 0], height, v[:, 1]], -1), v[:, 3]
        up[side] = np.clip(height / 0.04, 0, 1)
    return place, yaw, 0.5 + 0.5 * (up["right"] - up["left"])


def joints(keyframes: Keyframes, body: BodyLengths, seconds: float, fps: float) -> NDArray[np.float32]:
    """Joints of a body that moves as the keyframes say.

    The factors that share bends between pelvis and trunk, and the widths of the smoothing (seconds), are chosen by eye.

    Args:
        keyframes: the keyframes.
        body: its lengths.
        seconds: length.
        fps: frames per second.

    Returns:
        (T, 17, 3) metres, world frame: y up, floor at y = 0.
    """
    time = np.arange(round(seconds * fps)) / fps
    value = {}
    for name in (*SCALARS, "heading"):
        a, b, u = keyframes.tracks[name].sample(time)
        value[name] = _smooth(a + (b - a) * u[:, None], 0.03, fps)[:, 0]
    feet, foot_yaw, weight = _feet(keyframes, time)
    weight = _smooth(weight, 0.12, fps)[:, None]
    share = 0.5 + 0.8 * (weight - 0.5)  # the pelvis leans over the foot that carries, not all the way
    centre = _smooth(share * feet["left"] + (1 - share) * feet["right"], 0.10, fps)

    yaw = value["heading"] + value["hip_yaw"]
    turn = rotation("y", yaw)
    pelvis_frame = turn @ rotation("x", 0.35 * value["pitch"]) @ rotation("z", value["hip_roll"] + 0.2 * value["roll"])
    wish = body.ankle + body.leg * (0.975 - value["crouch"]) + value["air"]
    offset = pelvis_frame @ (np.array([1.0, 0, 0]) * body.hip)  # pelvis to left hip, (T, 3)
    pelvis = np.stack([centre[:, 0], wish, centre[:, 2]], -1) + turn[..., 0] * value["hip_side"][:, None]
    highest = wish
    for side, sign in zip(SIDES, (1, -1), strict=True):  # a planted leg must reach its foot: sink where it does not
        gap = (pelvis + sign * offset - feet[side])[:, [0, 2]]
        drop = np.sqrt(np.maximum((0.99 * body.leg) ** 2 - (gap**2).sum(-1), (0.4 * body.leg) ** 2))
        highest = np.minimum(highest, drop + body.ankle + feet[side][:, 1] - sign * offset[:, 1])
    low = minimum_filter1d(highest, max(3, round(0.2 * fps)), mode="nearest")
    pelvis[:, 1] = np.minimum(_smooth(low, 0.05, fps), highest)

    at = {"pelvis": pelvis}
    for side, sign in zip(SIDES, (1, -1), strict=True):
        hip = pelvis + sign * offset
        toes = 0.5 * (foot_yaw[side] + yaw) + sign * value["turnout"]
        pole = np.stack([np.sin(toes), np.full_like(toes, 0.15), np.cos(toes)], -1)
        knee, ankle = solve_leg(hip, feet[side] + [0, body.ankle, 0], pole, body.thigh, body.shin)
        at |= {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle}
    chest = _trunk(at, value, pelvis_frame, body)
    _arms(at, chest, body, keyframes, time, fps)
    return np.stack([at[joint] for joint in H36M17.joints], 1).astype(np.float32)


def _trunk(at: dict[str, Array], value: dict[str, Array], frame: Array, body: BodyLengths) -> Array:
    """Add trunk and head to ``at``, by half the bend per half of the trunk; gives the chest's frame (T, 3, 3)."""

    def spine(part: float) -> Array:
        twist = rotation("y", part * value["twist"])
        return frame @ twist @ rotation("x", 0.65 * part * value["pitch"]) @ rotation("z", part * roll)

    roll = value["roll"] - value["hip_roll"]  # the shoulders stay level over a hiked hip
    middle, chest = at["pelvis"] + spine(0.4)[..., 1] * body.trunk / 2, spine(1.0)
    thorax = middle + chest[..., 1] * body.trunk / 2
    head = chest @ rotation("y", value["look"]) @ rotation("x", value["nod"]) @ rotation("z", value["tilt"])
    neck = thorax + 0.18 * body.head * chest[..., 1]
    nose = neck + head @ np.array([0, 0.30, 0.36]) * body.head
    at |= {"spine": middle, "thorax": thorax, "nose": nose, "head": neck + 0.84 * body.head * head[..., 1]}
    return np.asarray(chest)


def _arms(at: dict[str, Array], chest: Array, body: BodyLengths, keyframes: Keyframes, time: Array, fps: float) -> None:
    """Add shoulders, elbows and wrists to ``at``."""
    for side, sign in zip(SIDES, (1, -1), strict=True):
        a, b, u = keyframes.tracks[f"{side}_arm"].sample(time)
        aim = _smooth(slerp(a, b, np.repeat(u[:, None], 2, 1)), 0.035, fps)
        aim = aim / np.linalg.norm(aim, axis=-1, keepdims=True)
        aim = np.einsum("tij,tkj->tki", chest, aim * [sign, 1, 1])
        lift = np.clip((aim[:, 0] * chest[..., 1]).sum(-1), 0, 1)[:, None]  # a raised arm takes the shoulder along
        shoulder = at["thorax"] + body.shoulder * (sign * chest[..., 0] + (0.15 * lift - 0.05) * chest[..., 1])
        elbow = shoulder + aim[:, 0] * body.upper_arm
        at |= {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow}
        at[f"{side}_wrist"] = elbow + aim[:, 1] * body.forearm
