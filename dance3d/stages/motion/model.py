"""Sixteen recurrent nets, one per body part, that read movements from the paths of its joints (HDVR 2.3)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from dance3d.skeleton import H36M17, PARTS
from dance3d.vocabulary import MOVEMENTS, columns

FPS = 30.0
"""Frame rate of every input."""
# What a part's movements are seen from, and the joints they are judged by beside its own.
_UPPER = ("spine", "left_shoulder", "right_shoulder")
_FEET = ("left_ankle", "right_ankle")
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
_GROUND = ("torso", "hips", "leg", "foot", "body")  # parts that also see the floor and the way
_BENT = {"arm": ("shoulder", "elbow", "wrist"), "forearm": ("shoulder", "elbow", "wrist")}
_BENT |= {part: ("hip", "knee", "ankle") for part in ("leg", "knee", "foot")}
State = dict[str, tuple[Tensor, Tensor]]


def _kind(part: str) -> str:
    return part[2:] if part[1] == "_" else part


def _joints(part: str) -> list[int]:
    """Columns of a part's own joints and of those it is judged by, without its origin."""
    _, origin, beside = _SEEN[_kind(part)]
    return H36M17.indices(*(j for j in dict.fromkeys(PARTS[part] + beside) if j != origin))


def velocity(x: Tensor) -> Tensor:
    """Change per second along axis 1, central differences, one-sided at the ends."""
    if x.shape[1] < 2:
        return torch.zeros_like(x)
    return torch.cat([x[:, 1:2] - x[:, :1], (x[:, 2:] - x[:, :-2]) / 2, x[:, -1:] - x[:, -2:-1]], 1) * FPS


def _unit(v: Tensor) -> Tensor:
    out: Tensor = v / torch.linalg.vector_norm(v, dim=-1, keepdim=True).clamp_min(1e-6)
    return out


def _frame(right: Tensor, up: Tensor) -> Tensor:
    """(B, T, 3, 3) rows right, up, forward."""
    r = _unit(right)
    u = _unit(up - (up * r).sum(-1, keepdim=True) * r)
    return torch.stack([r, u, torch.linalg.cross(u, r)], -2)


class Seen:
    """A batch of bodies, in the frames its parts are judged from.

    Args:
        joints: (B, T, 17, 3) in body scales, y up, floor at y = 0, any heading, 30 frames/s.
    """

    def __init__(self, joints: Tensor) -> None:
        self.joints = joints
        plumb = torch.tensor([0.0, 1.0, 0.0]).to(joints).expand_as(joints[:, :, 0])
        across = self.bone("left_hip", "right_hip") * torch.tensor([1.0, 0.0, 1.0]).to(joints)
        chest = _frame(self.bone("left_shoulder", "right_shoulder"), self.bone("spine", "thorax"))
        self.frames = {"heading": _frame(across, plumb), "chest": chest}

    def bone(self, a: str, b: str) -> Tensor:
        """(B, T, 3) from one joint to another."""
        return self.joints[:, :, H36M17.index(b)] - self.joints[:, :, H36M17.index(a)]

    def ground(self) -> Tensor:
        """(B, T, 13) way of the pelvis, turning, heights and the feet's ways over the floor."""
        heading = self.frames["heading"]
        points = self.joints[:, :, H36M17.indices("pelvis", *_FEET)]
        ways = torch.einsum("btij,btkj->btki", heading, velocity(points)).flatten(2)
        r, turned = heading[:, :, 0], velocity(heading[:, :, 0])
        turning = r[..., 2:] * turned[..., :1] - r[..., :1] * turned[..., 2:]  # about y
        return torch.cat([ways, turning / 3, points[..., 1]], -1)

    def bend(self, a: str, b: str, c: str) -> Tensor:
        """(B, T, 2) angle at joint b, in half turns, and its rate."""
        angle = torch.acos(
            (_unit(self.bone(b, a)) * _unit(self.bone(b, c))).sum(-1, keepdim=True).clamp(-0.9999, 0.9999)
        )
        return torch.cat([angle / torch.pi, velocity(angle) / 5], -1)

    def part(self, part: str) -> Tensor:
        """(B, T, F) what the net of a part reads."""
        frame, origin, _ = _SEEN[_kind(part)]
        apart = self.joints[:, :, _joints(part)] - self.joints[:, :, H36M17.index(origin), None]
        own = torch.einsum("btij,btkj->btki", self.frames[frame], apart).flatten(2)
        out = [2 * own, velocity(own)]
        if _kind(part) in _GROUND:
            out.append(self.ground())
        if _kind(part) in _BENT:
            side = "left" if part[0] == "l" else "right"
            out.append(self.bend(*(f"{side}_{joint}" for joint in _BENT[_kind(part)])))
        return torch.cat(out, -1)


