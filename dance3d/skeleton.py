"""Joints, bones, sides and body parts; and how every other layout maps onto the one inner skeleton.

This is the only file that knows joint numbers. Everything else asks for names, index tables or maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Skeleton:
    """A joint layout.

    Attributes:
        name: key in ``SKELETONS``.
        joints: joint names in array order.
        parents: name of each joint's parent, empty for the root or where the layout has no tree.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[str, ...] = ()

    def index(self, joint: str) -> int:
        """Column of a joint.

        Raises:
            ValueError: no such joint.
        """
        if joint not in self.joints:
            raise ValueError(f"joint {joint!r} is not in skeleton {self.name}; choose from {', '.join(self.joints)}")
        return self.joints.index(joint)

    def indices(self, *joints: str) -> list[int]:
        """Columns of several joints."""
        return [self.index(joint) for joint in joints]

    @property
    def parent_indices(self) -> list[int]:
        """Column of each joint's parent, -1 for the root."""
        return [self.joints.index(p) if p else -1 for p in self.parents]

    @property
    def bones(self) -> list[tuple[int, int]]:
        """(parent, child) columns of every bone."""
        return [(p, c) for c, p in enumerate(self.parent_indices) if p >= 0]

    @property
    def swap(self) -> list[int]:
        """Column of each joint's partner on the other side: ``array[..., swap, :]`` exchanges left and right."""
        return [self.joints.index(_other_side(joint)) for joint in self.joints]

    @property
    def left(self) -> list[int]:
        """Columns of the left side."""
        return [i for i, joint in enumerate(self.joints) if joint.startswith("left_")]

    @property
    def right(self) -> list[int]:
        """Columns of the right side, in the order of ``left``."""
        return [self.swap[i] for i in self.left]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _other_side(joint: str) -> str:
    if joint.startswith("left_"):
        return "right_" + joint.removeprefix("left_")
    if joint.startswith("right_"):
        return "left_" + joint.removeprefix("right_")
    return joint


H36M17 = Skeleton(
    "h36m17",
    _names("""
    pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle spine thorax nose head
    left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist
    """),
    ("", *_names("""
    pelvis right_hip right_knee pelvis left_hip left_knee pelvis spine thorax nose
    thorax left_shoulder left_elbow thorax right_shoulder right_elbow
    """)),
)  # fmt: skip
# What tells how feet, hands and head are turned; face: from the nose joint as the nose's tip from the ears' middle.
EXTREMITIES = _names("left_toe right_toe left_heel right_heel left_hand right_hand face")
BODY24 = Skeleton(
    "body24",
    H36M17.joints + EXTREMITIES,
    H36M17.parents + _names("left_ankle right_ankle left_ankle right_ankle left_wrist right_wrist nose"),
)
COCO17 = Skeleton(
    "coco17",
    _names("""
    nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow
    left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle
    """),
)
BLAZEPOSE33 = Skeleton(
    "blazepose33",
    _names("""
    nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear
    left_mouth right_mouth left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist
    left_pinky right_pinky left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee
    left_ankle right_ankle left_heel right_heel left_foot_index right_foot_index
    """),
)
# COCO's joints and more, as OpenPose, Halpe (AlphaPose) and COCO-WholeBody write them; of the last two the body's part.
BODY25 = Skeleton(
    "body25",
    _names("""
    nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
    pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear
    left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel
    """),
)
COCO18 = Skeleton(
    "coco18",
    _names("""
    nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
    right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear
    """),
)
HALPE26 = Skeleton(
    "halpe26",
    (
        *COCO17.joints,
        *_names("head neck pelvis left_big_toe right_big_toe left_small_toe right_small_toe left_heel right_heel"),
    ),
)
WHOLEBODY23 = Skeleton(
    "wholebody23",
    (
        *COCO17.joints,
        *_names("left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel"),
    ),
)
# What Human3.6M and MPI-INF-3DHP write down, in our names where a joint is one of ours.
H36M32 = Skeleton(
    "h36m32",
    _names("""
    pelvis right_hip right_knee right_ankle right_foot right_toe left_hip left_knee left_ankle left_foot left_toe
    lower_spine spine thorax nose head
    left_collar left_shoulder left_elbow left_wrist left_thumb left_thumb_tip left_fingers left_fingers_tip
    right_collar right_shoulder right_elbow right_wrist right_thumb right_thumb_tip right_fingers right_fingers_tip
    """),
)
MPI28 = Skeleton(
    "mpi28",
    _names("""
    spine3 spine4 spine2 spine pelvis thorax nose head
    left_collar left_shoulder left_elbow left_wrist left_hand right_collar right_shoulder right_elbow right_wrist
    right_hand left_hip left_knee left_ankle left_foot left_toe right_hip right_knee right_ankle right_foot right_toe
    """),
)
# Skin markers of the ballroom recordings, named by where they are.
BALLROOM23 = Skeleton(
    "ballroom23",
    _names("""
    right_head left_head belly right_shoulder right_elbow right_forearm right_wrist right_hip right_knee right_ankle
    right_heel right_toe left_shoulder left_elbow left_forearm left_wrist left_hip left_knee left_ankle left_heel
    left_toe left_forearm_back right_wrist_back
    """),
)

