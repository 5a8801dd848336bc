"""The joints of BVH, glTF and USD files: their tree, the bones that they turn as, and the names that programs know.

Every bone has a rotation of its own, so where bones branch (hips, chest) a joint of its own begins each branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dance3d.geometry.bones import bone


class Node(NamedTuple):
    """One joint of a file: it stands on the joint ``at``, turns as ``bone``, and its children stand where that ends.

    A joint that stands on the same joint as its parent begins a branch.
    """

    name: str
    parent: str
    at: str
    bone: str
    aims: str


def _node(name: str, parent: str, turns_as: str) -> Node:
    one = bone(turns_as)
    return Node(name, parent, one.start, turns_as, one.end)


def _limb(side: str, parent: str, *links: str) -> tuple[Node, ...]:
    """A chain of joints of one side, of names and bones."""
    nodes = []
    for name, turns_as in (link.split() for link in links):
        nodes.append(_node(f"{side}{name}", parent, f"{side.lower()}_{turns_as}"))
        parent = nodes[-1].name
    return tuple(nodes)


_ARM = ("Shoulder clavicle", "Arm upper_arm", "ForeArm forearm", "Hand hand")
_LEG = ("Pelvis hip", "UpLeg thigh", "Leg shin", "Foot foot")
# The rest pose is that of ``geometry.bones``. Depth first, as the file.
NODES: tuple[Node, ...] = (
    _node("Hips", "", "pelvis"),
    _node("LowerBack", "Hips", "lower_back"),
    _node("Spine", "LowerBack", "chest"),
    Node("Chest", "Spine", "thorax", "chest", ""),
    _node("Neck", "Chest", "neck"),
    _node("Head", "Neck", "head"),
    Node("HeadTop", "Head", "head", "head", ""),
    *_limb("Left", "Chest", *_ARM),
    *_limb("Right", "Chest", *_ARM),
    *_limb("Left", "Hips", *_LEG),
    *_limb("Right", "Hips", *_LEG),
)
ENDS: tuple[Node, ...] = tuple(
    Node(f"{side}{name}", f"{side}{parent}", f"{side.lower()}_{at}", f"{side.lower()}_{parent.lower()}", "")
    for side in ("Left", "Right")
    for name, parent, at in (("Knuckles", "Hand", "hand"), ("Toe", "Foot", "toe"))
)
"""Where hands and feet end; BVH calls such joints End Site."""
# The joint of the file that stands where each joint of the pose is; helpers stand on a joint that already has a name.
_HELPERS = ("LowerBack", "Neck", "LeftPelvis", "RightPelvis", "LeftShoulder", "RightShoulder")
JOINTS: dict[str, str] = {node.at: node.name for node in NODES if node.name not in _HELPERS}
"""Our names."""

_LEFT_OUT = ""


def _naming(trunk: str, limbs: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """Names of a habit, by ours; one that is left out is empty.

    Args:
        trunk: its names for Hips, LowerBack, Spine, Chest, Neck, Head and HeadTop.
        limbs: its names where they differ, without the side; one with ``*`` has the side's letter there instead.
        prefix: of every name.
    """
    out = dict(zip((node.name for node in NODES[:7]), trunk.split(), strict=True))
    for side in ("Left", "Right"):
        for node in (*NODES[7:], *ENDS):
            if node.name.startswith(side):
                own = node.name.removeprefix(side)
                theirs = limbs.get(own, own)
                out[node.name] = theirs.replace("*", side[0]) if "*" in theirs or not theirs else side + theirs
    return {ours: prefix + theirs if theirs else _LEFT_OUT for ours, theirs in out.items()}


NAMES: dict[str, dict[str, str]] = {
    "dance3d": {node.name: node.name for node in (*NODES, *ENDS)},
    # Adobe's rigs: their spine has three joints, and thighs hang on the hips.
    "mixamo": _naming(
        "Hips Spine Spine1 Spine2 Neck Head HeadTop_End",
        {"Pelvis": _LEFT_OUT, "Toe": "Toe_End", "Knuckles": "HandMiddle1"},
        "mixamorig:",
    ),
    # Rokoko Studio's skeleton, whose spine has four: the third is between ours.
    "rokoko": _naming(
        "Hips Spine1 Spine2 Spine4 Neck Head HeadTip",
        {"Pelvis": _LEFT_OUT, "UpLeg": "Thigh", "Leg": "Shin", "Toe": "ToeTip", "Knuckles": "HandTip"},
    ),
    # The MotionBuilder-friendly conversion of CMU's database.
    "cmu": _naming(
        "Hips LowerBack Spine Spine1 Neck Head HeadTop",
        {"Pelvis": "*HipJoint", "Toe": "ToeBase", "Knuckles": "FingerBase"},
    ),
}
"""Names by preset and by ours; no name where a preset lacks the joint."""


def tree(names: str, ends: bool = False) -> tuple[Node, ...]:
    """The joints under the names of a preset; children of one that it lacks hang on its parent.

    Args:
        names: of ``NAMES``.
        ends: with those of hands and feet.

    Raises:
        ValueError: no such preset.
    """
    if names not in NAMES:
        raise ValueError(f"names {names!r} are not known; choose from {', '.join(NAMES)}")
    theirs = NAMES[names]
    above = {node.name: node.parent for node in NODES}
    out = []
    for node in (*NODES, *(ENDS if ends else ())):
        parent = node.parent
        if parent and not theirs[parent]:
            parent = above[parent]
        if theirs[node.name]:
            out.append(node._replace(name=theirs[node.name], parent=theirs[parent] if parent else ""))
    return tuple(out)
