"""The floor: its height, which feet stand on it, and a root path on which standing feet do not slide.

The lifted pose around the pelvis stays as it is. Only the path of the pelvis moves, and almost only along the line of
sight, where one camera is least certain, so that the projection stays. Frames without a standing foot follow their
neighbours: a leap stays a leap, and nobody is pulled down to the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Pose3D
from dance3d.contracts.times import median_step
from dance3d.geometry.floor import lowest_part, resting_height
from dance3d.geometry.rigid_body import bone_lengths
from dance3d.skeleton import CLEARANCE, H36M17
from dance3d.stages.lift.postprocess.gravity import ANKLES, KnownFrames, find_up
from dance3d.timeseries.resampling import hysteresis
from dance3d.timeseries.segments import long_segments

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# A foot stands if it is lower and slower than this, in body scales (trunk and leg) and per second; it stands until it
# exceeds one of them by the third factor. Chosen: METHODS 1.5 has 0.04 and 0.35 for true motion; lifted feet are less
# exact in height, and depth is less exact than the image plane by ``_DEPTH_DOUBT``.
_LOW, _SLOW, _KEEPS = 0.08, 0.25, 1.3
_DEPTH_DOUBT = 2.0
_LEAST, _SMOOTH = 0.1, 0.067  # seconds: shortest stand of a foot; smoothing of its velocity
_GAP = 0.25  # seconds without the dancer that cut the path
# Standard deviations of a corrected path: change of the projection (metres at the dancer's distance), slide of a
# standing foot (metres per second) and acceleration (metres per second squared). Chosen on validation takes.
_PICTURE, _SLIDE, _SPEED_UP = 0.008, 0.06, 2.5
_ROUNDS = 4  # of reweighting
_LEAST_BELOW = 0.1  # metres, chosen: least height of a lens above the floor


def stand_on_floor(poses: Sequence[Pose3D], up: Floats | None = None) -> list[Pose3D]:
    """Poses of one camera at one time, with ``up`` and its doubt filled in and their paths without foot skate.

    Args:
        poses: of the dancers, with ``root``.
        up: (3,) unit vector against gravity where it is known.

    Returns:
        The same rows; poses in which nobody was ever seen are unchanged. ``error`` is that of the old path.
    """
    known = [known_frames(pose) for pose in poses]
    vector, doubt = find_up([body for _, body in known]) if up is None else (up, 0.0)
    out = []
    for pose, (seen, body) in zip(poses, known, strict=True):
        if len(body.time):
            root = _root(pose)
            root[seen] = without_foot_skate(body, vector)
            pose = replace(pose, root=root.astype(np.float32), up=vector.astype(np.float32), up_doubt=doubt)
        out.append(pose)
    return out


def scaled_by_lens_height(pose: Pose3D, height: float) -> Pose3D:
    """A metric pose, scaled by the height of the lens above the floor in metres.

    Without a floor below the lens the pose is unchanged.
    """
    seen, body = known_frames(pose)
    if pose.up is None or not seen.any():
        return pose
    below = -floor_height(body, pose.up.astype(np.float64))
    if below < _LEAST_BELOW:
        return pose
    return scaled(pose, height / below)


def scaled(pose: Pose3D, factor: float) -> Pose3D:
    """A pose in metres, which are so many of those that it is in."""
    xyz, root, ends, doubt = (
        None if values is None else (values.astype(np.float64) * factor).astype(np.float32)
        for values in (pose.xyz, pose.root, pose.extremities, pose.doubt)
    )
    assert xyz is not None
    return replace(pose, xyz=xyz, root=root, extremities=ends, doubt=doubt, scale="metric")


def _root(pose: Pose3D) -> Floats:
    return np.zeros((pose.frames, 3)) if pose.root is None else pose.root.astype(np.float64)


def known_frames(pose: Pose3D) -> tuple[Flags, KnownFrames]:
    """Which frames (T,) of a pose are known, and the body in these frames."""
    seen = np.asarray(np.isfinite(pose.xyz).all((1, 2)) & np.isfinite(_root(pose)).all(1))
    return seen, KnownFrames(pose.xyz[seen].astype(np.float64), _root(pose)[seen], pose.time[seen])


def without_foot_skate(body: KnownFrames, up: Floats) -> Floats:
    """The path (T, 3) on which standing feet do not slide; contacts are computed again on the first result."""
    root = body.root
    for _ in range(2):
        moved = body._replace(root=root)
        root = hold_standing_feet(body, contacts(moved, up, floor_height(moved, up)))
    return root


def floor_height(body: KnownFrames, up: Floats) -> float:
    """Height of the floor along ``up``, metres from the camera: where the body mostly rests (``geometry.floor``)."""
    return resting_height(lowest_heights(body, up), body.time)


def lowest_heights(body: KnownFrames, up: Floats) -> Floats:
    """(T,) height along ``up`` of the body's lowest part, metres from the camera."""
    return np.asarray(lowest_part(body.xyz @ up) + body.root @ up)


