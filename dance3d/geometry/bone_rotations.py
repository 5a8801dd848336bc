"""Which way every bone is turned, from where its ends are: swing and twist.

Hips and shoulders turn the trunk, the face turns the head, elbows and knees turn the bones above them by the plane in
which they bend, toes and heels the feet. What is not seen follows its parent.

Ranges of twist: American Academy of Orthopaedic Surgeons (Joint Motion, 1965): shoulder 70 degrees inward and 90
outward, hip 45 both ways, neck 80, foot 35 inward and 15 outward; widened by a chosen margin, for dancers turn out
farther, and a twist from the swung parent is not quite a goniometer's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.bones import BONE_NAMES, HAND, HEEL, TOE, bone, bone_vectors, places
from dance3d.geometry.rotations import about, swing
from dance3d.geometry.twist import Hint, twisted
from dance3d.geometry.vectors import unit
from dance3d.timeseries.resampling import interpolate

Array = NDArray[np.float64]
ARM, LEG = (110.0, 100.0), (85.0, 70.0)
"""Degrees outward and inward of upper arm and thigh."""
CHEST, HEAD, FOOT = 110.0, 80.0, 50.0
"""Degrees to both sides: shoulders against hips, head against chest, foot against shin."""
DOUBT, NEAR_DOUBT = 0.05, 0.02
"""Metres by which a joint of a limb, and a point of head or foot against its neighbour, is uncertain; chosen."""
HINGE, LOOSE, STIFF = 0.1, 0.4, 1.0
"""Radians of slack of a hinge, of what has joints of its own between, and of a head that looks where the chest does;
chosen, the last on CMU takes for training."""
HOLD = 0.5
"""Seconds within which a foot or hand that is lost goes over to what its parent tells."""
POINTED = np.array([0.0, -np.sin(np.deg2rad(50.0)), np.cos(np.deg2rad(50.0))])
"""Direction from ankle to toe, in the shin's frame, of a foot that hangs; chosen."""
RAISED = 0.12
"""Metres above the lowest standing at which an ankle's foot hangs; chosen."""


def bone_rotations(
    xyz: NDArray[np.floating],
    extremities: NDArray[np.floating] | None,
    time: NDArray[np.float64],
    up: NDArray[np.floating] | None = None,
) -> Array:
    """Rotations of all bones out of the rest pose.

    Args:
        xyz: (T, 17, 3) joints, metres, right-handed axes; NaN where missing.
        extremities: (T, 7, 3) in the same axes, NaN where unknown; or none.
        time: (T,) seconds, increasing.
        up: (3,) against gravity, if ``xyz`` are places in a world: feet without toes then stand flat.

    Returns:
        (T, J, 3, 3) in the order of ``bones.BONES``: they take a direction of the rest pose to that of the frame. NaN
        where the bone itself is missing; feet and hands are there wherever shin and forearm are.
    """
    vectors = bone_vectors(xyz, extremities)
    along = {name: _filled(unit(vector), time) for name, vector in vectors.items()}
    at = places(xyz, extremities)
    turn = _trunk(vectors, along, at, time)
    for side in ("left", "right"):
        _arm(turn, vectors, along, side, time)
        _leg(turn, vectors, along, at, side, time, up)
    out = np.stack([turn[name] for name in BONE_NAMES], 1)
    out[_missing(vectors)] = np.nan
    return out


def _missing(vectors: dict[str, Array]) -> NDArray[np.bool_]:
    """(T, J) bones that are not known; feet and hands as the bone before them."""
    lost = {name: ~np.isfinite(vector).all(-1) for name, vector in vectors.items()}
    lost["pelvis"] = lost["left_hip"] | lost["right_hip"]
    for side in ("left", "right"):
        lost[f"{side}_foot"], lost[f"{side}_hand"] = lost[f"{side}_shin"], lost[f"{side}_forearm"]
    return np.stack([lost[name] for name in BONE_NAMES], 1)


def _filled(direction: Array, time: Array) -> Array:
    """Unit vectors (T, 3), missing ones as their neighbours in time; zero where all are missing."""
    known = np.asarray(np.isfinite(direction).all(-1))
    if known.all():
        return direction
    return np.nan_to_num(unit(interpolate(direction, known, time, time)))


