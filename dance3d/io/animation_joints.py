"""The joints of BVH and glTF files: names that animation programs know, and the bones they turn as.

Every bone has a rotation of its own, so joints that branch (hips, chest) carry helper joints of length zero.
"""

from __future__ import annotations

from typing import NamedTuple

from dance3d.geometry.bones import bone


class Node(NamedTuple):
    """One joint of a file: it stands on the joint ``at``, turns as ``bone``, and its children stand where that ends."""

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
# The joint of the file that stands where each joint of the pose is; helpers stand on a joint that already has a name.
_HELPERS = ("LowerBack", "Neck", "LeftPelvis", "RightPelvis", "LeftShoulder", "RightShoulder")
JOINTS: dict[str, str] = {node.at: node.name for node in NODES if node.name not in _HELPERS}
