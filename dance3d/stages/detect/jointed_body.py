"""A body of the template's proportions: forward kinematics from the directions of its bones to its joints."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from dance3d.geometry.body_frame_torch import part_frame, unit
from dance3d.skeleton import H36M17
from dance3d.stages.detect.body_template import figure_bones

BONES = len(H36M17.bones)
_CHILDREN = [child for _, child in H36M17.bones]
BONE = {H36M17.joints[child]: number for number, child in enumerate(_CHILDREN)}
"""Number of the bone that ends in a joint."""
_STEMS = [H36M17.joints[child].removeprefix("left_").removeprefix("right_") for child in _CHILDREN]
_KINDS = list(dict.fromkeys(_STEMS))
KINDS = len(_KINDS)
"""Kinds of bones: those of both sides are one kind."""
KIND = torch.tensor([_KINDS.index(stem) for stem in _STEMS])
"""(16,) kind of every bone."""
TOES = {f"{side}_ankle": len(H36M17.joints) + n for n, side in enumerate(("left", "right"))}
"""Number of the toe beyond an ankle; toes follow the 17 joints. Feet show where a body faces."""
_FOOT = 0.45  # of the shin's length, chosen after Winter: from the ankle to the toe
_DROP = 0.3  # of the foot's length, chosen: how far the toe lies below the ankle
_OPPOSITE = (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"))


class Directions(NamedTuple):
    """Pose of B bodies.

    Attributes:
        root: (B, 3) metres, world: the pelvis.
        bones: (B, 16, 3) directions of the bones, of any length; those to the left hip and shoulder are not read, as
            they are opposite to the right ones.
    """

    root: Tensor
    bones: Tensor


def upright(frame: Tensor) -> Tensor:
    """(..., 3, 3) frames, rows right, up and forward, to the directions (..., 16, 3) of a standing figure's bones."""
    return unit(figure_bones(frame)) @ frame


def lengths(stature: Tensor, kinds: Tensor | None = None) -> Tensor:
    """(B,) metres of stature, and factors (B, ``KINDS``) of the kinds of bones, to the lengths (B, 16) of the bones."""
    length: Tensor = stature[:, None] * figure_bones(stature).norm(dim=-1)
    return length if kinds is None else length * kinds[:, KIND.to(kinds.device)]


def unit_bones(pose: Directions) -> Tensor:
    """(B, 16, 3) unit directions of the bones, with hips and shoulders opposite to each other."""
    ways = list(unit(pose.bones).unbind(1))
    for left, right in _OPPOSITE:
        ways[BONE[left]] = -ways[BONE[right]]
    return torch.stack(ways, 1)


def joints(pose: Directions, length: Tensor) -> Tensor:
    """Joints, and toes that point where hips and knees do.

    Args:
        pose: of B bodies.
        length: (B, 16) metres of the bones.

    Returns:
        (B, 19, 3) metres, world: the 17 joints, then the toes.
    """
    ways = unit_bones(pose)
    body = pose.root[:, None] + _chain(ways) @ (ways * length[..., None])
    at = {name: body[:, n] for n, name in enumerate(H36M17.joints)}
    ahead = part_frame(at["right_hip"] - at["left_hip"], at["spine"] - at["pelvis"])[:, 2]
    toes = []
    for ankle in TOES:
        shin = ways[:, BONE[ankle]]
        foot = unit(ahead - (ahead * shin).sum(-1, keepdim=True) * shin) + _DROP * shin
        toes.append(at[ankle] + _FOOT * length[:, BONE[ankle], None] * foot)
    return torch.cat([body, torch.stack(toes, 1)], 1)


def _chain(like: Tensor) -> Tensor:
    """(17, 16) 1 where a bone lies between the pelvis and a joint."""
    rows = [[0.0] * BONES for _ in H36M17.joints]
    for number, (parent, child) in enumerate(H36M17.bones):
        rows[child] = list(rows[parent])
        rows[child][number] = 1.0
    return torch.tensor(rows, dtype=like.dtype, device=like.device)
