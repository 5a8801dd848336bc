"""Anatomy without motion capture: body proportions and the range of joints.

Every limit is a polynomial of two or three body segments divided by their lengths, so that the sign search
(``depth_signs``) can tabulate it and the optimisation (``energy``) has its gradient in closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17

STATURE = 1.7
"""Height in metres of the body whose size fixes the scale where nothing else does."""
_SHARES = {
    **{joint: 0.0955 for joint in ("left_hip", "right_hip")},
    **{f"{side}_{joint}": share for side in ("left", "right") for joint, share in (
        ("knee", 0.245), ("ankle", 0.246), ("shoulder", 0.105), ("elbow", 0.180), ("wrist", 0.146)
    )},
    "spine": 0.130, "thorax": 0.135, "nose": 0.080, "head": 0.095,
}  # fmt: skip
"""Shares of stature by the joint at the bone's end: Winter, Biomechanics of Human Movement, figure 4.1; hips and
shoulders narrower and the trunk in halves, as joint centres and this skeleton have them."""
BONES = np.array(H36M17.bones)
"""(16, 2) columns of parent and child of every bone."""
LENGTHS = STATURE * np.array([_SHARES[H36M17.joints[child]] for _, child in H36M17.bones])
"""(16,) metres of the bones of ``BONES``."""
_ENDS = [H36M17.joints[child] for _, child in H36M17.bones]
PAIRS = np.array([_ENDS.index(H36M17.joints[H36M17.swap[child]]) for _, child in H36M17.bones])
"""(16,) rows of every bone's partner on the other side, itself for those of the middle."""

SEGMENTS = {
    "hips": ("right_hip", "left_hip"),
    "belly": ("pelvis", "spine"),
    "chest": ("spine", "thorax"),
    "shoulders": ("right_shoulder", "left_shoulder"),
    "neck": ("thorax", "nose"),
    "head": ("nose", "head"),
    **{f"{s}_{name}": (f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for name, a, b in (
        ("thigh", "hip", "knee"), ("shin", "knee", "ankle")
    )},
    **{f"{s}_{name}": (f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for name, a, b in (
        ("arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist")
    )},
    "trunk": ("pelvis", "thorax"),
}  # fmt: skip
"""Body segments by name: joints where they start and end. ``hips`` and ``shoulders`` point to the dancer's left."""
ENDS = np.array([H36M17.indices(*ends) for ends in SEGMENTS.values()])
"""(15, 2) columns of the joints of ``SEGMENTS``."""
UP = "up"
"""Stands for the direction against gravity in a limit, as if it were a segment."""


class Limit(NamedTuple):
    """``sign * value >= least``; a violation costs ``weight`` times its square.

    The value is the dot product of two segments, or the determinant of three, each divided by its length.
    """

    segments: tuple[str, ...]
    sign: float
    least: float
    weight: float


def _limits() -> tuple[Limit, ...]:
    rows = [
        Limit(("hips", "shoulders"), 1, 0.8, 16.0),  # the trunk twists little
        Limit(("belly", "chest"), 1, 0.9, 1.3),  # and bends little
        Limit(("hips", UP, "trunk"), 1, -0.1, 5.0),  # it rather leans forward
        Limit(("trunk", UP), 1, 0.8, 1.0),  # and is mostly upright
        Limit(("chest", "neck"), 1, 0.8, 8.0),
        Limit(("neck", "head"), 1, 0.6, 8.0),
        Limit(("shoulders", "chest", "neck"), 1, -0.05, 10.0),  # the face looks forward
    ]
    for line in ("hips", "shoulders"):
        rows += [Limit((line, "trunk"), sign, -0.1, 30.0) for sign in (1.0, -1.0)]  # square to the trunk
        rows += [Limit((line, UP), sign, 0.0, 2.0) for sign in (1.0, -1.0)]
    for side, out in (("left", 1.0), ("right", -1.0)):
        thigh, shin, arm, forearm = (f"{side}_{name}" for name in ("thigh", "shin", "arm", "forearm"))
        rows += [
            Limit((thigh, shin, "hips"), 1, 0.4, 40.0),  # knees bend forward
            Limit(("hips", "trunk", thigh), 1, -0.1, 8.0),  # and thighs
            Limit((thigh, "trunk"), -1, 0.2, 1.0),
            Limit((arm, forearm, "shoulders"), -1, 0.1, 12.0),  # elbows bend so that hands come forward
            Limit(("shoulders", "chest", forearm), 1, 0.1, 4.0),
            Limit(("shoulders", "chest", arm), 1, -0.3, 1.6),
            Limit((arm, "shoulders"), out, 0.0, 4.0),  # upper arms stay on their side
        ]
    return tuple(rows)


LIMITS = _limits()
"""Anatomical limits and habits; margins and weights chosen on training takes of motion capture."""


def segment_lengths(bones: NDArray[np.floating]) -> NDArray[np.float64]:
    """(15,) lengths of ``SEGMENTS`` of a straight body, from (16,) lengths of ``BONES``, metres."""
    by_child = dict(zip((H36M17.joints[c] for _, c in H36M17.bones), np.asarray(bones, np.float64), strict=True))
    pairs = {"hips": ("left_hip", "right_hip"), "shoulders": ("left_shoulder", "right_shoulder"),
             "trunk": ("spine", "thorax")}  # fmt: skip
    return np.array([sum(by_child[joint] for joint in pairs.get(name, (end,))) for name, (_, end) in SEGMENTS.items()])
