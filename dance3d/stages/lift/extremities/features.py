"""What the net of the extremities sees of a limb: its joints, the line of sight and its keypoints, as the body is set.

Everything is turned into the frame of the hips (for feet) or of the chest (for hands and head) and divided by the
body's size; the left side is mirrored, so that both sides are one limb to the net. A limb's points are unit vectors
from the joint that they hang on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera
from dance3d.geometry.body_frame import LEFT, part_frame, to_right
from dance3d.geometry.extremities import TALL
from dance3d.geometry.rigid_body import height
from dance3d.geometry.vectors import unit
from dance3d.skeleton import EXTREMITIES, H36M17

Floats = NDArray[np.float64]
LENGTHS = {"left_toe": 0.197, "left_heel": 0.083, "left_hand": 0.085, "face": 0.112}
LENGTHS |= {name.replace("left", "right"): length for name, length in LENGTHS.items()}
"""Metres from its joint to each point of a body of ``TALL``: as ``io.motion_files.turned_joints`` sets them, about."""


@dataclass(frozen=True)
class Limb:
    """What hangs on one joint.

    Attributes:
        kind: limbs of one kind share a net: ``foot``, ``hand``, ``head``.
        points: names in ``EXTREMITIES``.
        joint: of the inner skeleton.
        context: joints that tell how the limb is held.
        frame: ``hip`` or ``shoulder``: the pair of joints whose frame everything is seen in.
        mirrored: on the left side.
    """

    kind: str
    points: tuple[str, ...]
    joint: str
    context: tuple[str, ...]
    frame: str
    mirrored: bool


def _limbs() -> tuple[Limb, ...]:
    made = []
    for side, other in (("right", "left"), ("left", "right")):
        legs = (f"{side}_hip", f"{side}_knee", f"{other}_ankle", "thorax")
        arms = (f"{side}_shoulder", f"{side}_elbow", "nose", "pelvis")
        left = side == "left"
        made += [
            Limb("foot", (f"{side}_toe", f"{side}_heel"), f"{side}_ankle", legs, "hip", left),
            Limb("hand", (f"{side}_hand",), f"{side}_wrist", arms, "shoulder", left),
        ]
    shoulders = ("thorax", "head", "right_shoulder", "left_shoulder")
    return (*made, Limb("head", ("face",), "nose", shoulders, "shoulder", False))


LIMBS = _limbs()
MIRRORED_HEAD = Limb("head", ("face",), "nose", ("thorax", "head", "left_shoulder", "right_shoulder"), "shoulder", True)
"""The head of the mirror image: of the two answers the mean is taken, so that the net has no preferred side."""
POINTS = {limb.kind: len(limb.points) for limb in LIMBS}
"""Points of a limb by its kind."""
JOINTS = 4
"""Joints of a limb's context."""


def width(kind: str) -> int:
    """Features of a frame: joints, line of sight, what is up in the picture, and of each point place and presence."""
    return 3 * JOINTS + 6 + 4 * POINTS[kind]


def body_size(xyz: Floats) -> float:
    """Size of a body (T, 17, 3), metres, beside the one of ``TALL``."""
    return max(height(xyz) / TALL, 1e-3)


def frames(xyz: Floats, limb: Limb) -> Floats:
    """(T, 3, 3) whose rows are right, up and forward of the part of the body (T, 17, 3) that the limb is seen from.

    Of a limb that is mirrored, the first row is left.
    """
    upper, lower = ("spine", "pelvis") if limb.frame == "hip" else ("thorax", "spine")
    up = xyz[:, H36M17.index(upper)] - xyz[:, H36M17.index(lower)]
    frame = part_frame(to_right(xyz, limb.frame), up)
    return frame * LEFT if limb.mirrored else frame


def features(xyz: Floats, root: Floats, ends: Floats, camera: Camera, limb: Limb) -> Floats:
    """(T, F) what the net sees of a limb; zeros for points that are not seen.

    Args:
        xyz: (T, 17, 3) lifted joints relative to the root, metres, camera frame.
        root: (T, 3) metres, camera frame.
        ends: (T, 7, 2) keypoints of the extremities, pixels, NaN where not seen.
        camera: of the keypoints and the root.
        limb: one of ``LIMBS``.
    """
    frame, size = frames(xyz, limb), body_size(xyz)
    joint = xyz[:, H36M17.index(limb.joint)]
    at = joint + root
    sight = unit(at)
    parts = [(xyz[:, H36M17.index(name)] - joint) / size for name in limb.context]
    parts += [sight, np.broadcast_to([0.0, -1.0, 0.0], sight.shape)]
    seen = []
    for point in limb.points:
        pixel = ends[:, EXTREMITIES.index(point)]
        there = np.asarray(np.isfinite(pixel).all(-1))
        ray = unit(np.concatenate([(np.nan_to_num(pixel) - camera.centre) / camera.focal, np.ones((len(at), 1))], 1))
        off = (ray - sight) * np.linalg.norm(at, axis=-1, keepdims=True) / size / LENGTHS[point]
        parts.append(np.where(there[:, None], off, 0.0))
        seen.append(there[:, None].astype(np.float64))
    turned = [np.einsum("tij,tj->ti", frame, part) for part in parts]
    return np.concatenate([*turned, *seen], 1)


def targets(xyz: Floats, joints: Floats, ends: Floats, limb: Limb) -> Floats:
    """(T, P, 3) unit vectors of a limb's points in the frame of ``features``, NaN where unknown.

    Args:
        xyz: (T, 17, 3) lifted joints, which set the frame.
        joints: (T, 17, 3) true joints relative to the root, camera frame.
        ends: (T, 7, 3) true extremities, likewise.
        limb: one of ``LIMBS``.
    """
    frame, joint = frames(xyz, limb), joints[:, H36M17.index(limb.joint)]
    ways = [unit(ends[:, EXTREMITIES.index(point)] - joint) for point in limb.points]
    return np.stack([np.einsum("tij,tj->ti", frame, way) for way in ways], 1)


def directions(found: Floats, xyz: Floats, limb: Limb) -> Floats:
    """(T, P, 3) unit vectors in the camera frame, from those in the limb's frame; the inverse of ``targets``.

    Args:
        found: (T, P, 3) in the limb's frame, of any length.
        xyz: (T, 17, 3) lifted joints, which set the frame.
        limb: one of ``LIMBS``.
    """
    return np.asarray(np.einsum("tij,tpi->tpj", frames(xyz, limb), unit(found)))
