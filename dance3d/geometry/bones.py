"""The bones that turn: what each reaches from and to, and how it lies in the rest pose, in which no bone is turned.

The rest pose is a T-pose, y up, facing +z, the dancer's left towards +x, palms down. Elbows then bend forward, knees
backward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import BODY24


@dataclass(frozen=True)
class Bone:
    """One bone.

    Attributes:
        name: of the bone.
        parent: name of the bone that it hangs on; empty for the pelvis.
        start: joint at which it begins.
        end: joint or extremity at which it ends; empty for the pelvis, whose frame is that of the hips.
        rest: direction from start to end in the rest pose, of any length.
    """

    name: str
    parent: str
    start: str
    end: str
    rest: tuple[float, float, float] = (0.0, 1.0, 0.0)


def _sides(side: str, x: float) -> tuple[Bone, ...]:
    out, down = (x, 0.0, 0.0), (0.0, -1.0, 0.0)
    return (
        Bone(f"{side}_clavicle", "chest", "thorax", f"{side}_shoulder", out),
        Bone(f"{side}_upper_arm", f"{side}_clavicle", f"{side}_shoulder", f"{side}_elbow", out),
        Bone(f"{side}_forearm", f"{side}_upper_arm", f"{side}_elbow", f"{side}_wrist", out),
        Bone(f"{side}_hand", f"{side}_forearm", f"{side}_wrist", f"{side}_hand", out),
        Bone(f"{side}_hip", "pelvis", "pelvis", f"{side}_hip", out),
        Bone(f"{side}_thigh", f"{side}_hip", f"{side}_hip", f"{side}_knee", down),
        Bone(f"{side}_shin", f"{side}_thigh", f"{side}_knee", f"{side}_ankle", down),
        Bone(f"{side}_foot", f"{side}_shin", f"{side}_ankle", f"{side}_toe", TOE),
    )


TOE = (0.0, -0.065, 0.17)
"""Metres from the ankle to the tip of the big toe, of a foot that stands; chosen, as the heel and the hand."""
HEEL = (0.0, -0.075, -0.05)
HAND = 0.08
"""Metres from the wrist to the middle of the knuckles."""
BONES: tuple[Bone, ...] = (
    Bone("pelvis", "", "pelvis", ""),
    Bone("lower_back", "pelvis", "pelvis", "spine"),
    Bone("chest", "lower_back", "spine", "thorax"),
    Bone("neck", "chest", "thorax", "nose", (0.0, 0.9, 0.4)),
    Bone("head", "neck", "nose", "head", (0.0, 0.9, -0.4)),
    *_sides("left", 1.0),
    *_sides("right", -1.0),
)
BONE_NAMES = tuple(bone.name for bone in BONES)


def bone(name: str) -> Bone:
    """A bone by its name.

    Raises:
        ValueError: no such bone.
    """
    if name not in BONE_NAMES:
        raise ValueError(f"bone {name!r} is not known; choose from {', '.join(BONE_NAMES)}")
    return BONES[BONE_NAMES.index(name)]


def bone_vectors(xyz: NDArray[np.floating], extremities: NDArray[np.floating] | None) -> dict[str, NDArray[np.float64]]:
    """(T, 3) from start to end of every bone but the pelvis, NaN where one is missing.

    Args:
        xyz: (T, 17, 3) joints.
        extremities: (T, 7, 3) in the same axes, or none.
    """
    at = places(xyz, extremities)
    return {one.name: at[one.end] - at[one.start] for one in BONES if one.end}


def places(xyz: NDArray[np.floating], extremities: NDArray[np.floating] | None) -> dict[str, NDArray[np.float64]]:
    """(T, 3) of every joint and extremity by name, NaN where missing; arguments as of ``bone_vectors``."""
    more = np.full((len(xyz), len(BODY24.joints) - xyz.shape[1], 3), np.nan) if extremities is None else extremities
    every = np.concatenate([xyz, more], 1).astype(np.float64)
    return {joint: every[:, i] for i, joint in enumerate(BODY24.joints)}
