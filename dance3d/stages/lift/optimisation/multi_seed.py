"""Lifting without 3D labels: many seeds of one clip are optimised; the one with the lowest energy is the result.

Source: Hu & Ahuja, "Unsupervised 3D pose estimation for hierarchical dance video recognition", ICCV 2021, section 2.2,
in our own interpretation, as its terms are not published in full. Three things are added. Descent corrects no wrong
sign of depth: P* of L_3D is the mean of all bodies that explain the clip, each as likely as it is (``expected_depth``),
and an exact search over time finds signs near it (``depth_signs``). Anatomical limits are part of the energy
(``joint_limits``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from torch import Tensor

from dance3d.contracts import Camera
from dance3d.stages.lift.optimisation.energy import Energy, EnergyWeights
from dance3d.stages.lift.optimisation.lbfgs import Scaling, descend
from dance3d.stages.lift.optimisation.problem import Problem, problem
from dance3d.timeseries.resampling import interpolate, smooth

STEPS = 60
"""Steps of descent, measured: the best seed's energy is within 2 % of that after ten times as many steps."""
NEAR, FAR = 0.1, 0.1
"""Chosen. A frame is ambiguous if a seed with at most this share more energy has joints this many metres off (mean)."""
_TOLERANCE = 5e-4  # chosen: share of the energy that five steps must gain
_COARSE = 3  # chosen: frames per frame of the first, coarse descent


@dataclass(frozen=True, eq=False)
class SeedPoses:
    """Result of the optimisation of one clip.

    Attributes:
        xyz: (K, T, 17, 3) metres around the pelvis, camera frame; NaN in frames without any keypoint.
        root: (K, T, 3) metres, camera frame.
        energy: (K,) mean over frames.
        best: the seed with the lowest energy.
        ambiguity: (T,) whether another seed explains the frame almost as well with a clearly different pose.
        up: (K, 3) unit vectors against gravity, camera frame: with ``focal`` HDVR's w, one camera per clip.
        focal: (K,) focal length as a multiple of the given one.
    """

    xyz: NDArray[np.float32]
    root: NDArray[np.float32]
    energy: NDArray[np.float32]
    best: int
    ambiguity: NDArray[np.bool_]
    up: NDArray[np.float32]
    focal: NDArray[np.float32]


def lift_seeds(
    xy: NDArray[np.floating],
    score: NDArray[np.floating],
    camera: Camera,
    fps: float = 30.0,
    count: int = 16,
    seed: int = 0,
    start: NDArray[np.floating] | None = None,
    terms: EnergyWeights | None = None,
    steps: int = STEPS,
    up: NDArray[np.floating] | None = None,
) -> SeedPoses:
    """Lift one clip.

    Args:
        xy: (T, 17, 2) pixels; NaN where missing.
        score: (T, 17) 0..1, 0 where missing.
        camera: of the image; its field of view may be a guess.
        fps: frames per second, constant.
        count: seeds, K. The first is the mean of all bodies that explain the clip, or, near a ``start``, the result of
            the sign search; then that and its copies with chains mirrored in depth.
        seed: of the random choices.
        start: (T, 17, 3) metres around the pelvis, HDVR's P*, for example from a net. The search stays near its depths
            as ``depth_signs`` says, and the energy as ``terms.start`` says; None: no such pose.
        terms: weights of the energy.
        steps: maximal number of descent steps.
        up: (3,) direction against gravity in the camera frame; None: found from the keypoints.

    Returns:
        All seeds, with N rows for N frames.

    Raises:
        ValueError: ``count`` below 1, shapes that do not fit, no keypoint at all, or infinite values.
    """
    given = problem(xy, score, camera, fps, count, seed, start, terms, up)
    x, frames = descend_from(given, steps)
    return _seeds(given.energy, x, frames, given.shown, fps)


def best_of_seeds(
    rays: NDArray[np.float64],
    present: NDArray[np.bool_],
    camera: Camera,
    fps: float,
    count: int,
    up: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """(T, 17, 3) metres around the pelvis: the best seed, filled in time where nobody is seen.

    Args:
        rays: (T, 17, 2) tangents, finite.
        present: (T, 17) whether a joint is there.
        camera: of the picture.
        fps: frames per second.
        count: seeds, K.
        up: (3,) direction against gravity; None: found from the keypoints.
    """
    found = lift_seeds(rays * camera.focal + camera.centre, present.astype(np.float64), camera, fps, count, up=up)
    best = found.xyz[found.best].astype(np.float64)
    at, known = np.arange(len(best)) / fps, np.isfinite(best).all((1, 2))
    return interpolate(best, np.asarray(known), at, at)


@torch.no_grad()
def descend_from(given: Problem, steps: int, tolerance: float = _TOLERANCE) -> tuple[Tensor, Tensor]:
    """Optimise all seeds of a problem.

    Four of five steps use every third frame only, as slow motion takes most steps.

    Args:
        given: energy and seeds.
        steps: maximal number of descent steps.
        tolerance: share of the energy that five steps must gain.

    Returns:
        The energy's variables (K, 3, 18, T), and their energies (K, T).
    """
    energy, x = given.energy, given.x
    frames = x.shape[-1]
    if frames >= 4 * _COARSE:
        coarse, part = energy.every_nth(_COARSE), x[..., ::_COARSE]
        found, _ = descend(coarse, part, Scaling(coarse, part), 4 * steps // 5, tolerance)
        kept = np.arange(0, frames, _COARSE)
        moved = CubicSpline(kept, (found - part).cpu().numpy(), axis=-1)(np.minimum(np.arange(frames), kept[-1]))
        x, steps = x + torch.from_numpy(moved).to(x), steps - 4 * steps // 5
    return descend(energy, x, Scaling(energy, x), steps, tolerance)


def _seeds(energy_of: Energy, x: Tensor, frames: Tensor, shown: NDArray[np.bool_], fps: float) -> SeedPoses:
    """The result of optimised variables.

    Args:
        energy_of: the energy.
        x: (K, 3, 18, T) its variables.
        frames: (K, T) energies.
        shown: (T,) frames with a keypoint.
        fps: frames per second.
    """
    xyz = energy_of.joints(x).permute(0, 3, 2, 1).numpy()
    root = xyz[:, :, 0].copy()
    xyz = xyz - root[:, :, None]
    each = frames.numpy()
    energy = each[:, shown].mean(1)
    best = int(energy.argmin())
    calm = np.stack([smooth(e, np.ones(len(e)), fps / 4) for e in each])
    near = calm <= (1 + NEAR) * calm[best]
    far = np.linalg.norm(xyz - xyz[best], axis=-1).mean(-1) > FAR
    xyz[:, ~shown], root[:, ~shown] = np.nan, np.nan
    up, focal = energy_of.upward(x)[0].numpy(), energy_of.camera(x)[:, 2].exp().numpy()
    return SeedPoses(xyz, root, energy, best, (near & far).any(0) & shown, up, focal)