def contacts(body: KnownFrames, up: Floats, floor: float) -> Flags:
    """(T, 2) whether the left and the right foot stand on the floor: low and slow, with hysteresis.

    Args:
        body: T frames of a dancer.
        up: (3,) unit vector against gravity.
        floor: height of ``floor_height``, metres.

    Source: this project's METHODS, section 1.5.
    """
    ankles = body.xyz[:, ANKLES] + body.root[:, None]
    return low_and_slow(ankles, body, up, floor + CLEARANCE["left_ankle"])


def body_size(xyz: Floats) -> float:
    """Trunk and leg of a body (T, 17, 3), metres."""
    return float(bone_lengths(xyz)[H36M17.indices("spine", "thorax", "left_knee", "left_ankle")].sum())


def low_and_slow(points: Floats, body: KnownFrames, up: Floats, lowest: float) -> Flags:
    """(T, N) whether points of the body rest on the floor, with hysteresis; those that are missing do not.

    Args:
        points: (T, N, 3) camera frame, metres, NaN where missing.
        body: T frames of a dancer.
        up: (3,) unit vector against gravity.
        lowest: height along ``up`` of a point that rests, metres.
    """
    if len(body.time) < 2:
        return np.zeros(points.shape[:2], bool)
    size = body_size(body.xyz)
    height = (points @ up - lowest) / size
    pace = median_step(body.time, 0.0)
    velocity = np.gradient(points, body.time, axis=0)
    velocity = gaussian_filter1d(velocity, _SMOOTH / pace, axis=0, mode="nearest")
    sight = (body.root / np.linalg.norm(body.root, axis=1, keepdims=True))[:, None]
    along = (velocity * sight).sum(-1, keepdims=True)
    speed = np.linalg.norm(velocity - along * sight * (1 - 1 / _DEPTH_DOUBT), axis=-1) / size
    on = (height < _LOW) & (speed < _SLOW)
    stay = (height < _KEEPS * _LOW) & (speed < _KEEPS * _SLOW)
    least = min(round(_LEAST / pace), len(body.time))
    return np.stack([long_segments(hysteresis(on[:, n], stay[:, n]), least) for n in range(points.shape[1])], 1)