def _trunk(vectors: dict[str, Array], along: dict[str, Array], at: dict[str, Array], time: Array) -> dict[str, Array]:
    """Frames of pelvis, back, chest, neck and head."""
    turn = {"pelvis": _pelvis(_filled(unit(vectors["left_hip"] - vectors["right_hip"]), time), along["lower_back"])}
    shoulders = Hint((1.0, 0.0, 0.0), vectors["left_clavicle"] - vectors["right_clavicle"], DOUBT, HINGE)
    turn["chest"], angle = twisted(turn["pelvis"], (0, 1, 0), along["chest"], [shoulders], (-CHEST, CHEST), time)
    turn["lower_back"] = _half(turn["pelvis"], along["lower_back"], angle, (0, 1, 0))
    turn["head"], angle = twisted(
        turn["chest"], bone("head").rest, along["head"], _looks(vectors, at, turn["chest"]), (-HEAD, HEAD), time
    )
    turn["neck"] = _half(turn["chest"], along["neck"], angle, bone("neck").rest)
    return turn


def _looks(vectors: dict[str, Array], at: dict[str, Array], chest: Array) -> list[Hint]:
    """What tells where the head looks: the face; without one a little the nose joint before the neck, and the chest."""
    ahead = (0.0, 0.0, 1.0)
    face = at["face"] - at["nose"]
    blind = ~np.isfinite(face).all(-1, keepdims=True)
    return [
        Hint(ahead, face, NEAR_DOUBT, HINGE),
        Hint(bone("neck").rest, np.where(blind, vectors["neck"], np.nan), DOUBT, LOOSE),
        Hint(ahead, np.where(blind, chest[..., 2], np.nan), DOUBT, STIFF),
    ]


def _half(parent: Array, along: Array, angle: Array, rest: tuple[float, float, float]) -> Array:
    """Frames (T, 3, 3) of a bone between two others: swung from the first, with half of the second's twist (T,)."""
    straight = unit(np.array(rest))
    reference = parent @ swing(straight, np.einsum("tji,tj->ti", parent, along))
    return about(np.einsum("tij,j->ti", reference, straight), angle / 2) @ reference


def _pelvis(left: Array, up: Array) -> Array:
    """(T, 3, 3) rotations whose x axis is ``left`` and whose y axis lies towards ``up``; the last known where flat."""
    ahead = np.cross(left, up)
    frame = np.stack([left, np.cross(unit(ahead), left), unit(ahead)], -1)
    known = (np.linalg.norm(ahead, axis=-1) > 1e-3) & (np.linalg.norm(left, axis=-1) > 1e-6)
    if not known.any():
        return np.broadcast_to(np.eye(3), frame.shape)
    last = np.maximum.accumulate(np.where(known, np.arange(len(left)), known.argmax()))
    return np.asarray(frame[last])


def _range(side: str, outward_inward: tuple[float, float]) -> tuple[float, float]:
    """Limits of the twist of a limb, degrees: on the left, inward is positive."""
    outward, inward = outward_inward
    return (-outward, inward) if side == "left" else (-inward, outward)


def _swung(parent: Array, name: str, along: Array) -> Array:
    """Frames (T, 3, 3) of a bone that has no twist against its parent."""
    rest = unit(np.array(bone(name).rest))
    return np.asarray(parent @ swing(rest, np.einsum("tji,tj->ti", parent, along)))


def _arm(turn: dict[str, Array], vectors: dict[str, Array], along: dict[str, Array], side: str, time: Array) -> None:
    """Add the frames of an arm; the elbow bends forward of the upper arm."""
    clavicle, upper, fore, hand = (f"{side}_{name}" for name in ("clavicle", "upper_arm", "forearm", "hand"))
    turn[clavicle] = _swung(turn["chest"], clavicle, along[clavicle])
    bend = Hint((0.0, 0.0, 1.0), vectors[fore], DOUBT, HINGE, bends=True)
    turn[upper], _ = twisted(turn["chest"], bone(upper).rest, along[upper], [bend], _range(side, ARM), time)
    turn[fore] = _swung(turn[upper], fore, along[fore])
    straight = np.array([HAND if side == "left" else -HAND, 0.0, 0.0])
    turn[hand] = _swung(turn[fore], hand, _end(vectors[hand], turn[fore], np.tile(straight, (len(time), 1)), time))


