"""Feet that stand stay where they stand: inverse kinematics of the leg, which keeps the bones' lengths.

The path of the pelvis already follows standing feet (``floor_contact``); what still slides are the legs' own errors.
Hip, thigh and shin reach for the place where the ankle, the toe or the heel rests; the knee stays in its plane, and the
foot moves along without turning. Almost all of it goes along the line of sight, so that the projection stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from dance3d.contracts import Pose3D
from dance3d.geometry.rotations import swing
from dance3d.geometry.vectors import unit
from dance3d.skeleton import CLEARANCE, EXTREMITIES, H36M17
from dance3d.stages.lift.postprocess.floor_contact import body_size, floor_height, known_frames, low_and_slow
from dance3d.stages.lift.postprocess.gravity import KnownFrames

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_SIZE = 1.33  # metres of trunk and leg of a body of 1.75 m, for which what follows is written
_LEAST_SIZE = 1e-6  # of that; less is nobody
# Chosen on validation takes but where said otherwise: standard deviations of a standing foot's place as lifted (metres,
# of errors that last ``_LASTING`` seconds) and of its slide (metres per second); of what lies beyond, less counts.
_PLACE, _LASTING, _SLIDE = 0.05, 0.1, 0.1
_ROUNDS = 4  # of reweighting
_BLEND = 0.1  # seconds over which a foot is held and let go
_ACROSS, _ALONG = 0.001, 0.1  # an ankle moves so far at most: radians across the line of sight, metres along it
_STRAIGHT = 0.999  # of the leg's length, to which a leg that was bent is stretched at most
_NO_PLANE = 0.01  # metres from the knee to the line from hip to ankle below which the thigh's front says where it bends
_GAP = 0.25  # seconds without the dancer that end a stand
_LIFTED = 0.04  # metres of a toe or heel that rests above the floor, beside what ``floor_contact`` allows; by reason


def lock_feet(pose: Pose3D) -> Pose3D:
    """A pose whose standing feet stay in place; unchanged without a path, a floor or a camera that stands."""
    if pose.root is None or pose.up is None or pose.still is not None:
        return pose
    seen, body = known_frames(pose)
    if len(body.time) < 3 or (size := body_size(body.xyz) / _SIZE) < _LEAST_SIZE:
        return pose
    body = body._replace(xyz=body.xyz / size, root=body.root / size)
    ends = None if pose.extremities is None else pose.extremities[seen].astype(np.float64) / size
    xyz, moved_ends = body.xyz.copy(), None if ends is None else ends.copy()
    for side in ("left", "right"):
        moved = _reach(body.xyz, _shift(body, ends, side, pose.up.astype(np.float64)), side)
        legs = H36M17.indices(f"{side}_knee", f"{side}_ankle")
        if moved_ends is not None:
            feet = [EXTREMITIES.index(f"{side}_{part}") for part in ("toe", "heel")]
            moved_ends[:, feet] += (moved - xyz[:, legs])[:, -1:]
        xyz[:, legs] = moved
    out, extremities = pose.xyz.copy(), pose.extremities
    out[seen] = xyz * size
    if extremities is not None and moved_ends is not None:
        extremities = extremities.copy()
        extremities[seen] = moved_ends * size
    return replace(pose, xyz=out, extremities=extremities)


def _shift(body: KnownFrames, ends: Floats | None, side: str, up: Floats) -> Floats:
    """(T, 3) by which the ankle of a side moves so that what rests of the foot stays in place.

    Args:
        body: T frames of a dancer.
        ends: (T, 7, 3) extremities around the root, or none.
        side: left or right.
        up: (3,) unit vector against gravity.
    """
    floor = floor_height(body, up)
    points = [body.xyz[:, H36M17.index(f"{side}_ankle")]]
    heights = [CLEARANCE[f"{side}_ankle"]]
    if ends is not None:
        points += [ends[:, EXTREMITIES.index(f"{side}_{part}")] for part in ("toe", "heel")]
        heights += [_LIFTED / 2] * 2
    total, weight = np.zeros((len(body.time), 3)), np.zeros((len(body.time), 1))
    rests = np.zeros(len(body.time), bool)
    for point, height in zip(points, heights, strict=True):  # toe and heel count where the ankle does not rest
        place = point + body.root
        own = low_and_slow(place[:, None], body, up, floor + height)[:, 0] & ~rests
        rests |= own
        if own.any():
            off, share = _held(place, own, body.time)
            total, weight = total + off * share, weight + share
    return _limited(total / np.maximum(weight, 1.0), body.root)


def _held(place: Floats, rests: Flags, time: Floats) -> tuple[Floats, Floats]:
    """How far a point is from where it rests (T, 3), and to what share (T, 1) it is held.

    Args:
        place: (T, 3) metres.
        rests: (T,) whether it does.
        time: (T,) seconds.
    """
    rows = np.flatnonzero(rests)
    still = _course(place[rows], time[rows], np.diff(rows) == 1)
    off = np.stack([np.interp(time, time[rows], axis) for axis in (still - place[rows]).T], -1)
    after = np.minimum(np.searchsorted(time[rows], time), len(rows) - 1)
    before = np.maximum(np.searchsorted(time[rows], time, side="right") - 1, 0)
    away = np.minimum(np.abs(time - time[rows[after]]), np.abs(time - time[rows[before]]))
    share = np.clip(1 - away / _BLEND, 0, 1)
    return off, (share**2 * (3 - 2 * share))[:, None]


def _course(place: Floats, time: Floats, follows: Flags) -> Floats:
    """Places (N, 3) of a point that rests: near to those given, and hardly moving while it does.

    A tridiagonal least squares with Cauchy's weights, so that a foot that truly slides is let to.

    Args:
        place: (N, 3) metres, of resting frames alone.
        time: (N,) seconds.
        follows: (N - 1,) whether the next one belongs to the same stand.
    """
    if len(time) < 2:
        return place
    step = np.diff(time)
    span = (np.append(step, step[-1]) + np.append(step[0], step)) / 2
    near = np.minimum(span, _LASTING) / _LASTING / _PLACE**2
    allowed = _SLIDE * np.maximum(step, 1e-4)
    out = place
    together = follows & (step < _GAP)
    for turn in range(_ROUNDS):
        off = np.linalg.norm(np.diff(out, axis=0), axis=1) / allowed if turn else np.zeros(len(step))
        link = np.where(together, 1 / (1 + (off / 3) ** 2) / allowed**2 * step / _LASTING, 0.0)
        bands = np.zeros((2, len(time)))
        bands[1] = near
        bands[1, :-1] += link
        bands[1, 1:] += link
        bands[0, 1:] = -link
        out = np.asarray(solveh_banded(bands, near[:, None] * place), np.float64)
    return out


def _limited(shift: Floats, root: Floats) -> Floats:
    """Shifts (T, 3) that hardly change the projection of who is at ``root`` (T, 3)."""
    distance = np.linalg.norm(root, axis=1, keepdims=True)
    sight = root / np.maximum(distance, 1e-9)
    along = (shift * sight).sum(1, keepdims=True) * sight
    return _at_most(shift - along, _ACROSS * distance) + _at_most(along, np.full_like(distance, _ALONG))


def _at_most(vector: Floats, most: Floats) -> Floats:
    """Vectors (T, 3) that are no longer than ``most`` (T, 1)."""
    size = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.asarray(vector * most / np.maximum(most, size))


def _reach(xyz: Floats, shift: Floats, side: str) -> Floats:
    """Knee and ankle (T, 2, 3) of a leg whose ankle moves, as far as it reaches; both as they were where it does not.

    Source: law of cosines in the plane of hip, knee and ankle.

    Args:
        xyz: (T, 17, 3) joints.
        shift: (T, 3) of the ankle.
        side: left or right.
    """
    hip, knee, ankle = (xyz[:, H36M17.index(f"{side}_{joint}")] for joint in ("hip", "knee", "ankle"))
    thigh, shin = (np.linalg.norm(bone, axis=1, keepdims=True) for bone in (knee - hip, ankle - knee))
    old, new = ankle - hip, ankle + shift - hip
    most = np.maximum(_STRAIGHT * (thigh + shin), np.linalg.norm(old, axis=1, keepdims=True))
    reach = np.clip(np.linalg.norm(new, axis=1, keepdims=True), np.abs(thigh - shin) + 1e-3, most)
    turn = swing(old, new)
    pole = _pole(xyz, side, np.linalg.norm(shift, axis=1))
    pole = np.einsum("tij,tj->ti", turn, pole)
    along = unit(new)
    x = (reach**2 + thigh**2 - shin**2) / np.maximum(2 * reach, 1e-9)
    y = np.sqrt(np.maximum(thigh**2 - x**2, 0))
    moved = np.stack([hip + x * along + y * pole, hip + reach * along], 1)
    return np.where((np.abs(shift).sum(1) > 0)[:, None, None], moved, np.stack([knee, ankle], 1))


def _pole(xyz: Floats, side: str, shift: Floats) -> Floats:
    """Unit vectors (T, 3) across the line from hip to ankle, to where the knee bends.

    Args:
        xyz: (T, 17, 3) joints.
        side: left or right.
        shift: (T,) metres by which the ankle moves: of a straight leg the knee turns forward only as it does.
    """
    hip, knee, ankle = (xyz[:, H36M17.index(f"{side}_{joint}")] for joint in ("hip", "knee", "ankle"))
    along = unit(ankle - hip)
    across = knee - hip - ((knee - hip) * along).sum(1, keepdims=True) * along
    left = xyz[:, H36M17.index("left_hip")] - xyz[:, H36M17.index("right_hip")]
    front = unit(np.cross(along, left))
    thin = np.clip(_NO_PLANE - np.linalg.norm(across, axis=1), 0, None) * np.clip(shift / _NO_PLANE, 0, 1)
    return unit(across + thin[:, None] * front)
