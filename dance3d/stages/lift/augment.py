"""Chunks of true motion converted to training batches: random bodies, poses and cameras, and degraded keypoints.

Letters: B chunks, L frames, J joints. Every value is drawn per chunk unless stated otherwise. The ranges and
probabilities in the code are chosen values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from dance3d.geometry.body_frame_torch import LEFT, axis_angle, heading_frame, unit
from dance3d.skeleton import H36M17
from dance3d.stages.lift.draws import Draw
from dance3d.stages.lift.straight_legs import STRAIGHTENED, straighten

JOINTS = len(H36M17.joints)
_PARENTS = [max(p, 0) for p in H36M17.parent_indices]
_SWAP = H36M17.swap
_PELVIS, _THORAX = H36M17.index("pelvis"), H36M17.index("thorax")
_LEGS = H36M17.indices("left_knee", "left_ankle", "right_knee", "right_ankle")
_ARMS = H36M17.indices("left_elbow", "left_wrist", "right_elbow", "right_wrist")


class _Length(NamedTuple):
    """Bones, named by the joint at their end, that change length together.

    Attributes:
        joints: columns.
        spread: standard deviation of the logarithm of their length.
        shift: mean of that logarithm from motion capture's joints to those of image detectors: shorter shins and longer
            trunks, measured on real clips; half of the chunks are shifted by some share of it.
    """

    joints: list[int]
    spread: float
    shift: float


_LENGTHS = (
    _Length(H36M17.indices("left_knee", "right_knee"), 0.10, 0.0),
    _Length(H36M17.indices("left_ankle", "right_ankle"), 0.10, -0.2),
    _Length(H36M17.indices("left_hip", "right_hip"), 0.12, 0.1),
    _Length(H36M17.indices("spine", "thorax"), 0.10, 0.2),
    _Length(H36M17.indices("left_shoulder", "right_shoulder"), 0.20, 0.15),
    _Length(H36M17.indices("left_elbow", "right_elbow"), 0.10, 0.0),
    _Length(H36M17.indices("left_wrist", "right_wrist"), 0.10, 0.1),
    _Length(H36M17.indices("nose"), 0.15, 0.1),
    _Length(H36M17.indices("head"), 0.15, 0.0),
)
# Bones that turn together.
_PAIRS = (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("spine", "thorax"), ("nose", "head"))
_TURNS = (*([joint] for joint in (*_LEGS, *_ARMS)), *(H36M17.indices(*pair) for pair in _PAIRS))
_LOOSE = H36M17.indices("nose", "head", "spine")  # that detectors place by another definition than motion capture


class Takes(NamedTuple):
    """Takes laid end to end.

    Attributes:
        xyz: (N, 17, 3) metres, world.
        first, last: (C,) first and last row of every take.
        weight: (C,) how often a take is drawn; the sum is 1.
        straightest: (C, 2) bends of a straight left and right leg, see ``straight_legs``.
    """

    xyz: Tensor
    first: Tensor
    last: Tensor
    weight: Tensor
    straightest: Tensor


class LiftBatch(NamedTuple):
    """Training batch of the lifter.

    Attributes:
        rays: (B, L, J, 2) keypoints as tangents (x/z, y/z), camera frame.
        present: (B, L, J) false where a keypoint is missing.
        xyz: (B, L, J, 3) true joints around the pelvis, metres, camera frame.
        root: (B, L, 3) position of the pelvis, metres, camera frame of the assumed focal length.
        genre: (B,) number of the genre in ``FilmedWindows.genres``; 0 in training, which does not use it.
    """

    rays: Tensor
    present: Tensor
    xyz: Tensor
    root: Tensor
    genre: Tensor


@dataclass(frozen=True)
class Augment:
    """Strength of the augmentation.

    Attributes:
        noise: factor of keypoint noise, losses and detector bias; 1 as shipped, 0 none.
        bodies: factor of the changes of body and pose; 1 as shipped, 0 none.
        white: standard deviation of additional white noise on every keypoint, as a tangent.
    """

    noise: float = 1.0
    bodies: float = 1.0
    white: float = 0.0


class Windows(NamedTuple):
    """Which chunks of takes a batch holds, in place of random ones.

    Attributes:
        take: (B,) number of the take.
        middle: (B,) row of the frame in the middle, among those of all takes.
        mirrored: (B,) whether left and right are exchanged.
    """

    take: Tensor
    middle: Tensor
    mirrored: Tensor


def make_batch(
    takes: Takes,
    augment: Augment,
    batch: int,
    frames: int,
    generator: Generator | None,
    windows: Windows | None = None,
) -> LiftBatch:
    """Draw a batch of chunks from random positions of takes, on the device where these lie.

    Args:
        takes: laid end to end.
        augment: strength of the augmentation.
        batch: number of chunks, B.
        frames: frames per chunk, L.
        generator: source of the random numbers, on the takes' device; none: that device's own.
        windows: in place of random positions, at the takes' own speed.
    """
    draw = Draw(generator, batch, takes.xyz.device)
    world, straightest = _gather(takes, frames, draw, windows)
    root = world[:, :, _PELVIS]
    bones = straighten(world - world[:, :, _PARENTS], straightest * augment.bodies * draw.uniform(*STRAIGHTENED, 2))
    bones = _other_bodies(bones, augment.bodies, draw)
    mirrored = draw.chance(0.5, 4) if windows is None else windows.mirrored[:, None, None, None]
    bones = torch.where(mirrored, bones[:, :, _SWAP] * bones.new_tensor([-1.0, 1.0, 1.0]), bones)
    pose = chain(_tilted(bones, augment.bodies, draw))
    rotation, translation = _cameras(root, draw)
    xyz = pose @ rotation.transpose(-1, -2)[:, None]
    place = (root @ rotation.transpose(-1, -2) + translation[:, None])[:, :, None]
    place = torch.cat([place[..., :2], place[..., 2:].clamp_min(1.3)], -1)
    seen = xyz + place
    if augment.noise:
        seen = seen + _bias(bones, augment.noise, draw) @ rotation.transpose(-1, -2)[:, None]
    across = seen[..., :2] + _noise(frames, augment.noise, draw) if augment.noise else seen[..., :2]
    rays = across / seen[..., 2:].clamp_min(0.3)
    if augment.white:
        rays = rays + augment.white * draw.normals(frames, JOINTS, 2)
    wrong_focal = torch.where(draw.chance(0.5 * min(1.0, augment.noise), 4), draw.normal(4) * 0.2, 0.0).exp()
    # A camera that is thought to see wider than it does puts the person nearer by as much.
    root = torch.cat([place[..., :2], place[..., 2:] / wrong_focal], -1)[:, :, 0]
    present = _present(frames, augment.noise, draw)
    return LiftBatch(rays * wrong_focal, present, xyz, root, takes.first.new_zeros(batch))


def chain(bones: Tensor) -> Tensor:
    """(..., J, 3) bone vectors to joints around the pelvis. Parents come before their children."""
    joints = [bones[..., 0, :] * 0]
    for joint in range(1, JOINTS):
        joints.append(joints[_PARENTS[joint]] + bones[..., joint, :])
    return torch.stack(joints, -2)


def _gather(takes: Takes, frames: int, draw: Draw, windows: Windows | None) -> tuple[Tensor, Tensor]:
    """(B, L, J, 3) chunks, edges repeated, and their ``straightest``; random ones at 0.7 to 1.5 times their speed."""
    steps = torch.arange(frames, device=draw.device)
    if windows is not None:
        chosen, offset = windows.take, steps - frames // 2
        first, last, middle = takes.first[chosen, None], takes.last[chosen, None], windows.middle[:, None]
        return takes.xyz[(middle + offset).clamp(first, last)], takes.straightest[chosen]
    chosen = torch.multinomial(takes.weight, draw.batch, replacement=True, generator=draw.generator)
    first, last = takes.first[chosen, None].double(), takes.last[chosen, None].double()
    speed = draw.uniform(0.7, 1.5, 2) * torch.where(draw.chance(0.3, 2), -1.0, 1.0)
    middle = first + (last - first) * draw.uniform(0, 1, 2)
    at = (middle + speed * (steps - frames / 2)).clamp(first, last)
    low = at.floor().long()
    part = (at - low)[..., None, None].float()
    return torch.lerp(takes.xyz[low], takes.xyz[torch.minimum(low + 1, last.long())], part), takes.straightest[chosen]


def _frame(bones: Tensor, up: Tensor, across: str) -> Tensor:
    """(B, L, 3, 3) rotation whose columns are left, up and forward, upright along ``up`` (..., 3)."""
    left, right = H36M17.indices(f"left_{across}", f"right_{across}")
    frames = heading_frame(bones[:, :, right] - bones[:, :, left], unit(up)) * LEFT.to(bones.device)
    return frames.transpose(-1, -2)


def _trunk(bones: Tensor) -> Tensor:
    return _frame(bones, bones[:, :, H36M17.index("spine")] + bones[:, :, _THORAX], "shoulder")


def _other_bodies(bones: Tensor, strength: float, draw: Draw) -> Tensor:
    """Limbs of other chunks, joints bent by some degrees, other proportions; (B, L, J, 3) bones, world frame."""
    other = torch.randperm(draw.batch, generator=draw.generator, device=draw.device)
    out = bones.clone()
    trunk = _trunk(bones)
    upright = _frame(bones, bones.new_tensor([0.0, 1.0, 0.0]).expand_as(bones[:, :, 0]), "hip")
    for limbs, basis in ((_ARMS, trunk), (_LEGS, upright)):  # arms follow the trunk, legs gravity
        turn = basis @ basis[other].transpose(-1, -2)
        borrowed = bones[:, :, limbs][other] @ turn.transpose(-1, -2)
        out[:, :, limbs] = torch.where(draw.chance(0.3 * strength, 4), borrowed, bones[:, :, limbs])
    angles = bones.new_zeros(draw.batch, JOINTS, 3)
    for group in _TURNS:
        angles[:, group] = (0.15 if len(group) == 1 else 0.06) * strength * draw.normals(1, 3)
    angles = torch.where(draw.chance(0.7, 3), angles, 0.0)
    local = (out @ trunk).transpose(1, 2) @ axis_angle(angles).transpose(-1, -2)
    out = local.transpose(1, 2) @ trunk.transpose(-1, -2)
    scale = 0.03 * draw.normals(JOINTS)
    scale = (scale + scale[:, _SWAP]) / 2
    part = torch.where(draw.chance(0.5, 2), draw.uniform(0, 1, 2), 0.0)
    for length in _LENGTHS:
        scale[:, length.joints] += length.spread * draw.normal(2) + length.shift * part
    return out * (strength * (scale + 0.04 * draw.normal(2))).exp()[:, None, :, None]


def _tilted(bones: Tensor, strength: float, draw: Draw) -> Tensor:
    """The whole body rotated: leaning or lying."""
    axis = draw.normals(3)
    lean = functional.normalize(axis * axis.new_tensor([1.0, 0.0, 1.0]), dim=-1) * draw.normal(2) * 0.35
    lean = torch.where(draw.chance(0.25 * strength, 2), lean, 0.0)
    lean = torch.where(draw.chance(0.04 * strength, 2), axis * 1.5, lean)
    return bones @ axis_angle(lean).transpose(-1, -2)[:, None]


def _cameras(root: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
    """World-to-camera (B, 3, 3) and (B, 3): from any side, 1.6 to 9 m away, 0.3 to 3 m high, nearly level."""
    centre = root.mean(1)
    away, angle = draw.uniform(0.5, 2.2).exp(), draw.uniform(0, 2 * torch.pi)
    eye = centre + torch.stack([away * angle.cos(), torch.zeros_like(away), away * angle.sin()], -1)
    eye = torch.stack([eye[:, 0], draw.uniform(0.3, 3.0), eye[:, 2]], -1)
    aim = centre + draw.normals(3) * 0.12 * away[:, None]
    forward = functional.normalize(aim - eye, dim=-1)
    up = forward.new_tensor([0.0, 1.0, 0.0]).expand_as(forward)
    right = functional.normalize(torch.linalg.cross(forward, up), dim=-1)
    rotation = torch.stack([right, torch.linalg.cross(forward, right), forward], -2)
    roll = root.new_zeros(draw.batch, 3)
    roll[:, 2] = draw.normal() * torch.where(draw.chance(0.3), 0.06, 0.0)
    rotation = axis_angle(roll) @ rotation
    return rotation, -(rotation @ eye[..., None])[..., 0]


def _bias(bones: Tensor, strength: float, draw: Draw) -> Tensor:
    """(B, L, J, 3) metres, world frame: constant offsets of joints, fixed to the trunk.

    Image detectors define joints differently from motion capture.
    """
    sigma = bones.new_full((JOINTS, 1), 0.015)
    sigma[_LOOSE] = 0.04
    shift = draw.normals(JOINTS, 3) * sigma * strength
    shift = torch.where(draw.chance(0.4, 3), (shift + shift[:, _SWAP]) / 2, 0.0)
    return shift[:, None] @ _trunk(bones).transpose(-1, -2)


def _noise(frames: int, strength: float, draw: Draw) -> Tensor:
    """(B, L, J, 2) metres across the line of sight, white and slow in random shares; none in a third of the chunks."""
    white, at = draw.normals(frames, JOINTS, 2), torch.arange(-12, 13, device=draw.device)
    kernel = torch.exp(-0.5 * (at / 4.0) ** 2)
    kernel = (kernel / kernel.square().sum().sqrt())[:, None].expand(2 * JOINTS, 1, -1, -1)
    flat = draw.normals(frames + 24, JOINTS, 2).flatten(2).transpose(1, 2)[..., None]
    flat = flat.contiguous(memory_format=torch.channels_last)  # channels side by side: two to three times as fast
    slow = functional.conv2d(flat, kernel, groups=2 * JOINTS)[..., 0].transpose(1, 2).reshape(white.shape)
    share = draw.uniform(0, 1, 4)
    sigma = torch.where(draw.chance(0.35, 4), 0.0, draw.uniform(0, 0.035, 4)) * (0.5 + draw.uniforms(1, JOINTS, 1))
    return (share.sqrt() * white + (1 - share).sqrt() * slow) * sigma * strength


def _present(frames: int, strength: float, draw: Draw) -> Tensor:
    """(B, L, J): joints missing for a while, whole frames missing, legs outside the image."""
    if not strength:
        return torch.ones(draw.batch, frames, JOINTS, dtype=torch.bool, device=draw.device)
    at = torch.arange(frames, device=draw.device)[None, :, None]
    start = draw.uniforms(1, JOINTS) * (frames + 20) - 20
    length = 1 + 25 * draw.uniforms(1, JOINTS) ** 2
    one = (draw.uniforms(1, JOINTS) < 0.15) & (at >= start) & (at < start + length)
    first = draw.uniform(0, frames, 3)
    whole = draw.chance(0.3, 3) & (at >= first) & (at < first + 6)
    lost = draw.chance(min(1.0, 0.35 * strength), 3) & (one | whole)
    legs = torch.zeros(JOINTS, dtype=torch.bool, device=draw.device)
    legs[_LEGS] = True
    return ~(lost | (draw.chance(0.04 * strength, 3) & legs))
