"""How good a lifter is on keypoints whose true poses nobody knows: what chooses among checkpoints without a 3D label.

No figure of a picture says how deep a joint lies, but a wrong depth shows: bones change their length as a body turns,
left and right differ, knees bend backwards, joints that were hidden from the net are not where their keypoints are, and
the pose, seen from another side and lifted again, comes out as another one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dance3d import losses
from dance3d.geometry.precision import in_full_precision
from dance3d.skeleton import H36M17
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.model import JOINTS
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

PARTS = ("hidden", "bones", "sides", "bends", "turned")
"""What is measured, all in millimetres; their sum chooses."""
HIDDEN = 10
"""Chosen: frames for which a limb is hidden from the net, one limb after the other."""
TURNS = (60.0, -60.0, 120.0)
"""Chosen: degrees about the vertical by which a pose is turned before it is lifted again."""
_AWAY = 5.0  # metres, chosen: from there turned poses are seen
_LINE = 400.0  # millimetres, chosen: of a thigh or a shin, of which bends are a share
_PLACED = 6  # joints, chosen: as many keypoints place a body
_NEAR = 0.1  # metres, chosen: smallest depth used as a divisor
_LIMBS = [
    H36M17.indices(f"{side}_{middle}", f"{side}_{end}")
    for side in ("left", "right")
    for middle, end in (("elbow", "wrist"), ("knee", "ankle"))
]


@torch.no_grad()
@in_full_precision
def without_truth(net: Net, rays: Tensor, present: Tensor) -> dict[str, Tensor]:
    """Errors that need no true pose, millimetres by the names of ``PARTS``, of keypoints of one camera.

    Args:
        net: in evaluation mode.
        rays: (B, T, 17, 2) keypoints as tangents (x/z, y/z), with the frames around that the net needs.
        present: (B, T, 17) false where a keypoint is missing.

    Returns:
        ``hidden``: how far hidden joints are from their keypoints, at the person's distance; ``bones``: standard
        deviation of a bone's length over time; ``sides``: by how much the mean bones of both sides differ; ``bends``:
        how far knees and nose are behind where they can be; ``turned``: how far the joints of the pose, turned, seen by
        another camera and lifted again, are from where they were.
    """
    pose = _lift(net, rays, present)
    bones = _lengths_by_joint(pose)
    mean = bones.mean(1)
    return {
        "hidden": 1000 * _off_hidden(net, rays, present),
        "bones": 1000 * bones.std(1, correction=0).sum(-1).mean() / (JOINTS - 1),
        "sides": 1000 * (mean - mean[:, H36M17.swap]).abs().sum(-1).mean() / len(H36M17.left) / 2,
        "bends": _LINE * losses.backward_bend(pose).mean(),
        "turned": 1000 * torch.stack([_off_turned(net, pose, turn) for turn in TURNS]).mean(),
    }


def _lift(net: Net, rays: Tensor, present: Tensor) -> Tensor:
    """(B, T', 17, 3) joints around the pelvis in the camera's frame."""
    encoded = net.read(rays, present, PROTOCOL_CAMERA)
    pose: Tensor = net(encoded.features).float() @ net.inner(encoded.rotation)
    return pose


def _lengths_by_joint(pose: Tensor) -> Tensor:
    """(..., 17) length of the bone that ends in each joint; 0 for the root."""
    parents = [max(parent, 0) for parent in H36M17.parent_indices]
    return losses.distance(pose, pose[..., parents, :])


def _hidden(present: Tensor) -> Tensor:
    """(B, T, 17) which keypoints are hidden from the net: of one limb after the other."""
    away = torch.zeros_like(present)
    for start in range(0, present.shape[1], HIDDEN):
        away[:, start : start + HIDDEN, _LIMBS[start // HIDDEN % len(_LIMBS)]] = True
    return away & present


def _off_hidden(net: Net, rays: Tensor, present: Tensor) -> Tensor:
    """Mean distance of the hidden joints from their keypoints, metres at the person's distance."""
    away = _hidden(present)
    pose = _lift(net, rays, present & ~away)
    rays, shown, away = (net.inner(part) for part in (rays, present & ~away, away))
    root = _root(pose, rays, shown)
    off = losses.reprojection(pose + root[..., None, :], rays) * root[..., None, 2]
    return losses.mean_where(off, away & (shown.sum(-1, keepdim=True) >= _PLACED))


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


def _root(pose: Tensor, rays: Tensor, weight: Tensor) -> Tensor:
    """(B, T, 3) where the root is so that the pose falls on the keypoints: linear least squares.

    Args:
        pose: (B, T, 17, 3) joints around the root, metres.
        rays: (B, T, 17, 2) keypoints as tangents.
        weight: (B, T, 17) true where a keypoint counts.
    """
    rows = torch.cat([torch.eye(2, device=rays.device).expand(*rays.shape[:-1], 2, 2), -rays[..., None]], -1)
    rows = rows * weight[..., None, None]
    off = (rays * pose[..., 2:] - pose[..., :2]) * weight[..., None]
    rows, off = rows.flatten(-3, -2).double(), off.flatten(-2).double()
    square = rows.transpose(-1, -2) @ rows + 1e-9 * torch.eye(3, dtype=rows.dtype, device=rows.device)
    root = torch.linalg.solve(square, rows.transpose(-1, -2) @ off[..., None])[..., 0]
    return torch.cat([root[..., :2], root[..., 2:].clamp_min(_NEAR)], -1).to(pose.dtype)
