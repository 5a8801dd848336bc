"""Poses that bodies can have, invented: no motion capture, no video. They say which depths are likely.

A limb is two segments, seen from the frame of the trunk line that carries it. Samples of limbs come from
``synth.random_motion``, which moves every joint at random inside its anatomical range.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.joint_limits import SEGMENTS, UP
from dance3d.synth.random_motion import random_motion

Floats = NDArray[np.float64]
TORSO = ("hips", "belly", "chest", "shoulders")
"""Segments of the trunk, which carries the limbs."""


class SampledLimb(NamedTuple):
    """Two segments of a limb, and the line and the axis of the body that span its frame."""

    upper: str
    lower: str
    line: str
    axis: str


LIMBS = (
    SampledLimb("neck", "head", "shoulders", "trunk"),
    *(SampledLimb(f"{side}_thigh", f"{side}_shin", "hips", UP) for side in ("left", "right")),
    *(SampledLimb(f"{side}_arm", f"{side}_forearm", "shoulders", "trunk") for side in ("left", "right")),
)
"""Head, legs and arms. Legs hang along gravity, arms and head go with the chest."""
# Chosen:
_CLIPS, _SECONDS, _EVERY, _FIRST = 50, 12.0, 6, 1000  # clips, their length, frames per sample, seed of the first
_LIMBS, _TORSOS = 1500, 300  # samples kept


class SampledBodies(NamedTuple):
    """Samples of invented poses.

    Attributes:
        torsos: (300, 4, 3) directions of ``TORSO`` of bodies that face forward: left, up, forward.
        limbs: (1500, 2, 3) directions of each of ``LIMBS`` in its ``frame``.
    """

    torsos: Tensor
    limbs: tuple[Tensor, ...]


def frame(line: Floats, axis: Floats) -> Floats:
    """(..., 3, 3) rows left, up and forward: up along the axis, left along the line, as far as that is across."""
    up = unit(axis)
    left = unit(line - (line * up).sum(-1, keepdims=True) * up)
    return np.stack([left, up, np.cross(left, up)], -2)


@lru_cache(maxsize=1)
def invented_bodies() -> SampledBodies:
    """The samples, the same in every process; every body is followed by its mirror image."""
    clips = [random_motion(_SECONDS, _FIRST + 10 * number).xyz[::_EVERY] for number in range(_CLIPS)]
    bodies = np.concatenate(clips).astype(np.float64)
    bodies = bodies[np.random.default_rng(0).permutation(len(bodies))[: _LIMBS // 2]]
    mirrored = bodies[:, H36M17.swap] * np.array([-1.0, 1.0, 1.0])
    bodies = np.stack([bodies, mirrored], 1).reshape(-1, *bodies.shape[1:])
    lines = {
        name: bodies[:, H36M17.index(end)] - bodies[:, H36M17.index(start)] for name, (start, end) in SEGMENTS.items()
    }
    lines[UP] = np.broadcast_to([0.0, 1.0, 0.0], (len(bodies), 3))
    facing = frame(lines["hips"] + lines["shoulders"], lines[UP])
    return SampledBodies(
        _within(facing, [lines[name] for name in TORSO])[:_TORSOS],
        tuple(
            _within(frame(lines[limb.line], lines[limb.axis]), [lines[limb.upper], lines[limb.lower]]) for limb in LIMBS
        ),
    )


def _within(frames: Floats, segments: list[Floats]) -> Tensor:
    """(M, S, 3) directions of segments (M, 3) in frames (M, 3, 3)."""
    return torch.from_numpy(np.einsum("mij,msj->msi", frames, unit(np.stack(segments, 1)))).float()


def facing_every_way(torsos: Tensor, level: Tensor, ways: int = 36) -> Tensor:
    """(M x 36, S, 3) directions in the camera's frame of bodies turned about gravity.

    Args:
        torsos: (M, S, 3) directions left, up and forward of bodies that face forward.
        level: (3, 3) from the frame of a level camera to that of the real one.
        ways: number of headings.
    """
    angle = torch.arange(ways) * (2 * torch.pi / ways)
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros(ways)
    rows = ((cos, zero, sin), (zero, zero - 1, zero), (sin, zero, -cos))  # left, up, forward to right, down, away
    turn = level @ torch.stack([torch.stack(row, -1) for row in rows], 1)
    return torch.einsum("wij,msj->wmsi", turn, torsos).flatten(0, 1)
