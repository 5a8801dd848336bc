"""A dancer's joints as a tree that turns and moves: what glTF and USD store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.bones import BONE_NAMES, BONES
from dance3d.geometry.rotations import quaternions
from dance3d.geometry.vectors import unit
from dance3d.io.export_files.animation_joints import Node
from dance3d.io.export_files.posed_body import PosedBody
from dance3d.skeleton import CLEARANCE

Array = NDArray[np.float64]
TOLERANCE = 1e-4
"""Metres a joint may leave its place in its parent before it is moved as well as turned."""
BRANCH = 0.2
"""Where on its bone a joint stands that begins a branch, as a share of its length; chosen, so that no link has none."""
_SIDES = ("left", "right")
_BLOCK = 8192  # frames whose rotations are worked out at once


class Rig(NamedTuple):
    """The joints of a file, by name.

    Attributes:
        place: (3,) metres in the rest pose, soles on the floor.
        offset: (3,) from the parent there.
        moves: (T, 3) offsets of joints that do not keep theirs; the root's are its places in the world.
    """

    place: dict[str, Array]
    offset: dict[str, Array]
    moves: dict[str, Array]


def hip_height(body: PosedBody) -> float:
    """Metres from the soles to the pelvis in the rest pose; 0 for a body that was never seen."""
    legs = [sum(float(np.median(body.lengths[f"{side}_{end}"])) for end in ("knee", "ankle")) for side in _SIDES]
    return max(legs) + CLEARANCE["left_ankle"] if max(legs) > 0 else 0.0


def rest_places(body: PosedBody) -> dict[str, Array]:
    """(3,) places of joints, toes and hands in the rest pose, of bones of the median length."""
    at = {"pelvis": np.array([0.0, hip_height(body), 0.0])}
    for one in BONES[1:]:
        long = np.linalg.norm(body.ends[one.end]) if one.end in body.ends else np.median(body.lengths[one.end])
        at[one.end] = at[one.start] + unit(np.array(one.rest)) * long
    return at


def rig_of(body: PosedBody, nodes: Sequence[Node]) -> Rig:
    """The joints of a file for a body.

    Args:
        body: that moves.
        nodes: the tree, parents first.
    """
    rest, moving = rest_places(body), _moving_places(body)
    above = {node.name: node for node in nodes}
    place, offset, moves, at = {}, {}, {}, {}
    for node in nodes:
        parent = above.get(node.parent)
        place[node.name], at[node.name] = rest[node.at], moving[node.at]
        if parent is not None and parent.at == node.at and node.aims:  # begins a branch
            place[node.name] = place[node.name] + BRANCH * (rest[node.aims] - rest[node.at])
            at[node.name] = at[node.name] + BRANCH * (moving[node.aims] - moving[node.at])
        if parent is None:
            offset[node.name], moves[node.name] = place[node.name], body.root
            continue
        offset[node.name] = place[node.name] - place[parent.name]
        turn = body.turn[:, BONE_NAMES.index(parent.bone)]
        local = np.einsum("tji,tj->ti", turn, at[node.name] - at[parent.name])
        if np.abs(local - offset[node.name]).max() > TOLERANCE:
            moves[node.name] = local
    return Rig(place, offset, moves)


def local_quaternions(turn: Array, own: int, parent: int | None) -> Array:
    """(T, 4) quaternions of a bone in its parent, x, y, z, w, without changes of sign from frame to frame.

    Args:
        turn: (T, J, 3, 3) rotations of all bones in the world.
        own: row of the bone.
        parent: row of its parent, or none.
    """
    blocks = []
    for first in range(0, len(turn), _BLOCK):
        rows = turn[first : first + _BLOCK]
        back = np.eye(3) if parent is None else np.swapaxes(rows[:, parent], -1, -2)
        blocks.append(quaternions(back @ rows[:, own]))
    q = np.concatenate(blocks)
    flips = (q[1:] * q[:-1]).sum(-1) < 0
    q[1:][np.cumsum(flips) % 2 == 1] *= -1
    return q


def _moving_places(body: PosedBody) -> dict[str, Array]:
    """(T, 3) places of joints, toes and hands, as the bones turn."""
    at = {"pelvis": body.root}
    for i, one in enumerate(BONES):
        if one.end:
            if one.end in body.ends:
                vector = np.broadcast_to(body.ends[one.end], at[one.start].shape)
            else:
                vector = body.lengths[one.end][:, None] * unit(np.array(one.rest))
            at[one.end] = at[one.start] + np.einsum("tij,tj->ti", body.turn[:, i], vector)
    return at