def _leg(
    turn: dict[str, Array],
    vectors: dict[str, Array],
    along: dict[str, Array],
    at: dict[str, Array],
    side: str,
    time: Array,
    up: NDArray[np.floating] | None,
) -> None:
    """Add the frames of a leg; the shin bends backward of the thigh, and toes point forward of both."""
    hip, thigh, shin, foot = (f"{side}_{name}" for name in ("hip", "thigh", "shin", "foot"))
    turn[hip] = _swung(turn["pelvis"], hip, along[hip])
    stretched = np.einsum("tij,tj->ti", swing(along[shin], along[thigh]), vectors[foot])
    hints = [
        Hint((0.0, 0.0, -1.0), vectors[shin], DOUBT, HINGE, bends=True),
        Hint((0.0, 0.0, 1.0), stretched, DOUBT, LOOSE),
    ]
    turn[thigh], _ = twisted(turn["pelvis"], (0, -1, 0), along[thigh], hints, _range(side, LEG), time)
    turn[shin] = _swung(turn[thigh], shin, along[shin])
    toe = unit(np.array(TOE))
    hanging, flat = np.tile(toe if up is None else POINTED, (len(time), 1)), np.zeros(len(time))
    if up is not None:
        hanging, flat = _standing(turn[shin], at[f"{side}_ankle"], hanging, up)
    direction = _end(vectors[foot], turn[shin], hanging, time)
    unseen = ~np.isfinite(at[f"{side}_heel"]).all(-1)
    level = np.zeros((len(time), 3)) if up is None else np.outer(0.1 * flat * unseen, up)
    hints = [
        Hint(HEEL, at[f"{side}_heel"] - at[f"{side}_ankle"], NEAR_DOUBT, HINGE),
        Hint((0.0, 1.0, 0.0), level, NEAR_DOUBT, HINGE),
    ]
    turn[foot], _ = twisted(turn[shin], bone(foot).rest, direction, hints, (-FOOT, FOOT), time)


def _standing(shin: Array, ankle: Array, hanging: Array, up: NDArray[np.floating]) -> tuple[Array, Array]:
    """Directions (T, 3) to the toes in the shin's frame of a foot that stands flat when low, and how far it does (T,).

    Args:
        shin: (T, 3, 3) frames.
        ankle: (T, 3) places in a world, NaN where missing.
        hanging: (T, 3) directions of a foot in the air, in the shin's frame.
        up: (3,) against gravity.
    """
    height = ankle @ up
    known = np.isfinite(height)
    low = np.percentile(height[known], 2) if known.any() else 0.0
    upright = np.clip(2 * (shin[..., 1] @ up) - 0.5, 0, 1)  # 1 where the shin leans by less than 40 degrees
    flat = np.where(known, np.clip(1 - (np.nan_to_num(height) - low) / RAISED, 0, 1), 0.0) * upright
    ahead = shin[..., 2] - (shin[..., 2] @ up)[:, None] * up
    down, forward = TOE[1:]
    level = np.einsum("tji,tj->ti", shin, unit(down * up + forward * unit(ahead)))
    return unit(flat[:, None] * level + (1 - flat)[:, None] * hanging), flat


def _end(vector: Array, parent: Array, otherwise: Array, time: Array) -> Array:
    """Directions (T, 3) of a foot or hand: as seen, and within ``HOLD`` of a gap's ends over to what the parent tells.

    Args:
        vector: (T, 3) NaN where unknown.
        parent: (T, 3, 3) frames of the bone before it.
        otherwise: (T, 3) direction in the parent's frame where it is not known.
        time: (T,) seconds.
    """
    own = unit(np.einsum("tji,tj->ti", parent, vector))
    known = np.isfinite(own).all(-1)
    local = unit(otherwise)
    if known.any():
        row = np.arange(len(time))
        before = np.maximum.accumulate(np.where(known, row, -1))
        after = np.minimum.accumulate(np.where(known, row, len(row))[::-1])[::-1]
        since = np.where(before >= 0, time - time[np.maximum(before, 0)], np.inf)
        until = np.where(after < len(row), time[np.minimum(after, len(row) - 1)] - time, np.inf)
        share = np.clip(1 - np.minimum(since, until) / HOLD, 0, 1)[:, None]
        local = unit(share * _filled(own, time) + (1 - share) * local)
    return np.asarray(np.einsum("tij,tj->ti", parent, local))
