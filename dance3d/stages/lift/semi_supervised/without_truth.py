"""How good a lifter is on keypoints whose true poses nobody knows: what chooses among checkpoints without a 3D label.

No figure of a picture says how deep a joint lies, but a wrong depth shows: bones change their length as a body turns,
and the pose, seen from another side and lifted again, comes out as another one. Chosen among five such errors on
validation takes: how far hidden limbs are from their keypoints, how much left and right differ and whether joints bend
backwards follow the true error less.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dance3d import losses
from dance3d.geometry.precision import in_full_precision
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.model import JOINTS
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

PARTS = ("bones", "turned")
"""What is measured, in millimetres; the sum chooses."""
TURNS = (60.0, -60.0, 120.0)
"""Chosen: degrees about the vertical by which a pose is turned before it is lifted again."""
_AWAY = 5.0  # metres, chosen: from there turned poses are seen
_NEAR = 0.1  # metres, chosen: smallest depth used as a divisor


@torch.no_grad()
@in_full_precision
def without_truth(net: Net, rays: Tensor, present: Tensor) -> dict[str, Tensor]:
    """Errors that need no true pose, millimetres by the names of ``PARTS``, of keypoints of one camera.

    Args:
        net: in evaluation mode.
        rays: (B, T, 17, 2) keypoints as tangents (x/z, y/z), with the frames around that the net needs.
        present: (B, T, 17) false where a keypoint is missing.

    Returns:
        ``bones``: standard deviation of a bone's length over time; ``turned``: how far the joints of the pose, turned,
        seen by another camera and lifted again, are from where they were.
    """
    pose = _lift(net, rays, present)
    return {
        "bones": 1000 * losses.lengths(pose).std(1, correction=0).mean(),
        "turned": 1000 * torch.stack([_off_turned(net, pose, turn) for turn in TURNS]).mean(),
    }


def _lift(net: Net, rays: Tensor, present: Tensor) -> Tensor:
    """(B, T', 17, 3) joints around the pelvis in the camera's frame."""
    encoded = net.read(rays, present, PROTOCOL_CAMERA)
    pose: Tensor = net(encoded.features).float() @ net.inner(encoded.rotation)
    return pose


def _off_turned(net: Net, pose: Tensor, degrees: float) -> Tensor:
    """Mean distance of the joints of a pose that was turned, seen from ``_AWAY`` and lifted again, metres."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    turn = pose.new_tensor([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    before, after = net.context
    rows = torch.arange(-before, pose.shape[1] + after, device=pose.device).clamp(0, pose.shape[1] - 1)
    turned = pose @ turn.T
    there = turned[:, rows] + turned.new_tensor([0.0, 0.0, _AWAY])
    rays = there[..., :2] / there[..., 2:].clamp_min(_NEAR)
    again = _lift(net, rays, torch.ones_like(rays[..., 0], dtype=torch.bool))
    return losses.distance(again, turned).sum(-1).mean() / (JOINTS - 1)
