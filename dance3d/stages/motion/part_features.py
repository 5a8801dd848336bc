"""Features of the movement nets: joints in the frames of body parts, their velocities, and angles of limbs."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from dance3d.geometry.body_frame_torch import heading_frame, part_frame, unit
from dance3d.geometry.precision import in_full_precision
from dance3d.skeleton import H36M17, PARTS

FPS = 30.0
"""Frame rate of every input."""
_FEET = ("left_ankle", "right_ankle")
# By part: its frame, its origin, and joints beside its own.
_UPPER = ("spine", "left_shoulder", "right_shoulder")
_SEEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "head": ("chest", "thorax", _UPPER),
    "shoulder": ("heading", "spine", ("pelvis", "spine")),
    "arm": ("chest", "thorax", ("head", "spine")),
    "forearm": ("chest", "thorax", ()),
    "torso": ("heading", "pelvis", ("nose", "left_hip", "right_hip")),
    "hips": ("heading", "pelvis", ("left_shoulder", "right_shoulder")),
    "leg": ("heading", "pelvis", ("thorax", *_FEET)),
    "knee": ("heading", "pelvis", ()),
    "foot": ("heading", "pelvis", _FEET),
    "body": ("heading", "pelvis", ()),
}
# Chosen: of jitter and of error bars, in body scales, the least and the centre of the logarithm, without the sign.
_DOUBTS = ((1e-3, 5.0), (1e-2, 3.0))
_GROUND = ("torso", "hips", "leg", "foot", "body")  # parts whose features include the floor and the path
_BENT = {"arm": ("shoulder", "elbow", "wrist"), "forearm": ("shoulder", "elbow", "wrist")}
_BENT |= {part: ("hip", "knee", "ankle") for part in ("leg", "knee", "foot")}
_HELD = ("nose", "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist")


def _kind(part: str) -> str:
    return part[2:] if part[1] == "_" else part


def velocity(x: Tensor) -> Tensor:
    """Change per second along axis 1, central differences, one-sided at the ends."""
    if x.shape[1] < 2:
        return torch.zeros_like(x)
    return torch.cat([x[:, 1:2] - x[:, :1], (x[:, 2:] - x[:, :-2]) / 2, x[:, -1:] - x[:, -2:-1]], 1) * FPS


class PartFrames:
    """A batch of bodies, in the frames of their parts.

    Args:
        joints: (B, T, 17, D + 1) in body scales, up along axis 1, floor at 0, 30 frames/s. D is 3 for bodies in space,
            of any heading; 2 for bodies in the image, which have one frame only. After them comes each joint's jitter,
            and in space perhaps its error bar.
        dims: D.
    """

    def __init__(self, joints: Tensor, dims: int = 3) -> None:
        self.joints, self.doubts = joints[..., :dims], joints[..., dims:]
        self.frames: dict[str, Tensor] = {}
        joints = self.joints
        if joints.shape[-1] == 3:
            up = torch.tensor([0.0, 1.0, 0.0]).to(joints)
            self.frames = {
                "heading": heading_frame(self.bone("left_hip", "right_hip"), up),
                "chest": part_frame(self.bone("left_shoulder", "right_shoulder"), self.bone("spine", "thorax")),
            }

    def bone(self, a: str, b: str) -> Tensor:
        """(B, T, D) from one joint to another."""
        return self.joints[:, :, H36M17.index(b)] - self.joints[:, :, H36M17.index(a)]

    @in_full_precision
    def turned(self, frame: str, v: Tensor) -> Tensor:
        """(B, T, K, D) components of vectors in a frame."""
        return torch.einsum("btij,btkj->btki", self.frames[frame], v) if self.frames else v

    def around(self, frame: str, origin: str, joints: tuple[str, ...]) -> Tensor:
        """Positions of joints relative to an origin, their velocities, their jitter and, if known, their error bars.

        Args:
            frame: name of the frame in which they are given.
            origin: name of the joint at the origin.
            joints: names of K joints.

        Returns:
            (B, T, (2 D + 1) K), or (2 D + 2) K with error bars.
        """
        apart = self.joints[:, :, H36M17.indices(*joints)] - self.joints[:, :, H36M17.index(origin), None]
        own = self.turned(frame, apart).flatten(2)
        doubts = self.doubts[:, :, H36M17.indices(*joints)].unbind(-1)
        known = [(one + least).log() + usual for one, (least, usual) in zip(doubts, _DOUBTS, strict=False)]
        return torch.cat([2 * own, velocity(own), *known], -1)

    def ground(self) -> Tensor:
        """(B, T, G) velocity of pelvis and feet over the floor, turning rate (in space only), and heights."""
        points = self.joints[:, :, H36M17.indices("pelvis", *_FEET)]
        out = [self.turned("heading", velocity(points)).flatten(2), points[..., 1]]
        if self.frames:
            r, rate = self.frames["heading"][:, :, 0], velocity(self.frames["heading"][:, :, 0])
            out.append((r[..., 2:] * rate[..., :1] - r[..., :1] * rate[..., 2:]) / 3)  # about y
        return torch.cat(out, -1)

    def bend(self, a: str, b: str, c: str) -> Tensor:
        """Angle at a joint, in half turns, and its rate of change.

        Args:
            a: joint at one end.
            b: joint at the angle.
            c: joint at the other end.

        Returns:
            (B, T, 2).
        """
        cosine = (unit(self.bone(b, a)) * unit(self.bone(b, c))).sum(-1, keepdim=True)
        angle = torch.acos(cosine.clamp(-0.9999, 0.9999))
        return torch.cat([angle / torch.pi, velocity(angle) / 5], -1)

    def part(self, part: str) -> Tensor:
        """(B, T, F) input of one part's net: its own joints, and those to which they are compared."""
        frame, origin, beside = _SEEN[_kind(part)]
        out = [self.around(frame, origin, tuple(j for j in dict.fromkeys(PARTS[part] + beside) if j != origin))]
        if _kind(part) in _GROUND:
            out.append(self.ground())
        if _kind(part) in _BENT:
            side = "left" if part[0] == "l" else "right"
            out.append(self.bend(*(f"{side}_{joint}" for joint in _BENT[_kind(part)])))
        return torch.cat(out, -1)

    def whole(self) -> Tensor:
        """(B, T, F) input of the net for all parts."""
        out = [self.around("heading", "pelvis", tuple(j for j in H36M17.joints if j != "pelvis")), self.ground()]
        if self.frames:
            out.append(self.around("chest", "thorax", _HELD))
        limbs = {_BENT["arm"], _BENT["leg"]}
        out += [self.bend(*(f"{side}_{j}" for j in limb)) for side in ("left", "right") for limb in sorted(limbs)]
        return torch.cat(out, -1)


@lru_cache
def width(part: str, dims: int, doubts: int = 1) -> int:
    """Number of features of a part.

    Args:
        part: empty for the whole body.
        dims: as of ``PartFrames``.
        doubts: columns after those of the positions.
    """
    with torch.device("cpu"):  # also where a net is made on the meta device: there, operations import torch's compiler
        seen = PartFrames(torch.zeros(1, 2, len(H36M17.joints), dims + doubts), dims)
        return int((seen.part(part) if part else seen.whole()).shape[-1])
