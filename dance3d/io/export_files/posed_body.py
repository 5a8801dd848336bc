"""A dancer as animation programs have him: a place for the root, a rotation for every bone, no gaps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.bone_rotations import bone_rotations
from dance3d.geometry.bones import BONES, HAND, TOE, bone_vectors
from dance3d.geometry.extremities import PARENTS
from dance3d.geometry.projection import chain
from dance3d.geometry.vectors import unit
from dance3d.io.world_frame import extremities_to_world, to_world
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.timeseries.resampling import chunks

Array = NDArray[np.float64]
UP = np.array([0.0, 1.0, 0.0])
PIECE, MARGIN = 8192, 10.0
"""Frames whose rotations are worked out at once, which bounds memory, and seconds beyond them that are looked at."""
_DEFAULT = {f"{side}_{end}": length for side in ("left", "right") for end, length in (
    ("toe", float(np.linalg.norm(TOE))), ("hand", HAND)
)}  # fmt: skip


@dataclass(frozen=True, eq=False)
class PosedBody:
    """A body in the world of ``to_world``; joints that are missing are interpolated in time.

    Attributes:
        time: (T,) seconds.
        root: (T, 3) metres, of the pelvis.
        lengths: by joint, (T,) metres of the bone that ends there; of every joint but the root.
        turn: (T, J, 3, 3) rotations of ``geometry.bones.BONES`` out of the rest pose.
        ends: by toe and hand, (3,) metres from ankle and wrist in the rest pose: the median over time, or a usual one.
    """

    time: Array
    root: Array
    lengths: dict[str, Array]
    turn: Array
    ends: dict[str, Array]


def posed_body(pose: Pose3D, origin: Array | None, at: Array) -> PosedBody:
    """The body at given times; held before the first and after the last known frame.

    Directions and lengths of bones are interpolated apart, so that a gap does not shrink a turning limb.

    Args:
        pose: h36m17 skeleton.
        origin: as for ``to_world``.
        at: (T,) seconds.
    """
    world, ends = to_world(pose, origin), extremities_to_world(pose, origin)
    root, joints, length = _whole(world, pose.time, at)
    moved = None if ends is None else _moved(ends, world, joints, pose.time, at)
    lengths = {joint: length[:, i] for i, joint in enumerate(H36M17.joints) if H36M17.parents[i]}
    feet_and_hands = _ends(world, ends)
    del world, ends  # hours of video: what follows needs the room
    level = pose.up is not None and pose.root is not None
    return PosedBody(at, root, lengths, _turned(joints, moved, at, pose, UP if level else None), feet_and_hands)


def _whole(world: Array, time: Array, at: Array) -> tuple[Array, Array, Array]:
    """Root (T, 3), joints (T, 17, 3) and lengths (T, 17) of the bones that end there, complete and at other times."""
    vector = world - world[:, [max(parent, 0) for parent in H36M17.parent_indices]]
    length = np.linalg.norm(vector, axis=-1)
    vector = unit(_filled(unit(vector), time, at))
    length = _filled(length, time, at)
    root = _filled(world[:, H36M17.index("pelvis")], time, at)
    return root, chain(vector * length[..., None]) + root[:, None], length


def _turned(joints: Array, ends: Array | None, at: Array, pose: Pose3D, up: Array | None) -> Array:
    """Rotations (T, J, 3, 3) of all bones, each shot by itself, as nothing goes on across a cut.

    Args:
        joints: (T, 17, 3) places in the world.
        ends: (T, 7, 3) extremities, or none.
        at: (T,) seconds.
        pose: whose shots.
        up: (3,) against gravity, if the floor is level.
    """
    cuts = sorted({0, *np.searchsorted(at, pose.time[list(pose.shots)]).tolist(), len(at)})
    out = np.empty((len(at), len(BONES), 3, 3))
    for first, last in pairwise(cuts):
        for start, stop in ((first + one, first + other) for one, other in chunks(last - first, PIECE)):
            low, high = np.searchsorted(at, (at[start] - MARGIN, at[stop - 1] + MARGIN))
            rows = slice(max(int(low), first), min(int(high) + 1, last))
            found = bone_rotations(joints[rows], None if ends is None else ends[rows], at[rows], up)
            out[start:stop] = found[start - rows.start :][: stop - start]
    return out


def _filled(values: Array, time: Array, at: Array) -> Array:
    """Values (T, ...) at other times: linear over NaN and between rows, held at the ends; zeros where all are NaN."""
    flat = values.reshape(len(values), -1)
    out = np.zeros((len(at), flat.shape[1]))
    for column in range(flat.shape[1]):
        known = np.isfinite(flat[:, column])
        if known.any():
            out[:, column] = np.interp(at, time[known], flat[known, column])
    return out.reshape(len(at), *values.shape[1:])


def _moved(ends: Array, world: Array, joints: Array, time: Array, at: Array) -> Array:
    """Extremities (T, 7, 3) at other times, where they hang on the body's joints; those of gaps stay NaN.

    Args:
        ends: (N, 7, 3) extremities as given.
        world: (N, 17, 3) joints as given.
        joints: (T, 17, 3) those at the other times.
        time: (N,) seconds.
        at: (T,) seconds.
    """
    vector = ends - world[:, H36M17.indices(*PARENTS)]
    known = np.asarray(np.isfinite(vector).all(-1))
    moved = _filled(vector, time, at) + joints[:, H36M17.indices(*PARENTS)]
    for i in range(len(EXTREMITIES)):
        moved[np.interp(at, time, known[:, i].astype(float)) < 1 - 1e-6, i] = np.nan
    return moved


def _ends(world: Array, ends: Array | None) -> dict[str, Array]:
    """Toes and hands in the rest pose, metres from ankle and wrist."""
    vectors, found = bone_vectors(world, ends), {}
    for one in BONES:
        if one.end in _DEFAULT:
            length = np.linalg.norm(vectors[one.name], axis=-1)
            known = length[np.isfinite(length)]
            found[one.end] = unit(np.array(one.rest)) * (np.median(known) if len(known) else _DEFAULT[one.end])
    return found