def hold_standing_feet(body: KnownFrames, contact: Flags) -> Floats:
    """The path (T, 3) of the pelvis on which standing feet stay in place, nearest to the old path in the image.

    A banded linear least-squares problem in the shift of every frame: mean squared change of the projected joints,
    slide of standing feet from frame to frame, and acceleration, where the old path's own counts along the line of
    sight only. Cauchy weights reduce the influence of feet that do move.

    Args:
        body: T frames of a dancer.
        contact: (T, 2) of ``contacts``.
    """
    frames = len(body.time)
    if frames < 3 or not contact.any():
        return body.root
    step = np.diff(body.time)
    close = step < _GAP
    calm = (close[1:] & close[:-1]) / (_SPEED_UP * float(np.median(step)) ** 2) ** 2
    sight = body.root / np.linalg.norm(body.root, axis=1, keepdims=True)
    wobble = (np.diff(body.root, 2, axis=0) * sight[1:-1]).sum(1, keepdims=True) * sight[1:-1]
    pull = np.zeros((frames, 3))
    for place, factor in enumerate((1.0, -2.0, 1.0)):
        pull[place : frames - 2 + place] -= factor * calm[:, None] * wobble
    fixed = _picture(body) + _coupled(np.zeros(frames - 1), calm)
    both = contact[1:] & contact[:-1] & close[:, None]
    slide = np.diff(body.xyz[:, ANKLES] + body.root[:, None], axis=0)
    allowed = _SLIDE * step[:, None]
    shift = np.zeros((frames, 3))
    for _ in range(_ROUNDS):
        off = np.linalg.norm(slide + np.diff(shift, axis=0)[:, None], axis=-1) / allowed
        weight = both / (1 + (off / 3) ** 2) / allowed**2
        held = (weight[..., None] * slide).sum(1)
        wanted = pull + np.concatenate([held, np.zeros((1, 3))]) - np.concatenate([np.zeros((1, 3)), held])
        left = fixed + _coupled(weight.sum(1), np.zeros(frames - 2))
        shift = solveh_banded(left, wanted.ravel(), overwrite_ab=True, check_finite=False).reshape(frames, 3)
    return np.asarray(body.root + shift)


def _picture(body: KnownFrames) -> Floats:
    """Mean squared change of the projected joints under a shift, as a banded matrix; see ``_coupled``."""
    joints = body.xyz + body.root[:, None]
    ray = joints[..., :2] / joints[..., 2:]
    scale = body.root[:, None, 2] / joints[..., 2] / _PICTURE / np.sqrt(joints.shape[1])
    change = np.zeros((*joints.shape[:2], 2, 3))
    change[..., 0, 0] = change[..., 1, 1] = scale
    change[..., 2] = -ray * scale[..., None]
    blocks = np.einsum("tjak,tjal->tkl", change, change)
    bands = np.zeros((9, 3 * len(blocks)))
    for row in range(3):
        for column in range(row, 3):
            bands[8 - (column - row), column::3] = blocks[:, row, column]
    return bands


def _coupled(first: Floats, second: Floats) -> Floats:
    """Squared first (T - 1,) and second (T - 2,) differences of shifts in time, weighed, as (9, 3 T) upper bands.

    Three unknowns per frame; the bands are those of ``scipy.linalg.solveh_banded``.
    """
    frames = len(first) + 1
    here, next_, after = np.zeros(frames), -first, second
    here[:-1] += first
    here[1:] += first
    for place, factor in enumerate((1.0, 4.0, 1.0)):
        here[place : frames - 2 + place] += factor * second
    next_[:-1] -= 2 * second
    next_[1:] -= 2 * second
    bands = np.zeros((9, 3 * frames))
    for band, values, start in ((8, here, 0), (5, next_, 3), (2, after, 6)):
        bands[band, start:] = np.repeat(values, 3)
    return bands


def skate_speeds(body: KnownFrames, up: Floats, contact: Flags) -> Floats:
    """(N,) metres per second at which standing feet slide over the floor, one number per foot and step.

    Args:
        body: T frames of a dancer.
        up: (3,) unit vector against gravity.
        contact: (T, 2) which feet stand; a step counts where a foot stands before and after it.
    """
    ankles = body.xyz[:, ANKLES] + body.root[:, None]
    velocity = np.diff(ankles, axis=0) / np.diff(body.time)[:, None, None]
    level = velocity - (velocity @ up)[..., None] * up
    return np.asarray(np.linalg.norm(level, axis=-1)[contact[1:] & contact[:-1]])
