"""Legs of motion capture made straight where the dancer's were.

Skeletons whose bones are a little longer than the dancer's cannot straighten: 1.5% is a knee that never bends by less
than 20 degrees. CMU's salsa dancers stand with knees bent by 19 to 39 degrees (5th percentile and median), rumba
dancers under other markers by 3 to 11. A net that learns from such legs takes every straight leg for a bent one, as a
leg seen from the front is hardly shorter for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17

LEGS = tuple(H36M17.indices(f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in ("left", "right"))
_, _KNEES, _ANKLES = map(list, zip(*LEGS, strict=True))
PERCENTILE = 5.0
"""Of a take's knee bends: that of the dancer's straight leg. Lower ones may be of a T-pose before the dance."""
MOST = 22.0
"""Degrees that a straight leg may be bent by the fit, that of salsa's takes; takes of bent knees have more, rightly."""
LEFT_OVER = 0.2
"""Chosen: share that stays of the bend of the dancer's straight leg."""
STRAIGHTENED = (1.0, 2.4)
"""Range of the factor on ``straightest`` in training, chosen on ballroom dancers: their straight legs come out at most
5 degrees too bent, and knees of 15 to 40 degrees right."""


def straightest(clips: Sequence[MotionClip]) -> Tensor:
    """(C, 2) bends of the left and right knee, radians, that stand for a straight leg in every take."""
    rows = []
    for clip in clips:
        xyz = torch.from_numpy(np.array(clip.xyz, np.float32))
        bends = [_angle(xyz[:, knee] - xyz[:, hip], xyz[:, ankle] - xyz[:, knee]) for hip, knee, ankle in LEGS]
        rows.append([np.percentile(np.degrees(bend.numpy()), PERCENTILE) for bend in bends])
    return torch.from_numpy(np.radians(np.minimum(rows, MOST))).float()


def straighten(bones: Tensor, lowest: Tensor) -> Tensor:
    """Bones (B, L, J, 3) with knees moved towards the line from hip to ankle; lengths and that line's direction stay.

    A bend of ``lowest`` becomes ``LEFT_OVER`` of it, one of twice that keeps four fifths, and large bends stay.

    Args:
        bones: vectors from parent to joint.
        lowest: (B, 2) bends of a straight left and right leg, radians; 0 changes nothing.
    """
    out = bones.clone()
    thigh, shin = bones[:, :, _KNEES], bones[:, :, _ANKLES]  # (B, L, 2, 3), both legs at once
    fourth = (_angle(thigh, shin) / lowest[:, None].to(bones).clamp_min(1e-4)) ** 4
    kept = fourth / (fourth + 1 / LEFT_OVER - 1)
    line = functional.normalize(thigh + shin, dim=-1)
    for joints, bone in ((_KNEES, thigh), (_ANKLES, shin)):
        angle = (kept * _angle(bone, line))[..., None]
        across = functional.normalize(bone - (bone * line).sum(-1, keepdim=True) * line, dim=-1)
        length = bone.norm(dim=-1, keepdim=True)
        out[:, :, joints] = length * (angle.cos() * line + angle.sin() * across)
    return out


def _angle(one: Tensor, other: Tensor) -> Tensor:
    """Angle between vectors, radians; between thigh and shin it is the bend of the knee."""
    return torch.atan2(torch.linalg.cross(one, other).norm(dim=-1), (one * other).sum(-1))