# Metres of a joint's centre above the floor that the body part rests on, of those parts that a dancer comes to rest on.
CLEARANCE: dict[str, float] = {
    **{f"{side}_{joint}": height for side in ("left", "right") for joint, height in (
        ("ankle", 0.08), ("knee", 0.06), ("wrist", 0.03), ("elbow", 0.03)
    )},
    "pelvis": 0.1, "thorax": 0.08, "head": 0.0,
}  # fmt: skip

# How far people who mark a joint disagree, as shares of the root of the body's area (COCO's keypoint evaluation); the
# joints that COCO has not as their nearest neighbours: pelvis and spine as hips, thorax and head as shoulders.
SIGMAS: dict[str, float] = {
    "nose": 0.026, "left_eye": 0.025, "right_eye": 0.025, "left_ear": 0.035, "right_ear": 0.035,
    **{f"{side}_{joint}": sigma for side in ("left", "right") for joint, sigma in (
        ("shoulder", 0.079), ("elbow", 0.072), ("wrist", 0.062), ("hip", 0.107), ("knee", 0.087), ("ankle", 0.089)
    )},
    "pelvis": 0.107, "spine": 0.107, "thorax": 0.079, "head": 0.079,
}  # fmt: skip

SKELETONS: dict[str, Skeleton] = {
    s.name: s
    for s in (H36M17, BODY24, COCO17, BLAZEPOSE33, H36M32, MPI28, BODY25, COCO18, HALPE26, WHOLEBODY23, BALLROOM23)
}

# Each inner joint as a weighted mean of a layout's joints. The weights of spine, thorax, nose and head are anatomy: the
# spine joint lies half way up the trunk, Human3.6M's head top as far above the ears as the ears above the nose line.
Recipe = Mapping[str, Mapping[str, float]]
_SAME = {j: {j: 1.0} for j in H36M17.joints if j not in ("pelvis", "spine", "thorax", "nose", "head")}
_TRUNK: dict[str, dict[str, float]] = {
    "pelvis": {"left_hip": 0.5, "right_hip": 0.5},
    "thorax": {"left_shoulder": 0.5, "right_shoulder": 0.5},
    "spine": {"left_hip": 0.25, "right_hip": 0.25, "left_shoulder": 0.25, "right_shoulder": 0.25},
}
# Head top: ears plus 0.75 of the way from the shoulders' middle to the ears' middle, beyond the ears.
_HEAD = {"left_ear": 0.875, "right_ear": 0.875, "left_shoulder": -0.375, "right_shoulder": -0.375}
# BlazePose has a mouth, which tells how the head is tilted. Fitted to CMU bodies with a trunk of 0.47 m: the skull's
# joint lies between the ears at mouth height, the eyes 8 cm above it and 8 cm in front, the top 18 cm above. So
# "nose", half way from that joint to the eyes, is half way from ears to mouth; and the top is 11 cm above the ears,
# half of it along the face (0.85 of mouth to eyes), half along the neck (0.35 of shoulders to ears), as
# the face alone is short and noisy.
_BLAZE_NOSE = {"left_ear": 0.25, "right_ear": 0.25, "left_mouth": 0.25, "right_mouth": 0.25}
_BLAZE_HEAD = {
    **{f"{side}_ear": 0.675 for side in ("left", "right")},
    **{f"{side}_shoulder": -0.175 for side in ("left", "right")},
    **{f"{side}_eye": 0.425 for side in ("left", "right")},
    **{f"{side}_mouth": -0.425 for side in ("left", "right")},
}
# Head markers are at its sides; its top is half as far above them as they are above the shoulders.
_BALLROOM: Recipe = {
    "nose": {"left_head": 0.5, "right_head": 0.5},
    "head": {"left_head": 0.75, "right_head": 0.75, "left_shoulder": -0.25, "right_shoulder": -0.25},
    "right_wrist": {"right_wrist": 0.5, "right_wrist_back": 0.5},
}
# COCO's nose is its tip, 11 cm in front of the ears; motion capture's lies inside the head, at a third of that.
_COCO_NOSE = {joint: 1 / 3 for joint in ("nose", "left_ear", "right_ear")}
_COCO: Recipe = {**_SAME, **_TRUNK, "nose": _COCO_NOSE, "head": _HEAD}
_OPENPOSE: Recipe = {**_COCO, "nose": {"nose": 1.0}}  # whose files leave out the far ear
RECIPES: dict[str, Recipe] = {
    **{name: {joint: {joint: 1.0} for joint in H36M17.joints} for name in ("h36m17", "h36m32", "mpi28")},
    **dict.fromkeys(("coco17", "wholebody23"), _COCO),
    **dict.fromkeys(("coco18", "body25"), _OPENPOSE),
    "halpe26": {**_COCO, "head": {"head": 1.0}},
    "blazepose33": {**_SAME, **_TRUNK, "nose": _BLAZE_NOSE, "head": _BLAZE_HEAD},
    "ballroom23": {**_SAME, **_TRUNK, **_BALLROOM},
}


