"""A clip's keypoints as an optimisation problem: rays, their certainty, the energy, and the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from dance3d.contracts import Camera
from dance3d.geometry import rigid_body
from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation import depth_signs
from dance3d.stages.lift.optimisation.energy import Energy, EnergyWeights, with_camera
from dance3d.stages.lift.optimisation.expected_depth import expected_body, tilt_of, upward
from dance3d.stages.lift.optimisation.joint_limits import BONES, ENDS, PAIRS
from dance3d.timeseries.resampling import interpolate, jitter

Floats = NDArray[np.float64]
# Chosen:
_LEAST_ERROR = 0.005  # metres, smallest error of a keypoint at the dancer's distance
_LEAST_ACCELERATION = 1.0  # metres per second squared
_WIDEST = 3.0  # frames, widest smoothing of keypoints
_NEAREST = 0.3  # metres, smallest depth of a joint at the start
_MIRRORED = 0.3  # probability of each chain in seeds that mirror several
_SMOOTHING = 20.0  # frames of smoothing per square root of the noise, as a share of the person's size
_NARROWEST = 0.3  # frames, smoothing below which none is applied
_JOINTS = len(H36M17.joints)
CHAINS: tuple[tuple[str, ...], ...] = (
    tuple(depth_signs.SIGNED),
    *(tuple(name for name in depth_signs.SIGNED if name.startswith(side) and (name[-3:] == "arm") == arm)
      for side in ("left", "right") for arm in (True, False)),
    *((name,) for name in depth_signs.SIGNED if name.endswith(("forearm", "shin"))),
    ("belly", "chest", "neck", "head"),
    ("hips", "shoulders"),
)  # fmt: skip
"""Segments that a seed mirrors in depth together: the body, a limb, its outer half, the trunk, the lines across."""


@dataclass(frozen=True, eq=False)
class KeypointRays:
    """Keypoints of a clip as rays.

    Attributes:
        given: (T, 17, 2) x / z and y / z, with gaps filled.
        smoothed: the same, smoothed in time.
        trust: (T, 17) scores; 0 where missing.
        error: standard deviation of the noise in ``given``.
        smoothed_error: standard deviation of the noise left in ``smoothed``.
    """

    given: Floats
    smoothed: Floats
    trust: Floats
    error: float
    smoothed_error: float


class Problem(NamedTuple):
    """An energy and where its minimisation starts.

    Attributes:
        energy: of the poses.
        x: (K, 3, 18, T) its variables at the start.
        shown: (T,) frames with a keypoint.
    """

    energy: Energy
    x: Tensor
    shown: NDArray[np.bool_]


def problem(
    xy: NDArray[np.floating],
    score: NDArray[np.floating],
    camera: Camera,
    fps: float,
    count: int,
    seed: int = 0,
    start: NDArray[np.floating] | None = None,
    terms: EnergyWeights | None = None,
    up: NDArray[np.floating] | None = None,
) -> Problem:
    """Energy and seeds of a clip.

    Without a given pose, the mean of all bodies that explain the keypoints is the pose to stay near and the first seed.

    Args:
        xy: (T, 17, 2) pixels; NaN where missing.
        score: (T, 17) 0..1, 0 where missing.
        camera: of the image.
        fps: frames per second, constant.
        count: seeds, K.
        seed: of the random choices.
        start: (T, 17, 3) metres around the pelvis, a pose to stay near, or None.
        terms: weights of the energy.
        up: (3,) direction against gravity in the camera frame; None: found from the keypoints.

    Raises:
        ValueError: as in ``lift_seeds``.
    """
    if count < 1:
        raise ValueError(f"count of seeds is {count}, expected at least 1")
    rays = keypoint_rays(xy, score, camera, fps)
    view = depth_signs.sign_search(rays.smoothed, fps, rays.smoothed_error)
    up = upward(tilt_of(view, fps)) if up is None else unit(np.asarray(up, np.float64))
    first: list[Floats] = []
    if start is None:
        first = [expected_body(view, fps, up)]
        given = first[0] - first[0][:, :1]
    else:
        given = np.asarray(start, np.float64)
        if given.shape != (len(xy), _JOINTS, 3) or not np.isfinite(given).all():
            raise ValueError(f"start has shape {given.shape}, expected ({len(xy)}, {_JOINTS}, 3), finite")
        view = view._replace(lengths=lengths_of(given), distance=place_root(given, rays, camera, fps)[:, 2])
    ends = ENDS[: len(depth_signs.SIGNED)]
    options = depth_signs.candidates(view)
    signs = depth_signs.search(options, fps, given[:, ends[:, 1]] - given[:, ends[:, 0]])
    drawn = _drawn(signs, count - len(first), np.random.default_rng(seed))
    poses = first + [depth_signs.pose_of_signs(view, options, own) for own in drawn]
    weights = terms or EnergyWeights()
    energy = energy_of([rays], view.lengths[None], view.distance[None], fps, weights, stack_clips([given]), up)
    return Problem(energy, variables(energy, poses, [rays]), np.asarray((rays.trust > 0).any(1)))


def _drawn(signs: NDArray[np.intp], count: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """The signs found, then copies with one chain mirrored, then with several random chains mirrored."""
    out = [signs][:count]
    for number in range(1, count):
        chains = [CHAINS[number - 1]] if number <= len(CHAINS) else [c for c in CHAINS if rng.random() < _MIRRORED]
        flips = np.zeros(len(depth_signs.SIGNED), np.intp)
        for chain in chains:
            flips[[depth_signs.SIGNED.index(name) for name in chain]] ^= 1
        out.append(signs ^ flips)
    return out


def keypoint_rays(xy: NDArray[np.floating], score: NDArray[np.floating], camera: Camera, fps: float) -> KeypointRays:
    """Rays of a clip.

    Missing joints are interpolated in time; joints that are never seen are placed at the mean of those seen.

    Args:
        xy: (T, 17, 2) pixels; NaN where missing.
        score: (T, 17) 0..1, 0 where missing.
        camera: of the image.
        fps: frames per second, constant.

    Raises:
        ValueError: shapes that do not fit, infinite values, or no keypoint at all.
    """
    points, trust = np.asarray(xy, np.float64), np.asarray(score, np.float64)
    if points.ndim != 3 or points.shape[1:] != (_JOINTS, 2) or trust.shape != points.shape[:2] or not len(points):
        raise ValueError(
            f"keypoints {points.shape} and scores {trust.shape}, expected (T, {_JOINTS}, 2) and (T, {_JOINTS})"
        )
    if np.isinf(points).any() or not np.isfinite(trust).all():
        raise ValueError("keypoints hold infinite values or scores NaN; a missing keypoint is NaN with score 0")
    present = np.isfinite(points).all(-1) & (trust > 0)
    if not present.any():
        raise ValueError("the clip has no keypoint: nothing to lift")
    rays = (points - camera.centre) / camera.focal
    time = np.arange(len(rays)) / fps
    filled = np.stack([interpolate(rays[:, j], present[:, j], time, time) for j in range(_JOINTS)], 1)
    middle = np.nanmean(filled, axis=1, keepdims=True)
    filled = np.where(np.isfinite(filled), filled, middle)
    error = jitter(filled)
    size = np.median(np.ptp(filled[..., 1], axis=1)) + np.median(np.ptp(filled[..., 0], axis=1))
    sigma = min(_WIDEST, _SMOOTHING * np.sqrt(error / max(size, 1e-6)))
    smoothed, left = filled, error
    if len(filled) > 1 and sigma > _NARROWEST:
        smoothed = gaussian_filter1d(filled, sigma, axis=0, mode="nearest")
        left = error / np.sqrt(max(1.0, 2 * np.sqrt(np.pi) * sigma))
    return KeypointRays(filled, smoothed, np.where(present, trust, 0.0), error, left)


def lengths_of(xyz: Floats) -> Floats:
    """(16,) bone lengths of poses (T, 17, 3), metres."""
    found = np.median(np.linalg.norm(xyz[:, BONES[:, 1]] - xyz[:, BONES[:, 0]], axis=-1), axis=0)
    return np.asarray(np.maximum((found + found[PAIRS]) / 2, 0.01), np.float64)


def place_root(xyz: Floats, rays: KeypointRays, camera: Camera, fps: float) -> Floats:
    """Root of poses before the camera; joints that are never seen hardly count.

    Args:
        xyz: (T, 17, 3) metres around the pelvis.
        rays: keypoints of the clip.
        camera: of the image.
        fps: frames per second.

    Returns:
        (T, 3) metres, camera frame.
    """
    pixels = rays.given * camera.focal + camera.centre
    return rigid_body.place(xyz, pixels, np.maximum(rays.trust, 1e-3), camera, sigma=4 * fps / 30)


def stack_clips(clips: Sequence[Floats] | Floats) -> Tensor:
    """K clips (T, 17, D) to (K, D, 17, T)."""
    return torch.from_numpy(np.stack(list(clips)).transpose(0, 3, 2, 1).copy()).float()


def energy_of(
    clips: list[KeypointRays],
    lengths: Floats,
    distance: Floats,
    fps: float,
    terms: EnergyWeights,
    start: Tensor | None,
    up: Floats,
) -> Energy:
    """Energy of poses of several clips of equal length.

    A joint may accelerate in depth as it does in the image, as motion does not depend on the camera.

    Args:
        clips: keypoints of each of B clips.
        lengths: (B, 16) metres, expected bone lengths.
        distance: (B, T) metres, expected depth of the pelvis.
        fps: frames per second.
        terms: weights.
        start: (B, 3, 17, T) poses to stay near, metres around the root, or None.
        up: (3,) unit vector against gravity, camera frame.
    """
    trust, pace = [], []
    least = _LEAST_ACCELERATION / fps**2
    for rays, far in zip(clips, np.median(distance, axis=1), strict=True):
        trust.append(np.sqrt(rays.trust).T / max(rays.error * far, _LEAST_ERROR))
        second = np.diff(rays.smoothed * far, 2, axis=0) if len(rays.smoothed) > 2 else np.zeros((1, _JOINTS, 2))
        pace.append(np.sqrt((second**2).mean((0, 2)) + least**2))
    one, two, three, four = (torch.from_numpy(np.asarray(a)).float() for a in (trust, distance, pace, lengths))
    return Energy(
        stack_clips([p.given for p in clips]), one, two, three, four, terms, start, torch.from_numpy(up).float()
    )


def variables(energy: Energy, poses: Sequence[Floats] | Floats, clips: list[KeypointRays]) -> Tensor:
    """Variables of the energy for poses, moved onto the rays of smoothed keypoints at their own depths.

    Args:
        energy: whose variables they are.
        poses: (T, 17, 3) each, metres, camera frame.
        clips: keypoints of each clip.
    """
    joints, smoothed = stack_clips(poses), stack_clips([p.smoothed for p in clips])
    offsets = ((smoothed - energy.rays) * energy.depth).expand_as(joints[:, :2])
    return with_camera(torch.cat([offsets, joints[:, 2:].clamp_min(_NEAREST)], 1))
