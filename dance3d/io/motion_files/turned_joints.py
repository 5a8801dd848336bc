"""Toes, heels, hands and face of a take whose joints have rotations: points that turn with ankles, wrists and skull.

Files differ in where a foot's or a head's joints end and in what direction they rest, so places are learnt from the
take itself: feet are level where they stand, a head looks ahead and a hand goes on as its forearm on average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.body_frame import part_frame, to_right
from dance3d.geometry.extremities import FACE, HEEL, KNUCKLES, TALL
from dance3d.geometry.vectors import unit
from dance3d.io.bvh import Bvh
from dance3d.skeleton import EXTREMITIES, H36M17

Array = NDArray[np.float64]

_TOE = (0.185, -0.065)  # as ``HEEL``
_STANDS = 25  # percentile of an ankle's height up to which a slow foot stands; chosen
_SLOW = 0.1  # metres per second of a foot that stands; chosen
_UPRIGHT = 0.9  # cosine of the trunk's lean up to which a head's pose counts; chosen
_LEAST = 5  # frames to learn a place from; chosen
_STILL = 1e-4  # change of a rotation's numbers below which the file does not turn the joint


@dataclass(frozen=True)
class Body:
    """A take's joints, all in file units and axes.

    Attributes:
        xyz: (T, 17, 3) the inner skeleton.
        up: (3,) unit vector.
        tall: height of the body.
        rate: frames per second.
    """

    xyz: Array
    up: Array
    tall: float
    rate: float

    def at(self, joint: str) -> Array:
        """(T, 3) one joint."""
        return self.xyz[:, H36M17.index(joint)]

    def metres(self, *values: float) -> Array:
        """Metres of a body of 1.72 m in the file's units and this body's size."""
        return np.array(values) * self.tall / TALL


def extremities(bvh: Bvh, position: Array, rotation: Array, body: Body, names: Mapping[str, str]) -> Array:
    """(T, 7, 3) in the order of ``skeleton.EXTREMITIES``, NaN where the file turns no joint that would carry it.

    Args:
        bvh: the file.
        position: (T, J, 3) of its joints.
        rotation: (T, J, 3, 3) of its joints.
        body: the take.
        names: the file's joint for ``nose``, both wrists and both ankles, as far as they are one.
    """
    out = np.full((len(position), len(EXTREMITIES), 3), np.nan)

    def carry(point: str, row: int, wanted: Array, frames: NDArray[np.bool_]) -> None:
        """Let a point turn with a joint so that in some frames it lies where wanted, (T, 3), on the median."""
        turned = np.ptp(rotation[:, row], axis=0).max() > _STILL and bvh.channels[row]
        known = frames & np.isfinite(wanted).all(-1)
        if turned and known.sum() >= _LEAST:
            back = np.einsum("tij,ti->tj", rotation[known, row], wanted[known] - position[known, row])
            out[:, EXTREMITIES.index(point)] = position[:, row] + rotation[:, row] @ np.median(back, axis=0)

    for side in ("left", "right"):
        if f"{side}_ankle" in names:
            foot = bvh.names.index(names[f"{side}_ankle"])
            toes = next((i for i, parent in enumerate(bvh.parents) if parent == foot), -1)
            if toes >= 0:
                heel, toe, stands = _foot(body, position[:, toes], side)
                carry(f"{side}_heel", foot, heel, stands)
                carry(f"{side}_toe", toes if bvh.channels[toes] else foot, toe, stands)
        if f"{side}_wrist" in names:
            wrist, arm = body.at(f"{side}_wrist"), unit(body.at(f"{side}_wrist") - body.at(f"{side}_elbow"))
            every = np.ones(len(arm), bool)
            carry(f"{side}_hand", bvh.names.index(names[f"{side}_wrist"]), wrist + body.metres(KNUCKLES) * arm, every)
    if "nose" in names:
        face, upright = _face(body)
        carry("face", bvh.names.index(names["nose"]), face, upright)
    return out


def _foot(body: Body, toes: Array, side: str) -> tuple[Array, Array, NDArray[np.bool_]]:
    """(T, 3) where heel and toe of a standing foot lie, and (T,) where it stands.

    Args:
        body: the take.
        toes: (T, 3) any point ahead of the ankle.
        side: of the foot.
    """
    ankle = body.at(f"{side}_ankle")
    height = ankle @ body.up
    speed = np.linalg.norm(np.gradient(ankle, axis=0), axis=-1) * body.rate if len(ankle) > 1 else np.zeros(len(ankle))
    stands = (height <= np.percentile(height, _STANDS)) & (speed < body.metres(_SLOW)[0])
    ahead = toes - ankle
    ahead = unit(ahead - (ahead @ body.up)[:, None] * body.up)
    heel, toe = (
        ankle + forward * ahead + above * body.up for forward, above in (body.metres(*HEEL), body.metres(*_TOE))
    )
    return heel, toe, stands


def _face(body: Body) -> tuple[Array, NDArray[np.bool_]]:
    """(T, 3) where the face of a head lies that looks ahead of the chest, and (T,) where the trunk is upright."""
    trunk = unit(body.at("thorax") - body.at("pelvis"))
    chest = part_frame(to_right(body.xyz, "shoulder"), trunk)
    ahead = chest[:, 2] - (chest[:, 2] @ body.up)[:, None] * body.up
    forward, above = body.metres(*FACE)
    return body.at("nose") + forward * unit(ahead) + above * body.up, np.asarray(trunk @ body.up > _UPRIGHT)