def width(part: str) -> int:
    """Number of features of a part."""
    ground, bend = 13 * (_kind(part) in _GROUND), 2 * (_kind(part) in _BENT)
    return 6 * len(_joints(part)) + ground + bend


class PartRecogniser(nn.Module):
    """One part's net: features, embedding, LSTM, one logit per movement and frame."""

    def __init__(self, features: int, movements: int, hidden: int, bidirectional: bool, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(features, hidden), nn.GELU())
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=bidirectional)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(hidden * (2 if bidirectional else 1), movements)

    def forward(
        self, features: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, T, F) to (B, T, M) logits, and the state after the last frame."""
        out, state = self.lstm(self.drop(self.embed(features)), state)
        return self.head(self.drop(out)), state


class MotionNet(nn.Module):
    """Every part's net.

    Args:
        hidden: channels of each LSTM and direction.
        bidirectional: also read the clip backwards; false is HDVR's form, and can run while a video arrives.
        hints: also read what the rules see in the same, estimated pose, which the net learns to correct; false is
            HDVR's form.
        dropout: share of channels dropped in training.
    """

    def __init__(self, hidden: int = 48, bidirectional: bool = True, hints: bool = True, dropout: float = 0.2) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            "hidden": hidden, "bidirectional": bidirectional, "hints": hints, "dropout": dropout,
        }  # fmt: skip
        self.columns = {part: columns(part) for part in PARTS}
        self.parts = nn.ModuleDict()
        for part, own in self.columns.items():
            features = width(part) + len(own) * hints
            self.parts[part] = PartRecogniser(features, len(own), hidden, bidirectional, dropout)
        self.trust = nn.Parameter(torch.full((len(MOVEMENTS),), 1.0 if hints else 0.0), requires_grad=hints)
        order = [column for own in self.columns.values() for column in own]
        self.register_buffer("order", torch.tensor(order).argsort(), persistent=False)
        self.order: Tensor

    def forward(
        self, joints: Tensor, hints: Tensor, state: State | None = None, keep: slice = slice(None)
    ) -> tuple[Tensor, State]:
        """Movements of bodies.

        Args:
            joints: (B, T, 17, 3) as in ``Seen``.
            hints: (B, T, 154) 0 or 1, what the rules see in the same bodies.
            state: of the frames before, for a net that reads forward only.
            keep: frames to read; those around only serve to take velocities.

        Returns:
            (B, T, 154) logits in the order of ``vocabulary.MOVEMENTS``, and the state after the last frame.

        Raises:
            ValueError: the arrays have other shapes.
        """
        if joints.ndim != 4 or joints.shape[2:] != (17, 3) or hints.shape != (*joints.shape[:2], len(MOVEMENTS)):
            shapes = f"{tuple(joints.shape)} and {tuple(hints.shape)}"
            raise ValueError(f"joints and hints have shapes {shapes}, expected (B, T, 17, 3) and (B, T, 154)")
        seen = Seen(joints)
        logits, after = [], {}
        for part, net in self.parts.items():
            features = seen.part(part)
            if self.config["hints"]:
                features = torch.cat([features, hints[..., self.columns[part]]], -1)
            found, after[part] = net(features[:, keep], None if state is None else state[part])
            logits.append(found)
        out = torch.cat(logits, -1)[..., self.order]
        return out + self.trust * hints[:, keep] if self.config["hints"] else out, after

    def calibrate(self, offset: Tensor) -> None:
        """Take (154,) logits off every movement, so that a probability of 0.5 is where it counts as seen."""
        with torch.no_grad():
            for part, net in self.parts.items():
                assert isinstance(net, PartRecogniser)
                net.head.bias.sub_(offset[self.columns[part]].to(net.head.bias))
