"""A template of the human body: a standing figure, and limits of bone lengths."""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d.skeleton import H36M17

# Right, up from the floor and forward, as shares of stature, of the right side of a standing person.
# After Winter, Biomechanics of Human Movement, figure 4.1.
_SIDE = {"hip": (0.056, 0.53, 0), "knee": (0.056, 0.285, 0.01), "ankle": (0.056, 0.045, 0)}
_SIDE |= {"shoulder": (0.106, 0.81, 0), "elbow": (0.14, 0.64, -0.01), "wrist": (0.15, 0.49, 0.02)}
_MIDDLE = {"pelvis": (0, 0.53, 0), "spine": (0, 0.67, 0), "thorax": (0, 0.82, 0), "nose": (0, 0.93, 0.05)}
_MIDDLE |= {"head": (0, 1.0, 0)}
_SIGN = {"right": 1, "left": -1}
FIGURE = [
    (_SIGN[side] * _SIDE[name][0], *_SIDE[name][1:]) if name in _SIDE else _MIDDLE[joint]
    for joint in H36M17.joints
    for side, _, name in (joint.partition("_"),)
]
"""(17, 3) right, up from the floor and forward of every joint of a standing person, as shares of stature."""

STATURES = (1.3, 2.0)
"""Chosen, metres: bones of shorter or taller people are errors; wide, since layouts of skeletons differ too."""
# chosen, factor on the least length: bones whose ends differ between skeletons
_TOLERANCE = {"thorax": 0.85, "nose": 0.6, "head": 0.85}


def figure_bones(like: Tensor) -> Tensor:
    """(16, 3) bones of ``FIGURE``, in the type and on the device of another tensor."""
    figure = torch.tensor(FIGURE, dtype=like.dtype, device=like.device)
    parents, children = (list(side) for side in zip(*H36M17.bones, strict=True))
    return figure[children] - figure[parents]


def with_human_bone_lengths(world: Tensor) -> Tensor:
    """Bodies (..., 17, 3), metres, with every bone clamped to human lengths, from the pelvis outward.

    Uncertain predictions are too close to each other, and a net that learns from them shrinks its bodies more and more;
    this keeps the length of the limbs.
    """
    parents, children = (list(side) for side in zip(*H36M17.bones, strict=True))
    bone = world[..., children, :] - world[..., parents, :]
    share = figure_bones(world).norm(dim=-1)
    length = bone.norm(dim=-1)
    tolerance = torch.tensor([_TOLERANCE.get(H36M17.joints[child], 1.0) for child in children], device=world.device)
    wanted = torch.minimum(torch.maximum(length, STATURES[0] * share * tolerance), STATURES[1] * share / tolerance)
    bone = bone * (wanted / length.clamp_min(1e-6))[..., None]
    out = {H36M17.index("pelvis"): world[..., H36M17.index("pelvis"), :]}
    for number, (parent, child) in enumerate(H36M17.bones):
        out[child] = out[parent] + bone[..., number, :]
    return torch.stack([out[joint] for joint in range(len(out))], -2)