def to_h36m17(
    points: NDArray[np.floating], score: NDArray[np.floating], layout: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Reduce another layout to the inner skeleton.

    Args:
        points: (..., J, D) positions of the layout's joints, NaN where missing.
        score: (..., J) 0..1.
        layout: a name of ``RECIPES``.

    Returns:
        (..., 17, D) positions, NaN where a needed joint is missing, and (..., 17) scores, the smallest of those used.

    Raises:
        ValueError: the layout is unknown, or the joint axis does not fit it.
    """
    if layout not in RECIPES:
        raise ValueError(f"layout {layout!r} is not known; choose from {', '.join(RECIPES)}")
    source = SKELETONS[layout]
    if points.shape[-2] != len(source.joints):
        raise ValueError(f"layout {layout} has {len(source.joints)} joints, the array has {points.shape[-2]}")
    matrix = np.zeros((len(H36M17.joints), len(source.joints)))
    for row, joint in enumerate(H36M17.joints):
        for name, weight in RECIPES[layout][joint].items():
            matrix[row, source.index(name)] = weight
    used = matrix != 0
    out = np.stack(
        [(points[..., used[row], :] * matrix[row, used[row], None]).sum(-2) for row in range(len(matrix))], -2
    )
    low = np.stack([score[..., used[row]].min(-1) for row in range(len(matrix))], -1)
    return out.astype(np.float32), low.astype(np.float32)


# Body parts and the joints whose trajectories their recogniser reads (docs/movements.md): eleven of HDVR, five more.
_SIDES = ("left", "right")
PARTS: dict[str, tuple[str, ...]] = {
    "head": ("thorax", "nose", "head"),
    **{
        f"{s[0]}_shoulder": ("thorax", f"{s}_shoulder", f"{o}_shoulder")
        for s, o in zip(_SIDES, _SIDES[::-1], strict=True)
    },
    **{f"{s[0]}_arm": ("thorax", f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist") for s in _SIDES},
    **{f"{s[0]}_forearm": (f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist") for s in _SIDES},
    "torso": ("pelvis", "spine", "thorax", "left_shoulder", "right_shoulder"),
    "hips": ("pelvis", "right_hip", "left_hip", "right_ankle", "left_ankle", "thorax"),
    **{f"{s[0]}_leg": ("pelvis", f"{s}_hip", f"{s}_knee", f"{s}_ankle") for s in _SIDES},
    **{f"{s[0]}_knee": (f"{s}_hip", f"{s}_knee", f"{s}_ankle") for s in _SIDES},
    **{f"{s[0]}_foot": ("pelvis", f"{s}_knee", f"{s}_ankle") for s in _SIDES},
    "body": H36M17.joints,
}

# Lines that stand for a body in a mask (Mask as Supervision): bones, and what fills trunk and hips between them.
MASK_LINES: tuple[tuple[str, str], ...] = (
    *((H36M17.joints[one], H36M17.joints[other]) for one, other in H36M17.bones),
    *(("spine", f"{side}_{joint}") for side in _SIDES for joint in ("hip", "shoulder")),
    *(("pelvis", f"{side}_knee") for side in _SIDES),
    *((f"{side}_hip", f"{side}_shoulder") for side in _SIDES),
    ("left_shoulder", "right_shoulder"),
)
