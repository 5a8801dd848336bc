"""A clip's keypoints as something to minimise: rays, how sure they are, the energy, and where to start."""

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
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation import depth_signs as seed_signs
from dance3d.stages.lift.optimisation.energy import Energy, EnergyWeights
from dance3d.stages.lift.optimisation.joint_limits import BONES, ENDS, PAIRS
from dance3d.timeseries.resampling import interpolate, jitter

Floats = NDArray[np.float64]
_LEAST_ERROR = 0.005  # metres, of a keypoint at the dancer's distance
_LEAST_ACCELERATION = 1.0  # metres per second squared
_CALMEST = 3.0  # frames, the widest smoothing of keypoints
_NEAREST = 0.3  # metres, the closest that a joint may start to the camera
_JOINTS = len(H36M17.joints)
CHAINS: tuple[tuple[str, ...], ...] = (
    tuple(seed_signs.SIGNED),
    *(tuple(name for name in seed_signs.SIGNED if name.startswith(side) and (name[-3:] == "arm") == arm)
      for side in ("left", "right") for arm in (True, False)),
    *((name,) for name in seed_signs.SIGNED if name.endswith(("forearm", "shin"))),
    ("belly", "chest", "neck", "head"),
    ("hips", "shoulders"),
)  # fmt: skip
"""Segments that a seed mirrors in depth together: the body, a limb, its outer half, the trunk, the lines across."""


@dataclass(frozen=True, eq=False)
class KeypointRays:
    """Keypoints (T, 17, 2) of a clip as rays: as given and filled, without their noise, and how sure they are."""

    given: Floats
    calm: Floats
    trust: Floats  # (T, 17) 0 where missing
    error: float  # of x / z, the standard deviation of the keypoints,
    left: float  # and what is left of it in ``calm``


class Problem(NamedTuple):
    """What is to be minimised, from where.

    Attributes:
        energy: of the poses.
        x: (K, 3, 17, T) its variables to start from.
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
) -> Problem:
    """Energy and seeds of a clip; arguments as in ``lift_seeds``."""
    if count < 1:
        raise ValueError(f"count of seeds is {count}, expected at least 1")
    picture = keypoint_rays(xy, score, camera, fps)
    view, lines, near = seed_signs.sign_search(picture.calm, fps, picture.left), None, None
    if start is not None:
        given = np.asarray(start, np.float64)
        if given.shape != (len(xy), _JOINTS, 3) or not np.isfinite(given).all():
            raise ValueError(f"start has shape {given.shape}, expected ({len(xy)}, {_JOINTS}, 3), finite")
        view = view._replace(lengths=lengths_of(given), distance=place_root(given, picture, camera, fps)[:, 2])
        near = stack_clips([given])
        lines = given[:, ENDS[: len(seed_signs.SIGNED), 1]] - given[:, ENDS[: len(seed_signs.SIGNED), 0]]
    options = seed_signs.candidates(view)
    signs = seed_signs.search(options, fps, lines)
    poses = [seed_signs.pose_of_signs(view, options, s) for s in _drawn(signs, count, np.random.default_rng(seed))]
    energy = energy_of([picture], view.lengths[None], view.distance[None], fps, terms or EnergyWeights(), near)
    return Problem(energy, variables(energy, poses, [picture]), np.asarray((picture.trust > 0).any(1)))


def _drawn(signs: NDArray[np.intp], count: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """The signs found, then with one chain mirrored, then with several drawn at random."""
    out = [signs]
    for number in range(1, count):
        chains = [CHAINS[number - 1]] if number <= len(CHAINS) else [c for c in CHAINS if rng.random() < 0.3]
        flips = np.zeros(len(seed_signs.SIGNED), np.intp)
        for chain in chains:
            flips[[seed_signs.SIGNED.index(name) for name in chain]] ^= 1
        out.append(signs ^ flips)
    return out


def keypoint_rays(xy: NDArray[np.floating], score: NDArray[np.floating], camera: Camera, fps: float) -> KeypointRays:
    """Rays of a clip: missing joints filled in time, or at the middle of those seen where they never are."""
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
    sigma = min(_CALMEST, 20 * np.sqrt(error / max(size, 1e-6)))
    calm, left = filled, error
    if len(filled) > 1 and sigma > 0.3:
        calm = gaussian_filter1d(filled, sigma, axis=0, mode="nearest")
        left = error / np.sqrt(max(1.0, 2 * np.sqrt(np.pi) * sigma))
    return KeypointRays(filled, calm, np.where(present, trust, 0.0), error, left)


def lengths_of(xyz: Floats) -> Floats:
    """(16,) lengths of the bones of poses (T, 17, 3), metres."""
    found = np.median(np.linalg.norm(xyz[:, BONES[:, 1]] - xyz[:, BONES[:, 0]], axis=-1), axis=0)
    return np.asarray(np.maximum((found + found[PAIRS]) / 2, 0.01), np.float64)


def place_root(xyz: Floats, picture: KeypointRays, camera: Camera, fps: float) -> Floats:
    """(T, 3) metres, the root of poses (T, 17, 3); joints never seen hardly count."""
    pixels = picture.given * camera.focal + camera.centre
    return rigid_body.place(xyz, pixels, np.maximum(picture.trust, 1e-3), camera, sigma=4 * fps / 30)


def stack_clips(clips: Sequence[Floats] | Floats) -> Tensor:
    """K clips (T, 17, D) to (K, D, 17, T)."""
    return torch.from_numpy(np.stack(list(clips)).transpose(0, 3, 2, 1).copy()).float()


def energy_of(
    pictures: list[KeypointRays],
    lengths: Floats,
    distance: Floats,
    fps: float,
    terms: EnergyWeights,
    start: Tensor | None,
) -> Energy:
    """Energy of poses of these clips at about these distances (B, T).

    What a joint may accelerate in depth is what it does in the picture, as motion knows no camera.
    """
    trust, pace = [], []
    least = _LEAST_ACCELERATION / fps**2
    for picture, far in zip(pictures, np.median(distance, axis=1), strict=True):
        trust.append(np.sqrt(picture.trust).T / max(picture.error * far, _LEAST_ERROR))
        second = np.diff(picture.calm * far, 2, axis=0) if len(picture.calm) > 2 else np.zeros((1, _JOINTS, 2))
        pace.append(np.sqrt((second**2).mean((0, 2)) + least**2))
    one, two, three, four = (torch.from_numpy(np.asarray(a)).float() for a in (trust, distance, pace, lengths))
    return Energy(stack_clips([p.given for p in pictures]), one, two, three, four, terms, start)


def variables(energy: Energy, poses: Sequence[Floats] | Floats, pictures: list[KeypointRays]) -> Tensor:
    """Poses (T, 17, 3) moved onto the rays of calm keypoints, at their own depths."""
    joints, calm = stack_clips(poses), stack_clips([p.calm for p in pictures])
    offsets = ((calm - energy.rays) * energy.depth).expand_as(joints[:, :2])
    return torch.cat([offsets, joints[:, 2:].clamp_min(_NEAREST)], 1)
